import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from local import orphans, process, supervisor
from local.console import CommandError
from local.process import Part, stop_all
from local.supervisor import Supervisor

SLEEPER = "import time; time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
)


@pytest.fixture
def part(tmp_path: Path) -> Iterator[Callable[[str], Part]]:
    """Returns a function that creates a part which runs a Python program."""
    made: list[Part] = []

    def make(program: str) -> Part:
        made.append(
            Part(
                "part",
                [sys.executable, "-c", program],
                dict(os.environ),
                tmp_path / "part.log",
                tmp_path,
                TERM_THEN_KILL,
            )
        )
        return made[-1]

    yield make
    for each in made:
        each.kill_group()


TERM_THEN_KILL = ((signal.SIGTERM, 0.5),)


def pid(part: Part) -> int:
    assert part.process is not None
    return part.process.pid


def living_in_group(group: int) -> list[str]:
    """Commands of the living processes in the group; zombies, which init has not yet removed, are left out."""
    shown = subprocess.run(["ps", "-ww", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    processes = [line.split(maxsplit=2) for line in shown.splitlines()]
    return [args for pgid, state, args in processes if pgid == str(group) and not state.startswith("Z")]


def watch(parts: Supervisor, until: Callable[[], bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs `watch` of the supervisor until `until()` is true, at most ten seconds."""
    deadline = time.monotonic() + 10

    def sleep(seconds: float) -> None:
        if until() or time.monotonic() > deadline:
            raise supervisor.Stopped
        real_sleep(seconds)

    real_sleep = time.sleep
    monkeypatch.setattr(time, "sleep", sleep)
    with pytest.raises(supervisor.Stopped):
        parts.watch()


def test_a_killed_part_is_started_again(part: Callable[[str], Part], monkeypatch: pytest.MonkeyPatch) -> None:
    parts, sleeper = Supervisor(), part(SLEEPER)
    parts.start(sleeper)
    first = pid(sleeper)
    os.kill(first, signal.SIGKILL)
    watch(parts, lambda: pid(sleeper) != first, monkeypatch)
    assert pid(sleeper) != first
    assert sleeper.exit_code() is None


def test_a_part_that_keeps_ending_ends_the_watch_with_its_log(
    part: Callable[[str], Part], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "DEATHS_ALLOWED", 1)
    parts, failing = Supervisor(), part("print('cannot go on'); raise SystemExit(7)")
    parts.start(failing)
    with pytest.raises(CommandError, match=r"part keeps ending \(exit code 7\)") as failure:
        parts.watch()
    assert failure.value.log is not None
    assert failure.value.log.read_text().count("cannot go on") == 2


def test_the_wait_between_starts_grows_and_old_deaths_are_forgotten(part: Callable[[str], Part]) -> None:
    watched = supervisor.Watched(part(SLEEPER))
    assert [watched.note_death(now) for now in (0, 1, 2, 3)] == [0.5, 1, 2, 4]
    assert watched.note_death(3 + supervisor.WINDOW_SECONDS + 1) == 0.5


def test_a_part_that_ends_while_it_is_waited_for_is_a_failure(part: Callable[[str], Part]) -> None:
    parts = Supervisor()
    parts.start(part("raise SystemExit(3)"))
    with pytest.raises(CommandError, match=r"part ended at its start \(exit code 3\)"):
        parts.wait_until(lambda: False, what="it", seconds=10)


def test_a_wait_has_an_end(part: Callable[[str], Part]) -> None:
    parts = Supervisor()
    parts.start(part(SLEEPER))
    with pytest.raises(CommandError, match="it did not answer"):
        parts.wait_until(lambda: False, what="it", seconds=0.3)


def test_a_part_that_does_not_listen_is_killed_in_bounded_time(part: Callable[[str], Part]) -> None:
    stubborn = part(STUBBORN)
    stubborn.start()
    while b"ready" not in stubborn.log.read_bytes():
        time.sleep(0.02)
    started = time.monotonic()
    stop_all([stubborn])
    assert time.monotonic() - started < 5
    assert stubborn.exit_code() == -signal.SIGKILL


def test_children_of_a_part_end_with_it(part: Callable[[str], Part]) -> None:
    parent = part(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {STUBBORN!r}])")
    parent.start()
    while b"ready" not in parent.log.read_bytes():
        time.sleep(0.02)
    stop_all([parent])
    assert living_in_group(pid(parent)) == []


@pytest.mark.parametrize("asked", [True, False])
def test_a_part_ends_when_we_are_killed(tmp_path: Path, asked: bool) -> None:
    """The second case shows that without our request the kernel does not end the part."""
    program = f"""
import os, pathlib, sys, time
from local import process
if not {asked}:
    process._end_with_parent = lambda number: process._nothing
folder = pathlib.Path({str(tmp_path)!r})
part = process.Part("part", [sys.executable, "-c", {SLEEPER!r}], dict(os.environ), folder / "log", folder)
part.start()
print(part.process.pid, flush=True)
time.sleep(60)
"""
    environment = os.environ | {"PYTHONPATH": str(Path(process.__file__).parents[1]), orphans.MARKER: str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    time.sleep(0.5)
    assert orphans.of_parts(tmp_path) == ([] if asked else [child])
    assert orphans.end_parts(tmp_path) == (0 if asked else 1)
    assert orphans.of_parts(tmp_path) == []


def test_a_long_log_is_put_aside(part: Callable[[str], Part], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LOG_LIMIT_BYTES", 10)
    talker = part("print('more than ten bytes')")
    for _ in range(2):
        talker.start()
        assert talker.process is not None
        talker.process.wait()
    assert talker.log.with_suffix(".log.1").exists()
    assert talker.log.read_text() == "more than ten bytes\n"
