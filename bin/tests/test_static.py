from pathlib import Path

from local import static


def test_the_fingerprint_changes_with_the_files_alone(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "a.css").write_text("a")
    (tmp_path / "app" / "static").mkdir(parents=True)
    first = static.fingerprint(tmp_path)
    (tmp_path / "app" / "views.py").write_text("")
    assert static.fingerprint(tmp_path) == first
    (tmp_path / "static" / "a.css").write_text("ab")
    second = static.fingerprint(tmp_path)
    (tmp_path / "app" / "static" / "b.css").write_text("")
    assert len({first, second, static.fingerprint(tmp_path)}) == 3
