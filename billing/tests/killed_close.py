"""A billing run in a separate process, which kills itself with SIGKILL in the k-th account, or right after it.

python killed_close.py YYYY-MM K in|after
"""

from typing import Any

import django

django.setup()

from billing.services import closing, issuing, mailings  # noqa: E402
from sipcabinet.lib.periods import Month  # noqa: E402
from sipcabinet.tests import killer  # noqa: E402


def main(month: str, of_account: killer.Killer) -> None:
    def none_reached(month: Month, account: Any = None) -> list[Any]:
        of_account.die("in")  # the month is closed
        return []

    mailings.order = of_account.in_each(mailings.order)  # numbers are taken and everything is written
    issuing.issue = of_account.after_each(issuing.issue)
    if of_account.at == 0:
        closing.accounts = none_reached
    closing.run(month=Month.parse(month))


if __name__ == "__main__":
    killer.run(main, "2026-11-10T09:00+03:00")
