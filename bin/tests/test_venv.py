import sys
from pathlib import Path

import pytest
from local import apt, venv
from local.console import UsageError
from local.paths import ROOT, VENV


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in venv.SETS:
        (tmp_path / name).write_text(f"{name}==1\n")
    return tmp_path


def stamped(root: Path, name: str) -> Path:
    stamp = root / "stamp"
    stamp.write_text(venv.stamp_of(root / name))
    return stamp


def test_without_a_stamp_nothing_is_installed(root: Path) -> None:
    assert not venv.is_filled(venv.RUN, root / "stamp", root)


def test_what_was_installed_is_not_installed_again(root: Path) -> None:
    assert venv.is_filled(venv.RUN, stamped(root, venv.RUN), root)


def test_the_larger_set_serves_for_the_smaller_one_only(root: Path) -> None:
    assert venv.is_filled(venv.RUN, stamped(root, venv.DEV), root)
    assert not venv.is_filled(venv.DEV, stamped(root, venv.RUN), root)


def test_a_changed_file_is_installed_again(root: Path) -> None:
    stamp = stamped(root, venv.RUN)
    (root / venv.RUN).write_text("other==2\n")
    assert not venv.is_filled(venv.RUN, stamp, root)


def test_another_python_installs_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp = stamped(root, venv.RUN)
    monkeypatch.setattr("platform.python_version", lambda: "3.99.0")
    assert not venv.is_filled(venv.RUN, stamp, root)


def test_sets_hold_one_another_with_the_same_pins() -> None:
    small, large = (
        {line.split()[0] for line in (ROOT / name).read_text().splitlines() if "==" in line}
        for name in ("requirements.txt", venv.RUN)
    )
    assert small <= large
    largest = {line.split()[0] for line in (ROOT / venv.DEV).read_text().splitlines() if "==" in line}
    assert large <= largest


def test_the_environment_of_the_tests_is_the_projects() -> None:
    assert venv.package_folder("django").is_relative_to(VENV)
    assert Path(sys.prefix) == VENV


def test_a_python_that_makes_no_environments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Debian has `ensurepip` in a separate package; a user who may not install this package sees its name."""
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setattr(venv, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(apt, "can_install", lambda: False)
    with pytest.raises(UsageError, match=rf"apt-get install.*python3\.{sys.version_info.minor}-venv"):
        venv.ensure(venv.RUN, tmp_path / "log")
    assert not (tmp_path / ".venv").exists()
