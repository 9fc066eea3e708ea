"""A billing run in a separate process, which kills itself with SIGKILL in the k-th account, or right after it.

python killed_close.py YYYY-MM K in|after
"""

import os
import signal
import sys
from typing import Any

import django
import time_machine

django.setup()

from billing.services import closing, issuing, mailings  # noqa: E402
from sipcabinet.lib.periods import Month  # noqa: E402


def main(month: str, account: int, place: str) -> None:
    reached = 0
    order, issue = mailings.order, issuing.issue

    def die(here: str) -> None:
        if here == place and reached == account:
            os.kill(os.getpid(), signal.SIGKILL)

    def order_and_die(**kwargs: Any) -> Any:
        nonlocal reached
        ordered = order(**kwargs)
        reached += 1
        die("in")  # numbers are taken and everything is written, but nothing is committed
        return ordered

    def commit_and_die(**kwargs: Any) -> Any:
        invoice = issue(**kwargs)
        die("after")
        return invoice

    def none_reached(month: Month, account: Any = None) -> list[Any]:
        die("in")  # the month is closed
        return []

    mailings.order = order_and_die
    issuing.issue = commit_and_die
    if account == 0:
        closing.accounts = none_reached
    closing.run(month=Month.parse(month))


if __name__ == "__main__":
    with time_machine.travel("2026-11-10T09:00+03:00", tick=False):
        main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
