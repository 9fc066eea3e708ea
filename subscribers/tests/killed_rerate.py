"""Run as a separate process: a re-rating that kills itself with SIGKILL in the k-th trunk, or right after it.

python killed_rerate.py YYYY-MM K in|after
"""

import os
import signal
import sys
from typing import Any

import django
import time_machine

django.setup()

from sipcabinet.lib.periods import Month  # noqa: E402
from subscribers.calls import batches, rerating, rollup  # noqa: E402


def main(month: str, trunk: int, place: str) -> None:
    reached = 0
    move, in_transaction = rollup.move, batches.in_transaction

    def die(here: str) -> None:
        if here == place and reached == trunk:
            os.kill(os.getpid(), signal.SIGKILL)

    def move_and_die(cursor: Any, changes: Any) -> None:
        nonlocal reached
        move(cursor, changes)
        reached += 1
        die("in")  # calls and totals are written, but not committed

    def commit_and_die(work: Any) -> Any:
        result = in_transaction(work)
        die("after")
        return result

    rollup.move = move_and_die
    batches.in_transaction = commit_and_die
    rerating.rerate(month=Month.parse(month))


if __name__ == "__main__":
    with time_machine.travel("2026-10-25T12:00+03:00", tick=False):
        main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
