import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from local import apt, browser, checks, runner
from local.checks import Check
from local.console import CommandError
from local.paths import ROOT


def expressions(*, with_browser: bool, full: bool) -> list[str]:
    found = checks.test_checks([], browser=with_browser, full=full)[1:]
    return [check.command[check.command.index("-m", 2) + 1] for check in found]


@pytest.mark.parametrize(
    ("with_browser", "full", "expected"),
    [
        (True, False, ["not browser and not full", "browser and not full"]),
        (True, True, ["not browser and not full", "browser and not full", "full"]),
        (False, False, ["not browser and not full"]),
        (False, True, ["not browser and not full", "full and not browser"]),
    ],
)
def test_each_test_is_in_one_run(with_browser: bool, full: bool, expected: list[str]) -> None:
    assert expressions(with_browser=with_browser, full=full) == expected


def test_every_check_runs_even_if_one_fails(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    steps = [
        Check("bad", [sys.executable, "-c", "print('what is wrong'); raise SystemExit(1)"]),
        Check(
            "good", [sys.executable, "-c", "import os; open(os.environ['MARK'], 'w')"], {"MARK": str(tmp_path / "mark")}
        ),
    ]
    assert runner.run_all(steps, {}) == 1
    assert (tmp_path / "mark").exists()
    out, err = capfd.readouterr()
    assert "what is wrong" in out
    assert err == "error: failed: bad\n"


def test_all_passed_is_zero_and_nothing_run_is_not() -> None:
    assert runner.run_all([Check("good", [sys.executable, "-c", ""])], {}) == 0
    assert runner.run_all([], {}) == 1


@pytest.mark.parametrize("ci", ["true", ""])
def test_a_browser_that_cannot_be_installed(
    ci: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(apt, "can_install", lambda: False)
    if ci:
        with pytest.raises(CommandError, match="no Chromium here"):
            browser.ensure({"CI": ci}, tmp_path / "log")
        return
    assert browser.ensure({"CI": ci}, tmp_path / "log") is False
    assert "left out" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["run --bogus", "test --only nonsense", "test --bogus"])
def test_a_command_refuses_what_it_does_not_know(command: str) -> None:
    name, *words = command.split()
    ran = subprocess.run([sys.executable, ROOT / "bin" / name, *words], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "error:" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_chosen_step_brings_what_it_stands_on() -> None:
    steps = [*checks.static_checks(), *checks.test_checks([], browser=True, full=True)]
    assert [check.name for check in checks.chosen(steps, ["lint"])] == ["lint"]
    assert [check.name for check in checks.chosen(steps, ["browser", "migrations"])] == [
        "migrate",
        "migrations",
        "static",
        "browser",
    ]
    assert checks.chosen(steps, []) == steps
