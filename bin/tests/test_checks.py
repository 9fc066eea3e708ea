import os
import shutil
import subprocess
import sys
from configparser import ConfigParser
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from local import apt, browser, checks, runner
from local.checks import Check
from local.console import CommandError
from local.paths import ROOT

HOOKS = ROOT / ".pre-commit-config.yaml"
QUICK = ["not browser and not full", "browser and not full"]
LONG = ["full and browser", "full and not browser and not alone", "full and alone"]


def expressions(*, with_browser: bool, full: bool) -> list[str]:
    found = [check for check in checks.every([], browser=with_browser, full=full) if "pytest" in check.command]
    return [check.command[check.command.index("-m", 2) + 1] for check in found]


@pytest.mark.parametrize(
    ("with_browser", "full", "expected"),
    [
        (True, False, QUICK),
        (True, True, [*QUICK, *LONG]),
        (False, False, QUICK[:1]),
        (False, True, [QUICK[0], *LONG[1:]]),
    ],
)
def test_each_test_is_in_one_run(with_browser: bool, full: bool, expected: list[str]) -> None:
    assert expressions(with_browser=with_browser, full=full) == expected


def test_a_long_journey_is_in_one_step_and_all_journeys_are_in_one_folder() -> None:
    """Steps with the browser look only into their folder, so a journey elsewhere would never run."""
    steps = {check.name: check for check in checks.every([], browser=True, full=True)}
    assert [name for name, check in steps.items() if checks.JOURNEYS in check.command] == ["browser", "pages"]
    settings = ConfigParser()
    settings.read(ROOT / "pytest.ini")
    tests = [path for name in settings["pytest"]["testpaths"].split() for path in (ROOT / name).rglob("test_*.py")]
    ours = {path for path in tests if "mark.browser" in path.read_text("utf-8")} - {Path(__file__)}
    assert ours
    assert {path.parent for path in ours} == {ROOT / checks.JOURNEYS}


def test_types_are_checked_while_the_database_is_migrated() -> None:
    names = [check.name for check in checks.every([], browser=True, full=False)]
    assert names.index("types") == names.index("migrate") + 1


def test_the_summary_tells_each_steps_share(capfd: pytest.CaptureFixture[str]) -> None:
    waits = [sys.executable, "-c", "import time; time.sleep(1)"]
    runner.run_all([Check("long", waits, alone=True), Check("quick", [sys.executable, "-c", ""])], {})
    _before, summary = capfd.readouterr().out.split("Summary")
    shares = {line.split()[0]: int(line.split()[-2]) for line in summary.strip().splitlines()}
    assert shares["long"] > shares["quick"]
    assert sum(shares.values()) in range(98, 103)


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


def test_steps_go_abreast_unless_one_needs_the_other_or_to_be_alone(tmp_path: Path) -> None:
    waits = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); other = pathlib.Path(sys.argv[2])\n"
    waits += "for _ in range(100):\n    time.sleep(0.1)\n    if other.exists(): break\nelse: raise SystemExit(1)"
    marks = [str(tmp_path / "a"), str(tmp_path / "b")]
    pair = [Check("a", [sys.executable, "-c", waits, *marks]), Check("b", [sys.executable, "-c", waits, *marks[::-1]])]
    assert runner.run_all(pair, {}) == 0  # both run at the same time: each finds the other's mark
    for mark in marks:
        Path(mark).unlink()
    holds = "import os, sys, time; open(sys.argv[1], 'x'); time.sleep(0.5)\n"
    holds += "os.remove(sys.argv[1]); raise SystemExit(os.path.exists(sys.argv[2]))"
    pair = [Check(check.name, [sys.executable, "-c", holds, *check.command[3:]], alone=True) for check in pair]
    assert runner.run_all(pair, {}) == 0  # they run one after another: neither finds the other's mark
    pair = [replace(pair[0], alone=False), replace(pair[1], alone=False, needs=("a",))]
    assert runner.run_all(pair, {}) == 0
    assert runner.run_all([pair[0], replace(pair[1], needs=(), after=("a",))], {}) == 0
    assert runner.run_all([pair[0], replace(pair[1], needs=())], {}) == 1


def test_steps_whose_databases_have_the_same_names_never_run_at_once() -> None:
    steps = [check for check in checks.every([], browser=True, full=True) if "pytest" in check.command]
    for spread in (True, False):
        same = [check for check in steps if ("-n" in check.command) == spread and not check.alone]
        assert len(same) == 2
        assert list(same[1].after) == [same[0].name]
    assert [check.name for check in checks.chosen(steps, ["full"])] == ["full"]


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


def test_steps_of_files_start_no_server(tmp_path: Path) -> None:
    """The hooks of a commit are also exactly these steps."""
    hooks = [hook for repo in yaml.safe_load(HOOKS.read_text("utf-8"))["repos"] for hook in repo["hooks"]]
    assert [hook["entry"] for hook in hooks] == [f"bin/test --only {name}" for name in checks.OF_FILES]
    assert all(hook["language"] == "system" and not hook["pass_filenames"] for hook in hooks)
    ran = subprocess.run(
        [sys.executable, ROOT / "bin/test", "--only", checks.OF_FILES[0]],
        env={**os.environ, "TMPDIR": str(tmp_path)},  # servers would be created here
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "PostgreSQL" not in ran.stdout


def test_a_chosen_step_brings_what_it_stands_on() -> None:
    steps = checks.every([], browser=True, full=True)
    assert [check.name for check in checks.chosen(steps, ["lint"])] == ["lint"]
    assert [check.name for check in checks.chosen(steps, ["browser", "migrations"])] == [
        "migrate",
        "static",
        "browser",
        "migrations",
    ]
    assert checks.chosen(steps, []) == steps
