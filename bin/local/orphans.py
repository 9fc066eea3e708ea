"""Finds and ends processes of an earlier start that was killed, or one of whose parts was killed.

Parts have the path of their `var/` folder in their environment. PostgreSQL overwrites its environment to show its
status, but its working folder is its data folder.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

MARKER = "SIPCABINET_VAR"
PROC = Path("/proc")
# First ASK (a worker gives its task back, PostgreSQL shuts down «fast»), then INSIST: signals and the seconds to wait.
ASK_PARTS = (signal.SIGTERM, 4.0)
ASK_POSTGRES = (signal.SIGINT, 4.0)
INSIST = (signal.SIGKILL, 10.0)


def can_see() -> bool:
    """Whether this system lists its processes in /proc; without /proc no process is found or ended."""
    return PROC.is_dir()


def of_parts(var: Path) -> list[int]:
    """Process ids of parts that any start has started for this `var/` folder."""
    return [int(process.name) for process in _processes() if _is_marked(process, var)]


def of_postgres(data: Path) -> list[int]:
    """Process ids of PostgreSQL's servers in this data folder."""
    return [int(process.name) for process in _processes() if _works_in(process, data)]


def end_parts(var: Path) -> int:
    """Ends the parts of this `var/` folder and waits until they are gone and their ports free; returns their number."""
    return _end(lambda: of_parts(var), ASK_PARTS)


def end_postgres(data: Path) -> int:
    """Ends the servers of this data folder and waits until their shared memory is free; returns their number."""
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
