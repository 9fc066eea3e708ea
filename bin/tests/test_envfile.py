from pathlib import Path

import pytest
from local import envfile


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("A=1", {"A": "1"}),
        ("A = 1 ", {"A": "1"}),
        ("export A=1", {"A": "1"}),
        ("A='один два'", {"A": "один два"}),
        ('A="x=y"', {"A": "x=y"}),
        ("A='", {"A": "'"}),
        ("A=", {"A": ""}),
        ("A=postgres://u:p@h/d?x=1#y", {"A": "postgres://u:p@h/d?x=1#y"}),
        ("# A=1", {}),
        ("", {}),
        ("A", {}),
    ],
)
def test_a_line_is_understood(line: str, values: dict[str, str]) -> None:
    assert envfile.parse(line) == values


def test_what_is_written_is_read_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    envfile.write(path, {"A": "1", "B": "два"})
    envfile.write(path, {"A": "2"})
    assert envfile.read(path) == {"A": "2"}
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_file_has_no_values(tmp_path: Path) -> None:
    assert envfile.read(tmp_path / "none") == {}
