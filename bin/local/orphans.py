"""Processes that an earlier start left behind, because it or one of its parts was killed.

Parts carry the path of their `var/` folder in their environment. PostgreSQL overwrites its own environment to show
what it does, but works inside its data folder.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

MARKER = "SIPCABINET_VAR"
PROC = Path("/proc")
# How we ask (a worker gives its task back, PostgreSQL shuts down «fast») and how we insist, with the seconds to wait.
ASK_PARTS = (signal.SIGTERM, 4.0)
ASK_POSTGRES = (signal.SIGINT, 4.0)
INSIST = (signal.SIGKILL, 10.0)


def can_see() -> bool:
    """Whether this system shows its processes; elsewhere nothing is found and nothing is ended."""
    return PROC.is_dir()


def of_parts(var: Path) -> list[int]:
    """Parts started for this `var/` folder, by whichever start."""
    return [int(process.name) for process in _processes() if _is_marked(process, var)]


def of_postgres(data: Path) -> list[int]:
    """Server processes of PostgreSQL in this data folder."""
    return [int(process.name) for process in _processes() if _works_in(process, data)]


def end_parts(var: Path) -> int:
    """Ends them and waits until they are gone and their ports free; says how many there were."""
    return _end(lambda: of_parts(var), ASK_PARTS)


def end_postgres(data: Path) -> int:
    """Ends them and waits until they are gone and their shared memory free; says how many there were."""
    return _end(lambda: of_postgres(data), ASK_POSTGRES)


def _processes() -> Iterator[Path]:
    for entry in PROC.iterdir() if can_see() else ():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            yield entry


def _is_marked(process: Path, var: Path) -> bool:
    try:
        environment = (process / "environ").read_bytes()
    except OSError:
        return False
    return f"{MARKER}={var}".encode() in environment.split(b"\0")


def _works_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink() == folder
    except OSError:
        return False


def _end(find: Callable[[], list[int]], ask: tuple[signal.Signals, float]) -> int:
    found = len(find())
    for number, patience in (ask, INSIST):
        _send(find(), number)
        if _gone(find, patience):
            break
    return found


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def _gone(find: Callable[[], list[int]], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while find():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
