import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from local import apt, pooler, switch
from local.console import CommandError


@pytest.mark.parametrize("part", [switch, pooler])
@pytest.mark.parametrize("ci", ["true", ""])
def test_a_server_that_cannot_be_installed(
    ci: str, part: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(switch, "missing", lambda: ["kamailio"])
    monkeypatch.setattr(pooler, "program", lambda: None)
    monkeypatch.setattr(apt, "can_install", lambda: False)
    if ci:
        with pytest.raises(CommandError, match="apt-get install"):
            part.ensure_for_tests({"CI": ci}, tmp_path / "log")
        return
    part.ensure_for_tests({"CI": ci}, tmp_path / "log")
    assert "left out" in capsys.readouterr().out


def test_the_configuration_is_the_operators_alone(tmp_path: Path) -> None:
    made = switch.Switch(
        tmp_path / "etc",
        tmp_path / "log",
        "sip.example",
        "127.0.0.1:5432/kamailio",
        "pass-word_1",
        5070,
        settings=("#x",),
    )
    made.prepare()
    local = made.folder / "cabinet-local.cfg"
    assert stat.S_IMODE(local.stat().st_mode) == 0o600
    text = local.read_text()
    assert '"postgres://kamailio:pass-word_1@127.0.0.1:5432/kamailio"' in text
    assert "listen=udp:127.0.0.1:5070" in text
    assert "WITH_TLS" not in text
    assert made.is_ready() is False
    with pytest.raises(CommandError, match="letters, digits"):
        replace(made, password="p@ss/word").prepare()


def test_the_example_has_every_value_that_the_configuration_asks_for() -> None:
    example = (switch.SOURCE / "cabinet-local.cfg.example").read_text()
    for name in ("SIP_DOMAIN", "RUN_DIR", "DBURL", "SQLCON", "WITH_TLS", "TLS_CONFIG", "WITH_SHA256", "LOG_TO_SYSLOG"):
        assert name in example
