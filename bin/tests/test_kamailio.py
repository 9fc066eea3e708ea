import shutil
from pathlib import Path

import pytest
from local import apt, kamailio, paths
from local.console import CommandError


@pytest.mark.parametrize("ci", ["true", ""])
def test_a_schema_that_cannot_be_fetched(
    ci: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    if ci:
        with pytest.raises(CommandError, match="no schema of Kamailio here"):
            kamailio.ensure({"CI": ci}, tmp_path, tmp_path / "log")
        return
    assert kamailio.ensure({"CI": ci}, tmp_path, tmp_path / "log") == {}
    assert "left out" in capsys.readouterr().out


def test_the_lists_of_packages_are_fetched_when_the_first_try_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def run(command: list[str], folder: Path, _log: Path) -> bool:
        ran.append(command[2] if command[0] == "apt-get" else command[0])
        if ran.count("download") == 2:
            (folder / f"{kamailio.PACKAGE}_1_amd64.deb").touch()
            (folder / kamailio.SCRIPTS).mkdir(parents=True, exist_ok=True)
        return ran != ["download"]

    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(apt, "can_install", lambda: True)
    monkeypatch.setattr(kamailio, "_run", run)
    found = kamailio.ensure({}, tmp_path, tmp_path / "log")
    assert found == {"KAMAILIO_SCHEMA": str(tmp_path / kamailio.SCRIPTS)}
    assert ran == ["download", "update", "download", "dpkg-deb"]


@pytest.mark.parametrize(
    ("path", "needed"),
    [
        ("sipcabinet/tests", True),
        ("sipcabinet/tests/kamailio/test_told.py::test_x", True),
        (".", True),
        ("sipcabinet/tests/test_durable.py", False),
        ("bin", False),
    ],
)
def test_only_its_own_tests_need_it(path: str, needed: bool) -> None:
    assert paths.holds([path], kamailio.TESTS) is needed
