"""Processes that kill themselves with SIGKILL, for the tests of what survives a killed worker."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import time_machine

WORKER = """
import os, signal
import django
django.setup()
{imports}

def die(*_args, **_fields):
    os.kill(os.getpid(), signal.SIGKILL)

{{fault}}
{work}
"""


def worker(imports: str, work: str) -> str:
    """The source of a process that does `work`; `{fault}` in it stands for the line that puts `die` in some place."""
    return WORKER.format(imports=imports, work=work)


class Killer:
    """Kills the process in the k-th piece of its work (`in`), or right after it (`after`)."""

    def __init__(self, at: int, place: str) -> None:
        self.at, self.place = at, place
        self.reached = 0

    def die(self, here: str) -> None:
        if here == self.place and self.reached == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def in_each(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """`work`, which ends a piece: all of it is written, none of it is committed."""

        def write_and_die(*args: Any, **kwargs: Any) -> Any:
            written = work(*args, **kwargs)
            self.reached += 1
            self.die("in")
            return written

        return write_and_die

    def after_each(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """`work`, which commits a piece."""

        def commit_and_die(*args: Any, **kwargs: Any) -> Any:
            result = work(*args, **kwargs)
            self.die("after")
            return result

        return commit_and_die


def run(main: Callable[[str, Killer], None], now: str) -> None:
    """Calls `main` with the command line's `WHAT K in|after`, at the moment `now`."""
    with time_machine.travel(now, tick=False):
        main(sys.argv[1], Killer(int(sys.argv[2]), sys.argv[3]))
