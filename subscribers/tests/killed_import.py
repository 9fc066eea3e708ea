"""Run as a separate process: an import that kills itself with SIGKILL in the k-th batch, or right after it.

python killed_import.py FILE K in|after
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import django
import time_machine

django.setup()

from subscribers.calls import batches  # noqa: E402
from subscribers.tests import imported  # noqa: E402


def main(path: str, batch: int, place: str) -> None:
    reached = 0
    write, in_transaction = batches.write, batches.in_transaction

    def die(here: str) -> None:
        if here == place and reached == batch:
            os.kill(os.getpid(), signal.SIGKILL)

    def write_and_die(*args: Any, **kwargs: Any) -> Any:
        nonlocal reached
        written = write(*args, **kwargs)
        reached += 1
        die("in")  # all rows are written, none is committed
        return written

    def commit_and_die(work: Any) -> Any:
        result = in_transaction(work)
        die("after")
        return result

    batches.write = write_and_die
    batches.in_transaction = commit_and_die
    imported.take(Path(path))


if __name__ == "__main__":
    with time_machine.travel("2026-10-25T12:00+03:00", tick=False):
        main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
