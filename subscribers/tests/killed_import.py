"""Run as a separate process: an import that kills itself with SIGKILL in the k-th batch, or right after it.

python killed_import.py FILE K in|after
"""

from pathlib import Path

import django

django.setup()

from sipcabinet.tests import killer  # noqa: E402
from subscribers.calls import batches  # noqa: E402
from subscribers.tests import imported  # noqa: E402


def main(path: str, batch: killer.Killer) -> None:
    batches.write = batch.in_each(batches.write)
    batches.in_transaction = batch.after_each(batches.in_transaction)
    imported.take(Path(path))


if __name__ == "__main__":
    killer.run(main, "2026-10-25T12:00+03:00")
