"""Run as a separate process: a transfer that kills itself with SIGKILL at the k-th telling, or right after it.

python killed_transfer.py NOW K in|after
"""

import django

django.setup()

from sipcabinet.tests import killer  # noqa: E402
from subscribers.switch import jobs, transfer_work, transfers  # noqa: E402


def main(_now: str, telling: killer.Killer) -> None:
    jobs.record = telling.in_each(jobs.record)  # the switch has it, the portal has not
    transfer_work._succeed = telling.after_each(transfer_work._succeed)
    transfers.follow()
    transfer_work.drain()


if __name__ == "__main__":
    killer.run(main, "2026-11-25T12:00+03:00")
