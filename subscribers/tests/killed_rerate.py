"""Run as a separate process: a re-rating that kills itself with SIGKILL in the k-th trunk, or right after it.

python killed_rerate.py YYYY-MM K in|after
"""

import django

django.setup()

from sipcabinet.lib.periods import Month  # noqa: E402
from sipcabinet.tests import killer  # noqa: E402
from subscribers.calls import batches, rerating, rollup  # noqa: E402


def main(month: str, trunk: killer.Killer) -> None:
    rollup.move = trunk.in_each(rollup.move)
    batches.in_transaction = trunk.after_each(batches.in_transaction)
    rerating.rerate(month=Month.parse(month))


if __name__ == "__main__":
    killer.run(main, "2026-10-25T12:00+03:00")
