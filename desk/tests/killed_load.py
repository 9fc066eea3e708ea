"""Run as a separate process: works on the waiting load, and kills itself with SIGKILL in its k-th row or after it.

python killed_load.py - K in|after
"""

from typing import Any

import django

django.setup()

from desk.imports.customers import judging, loads, writing  # noqa: E402
from sipcabinet.tests import killer  # noqa: E402


def main(_what: str, piece: killer.Killer) -> None:
    writing.write = piece.in_each(writing.write)
    # A row is accepted after its transaction has ended.
    accepted: Any = piece.after_each(judging.Judge.accepted)
    judging.Judge.accepted = accepted  # type: ignore[method-assign]
    loads.drain()


if __name__ == "__main__":
    killer.run(main, "2026-11-22T10:00+03:00")
