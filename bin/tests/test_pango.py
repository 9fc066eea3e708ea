from pathlib import Path

import pytest
from local import apt, pango
from local.console import CommandError


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The packages that apt is called with, on a machine without the libraries."""
    asked: list[str] = []
    monkeypatch.setattr(pango, "_loads", lambda _name: bool(asked))
    monkeypatch.setattr(apt, "install", lambda packages, _log: asked.extend(packages))
    return asked


def test_who_may_install_gets_it_installed(
    installed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(apt, "can_install", lambda: True)
    pango.ensure(tmp_path / "log")
    assert "libpango-1.0-0" in installed
    assert capsys.readouterr().out == ""


def test_who_may_not_is_told_what_to_install(
    installed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(apt, "can_install", lambda: False)
    pango.ensure(tmp_path / "log")
    assert installed == []
    assert "apt-get install -y --no-install-recommends libpango-1.0-0" in capsys.readouterr().out


def test_where_it_is_nothing_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pango, "_loads", lambda _name: True)
    monkeypatch.setattr(apt, "install", lambda _packages, _log: pytest.fail("installed what was there"))
    pango.ensure(tmp_path / "log")


def test_the_demo_does_not_begin_without_it(
    installed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apt, "can_install", lambda: False)
    with pytest.raises(CommandError, match="bin/run --no-demo does not"):
        pango.ensure(tmp_path / "log", demo=True)
    assert installed == []
