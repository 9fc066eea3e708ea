"""Run as a separate process: applies a kept table and kills itself with SIGKILL in its k-th write, or right after it.

python killed_table.py PK K in|after
"""

from typing import Any

import django

django.setup()

from accounts.actor import Actor  # noqa: E402
from desk.imports import KINDS, running  # noqa: E402
from desk.models import TableImport  # noqa: E402
from sipcabinet.tests import killer  # noqa: E402
from subscribers.models import Rate  # noqa: E402


def main(pk: str, piece: killer.Killer) -> None:
    table = TableImport.objects.get(pk=int(pk))
    kind = KINDS[table.kind]
    manager: Any = type(Rate.objects)
    manager.bulk_create = piece.in_each(manager.bulk_create)
    running.apply = piece.after_each(running.apply)
    seen = running.compared(table, kind)
    running.apply(table=table, kind=kind, fingerprint=seen.fingerprint, actor=Actor(table.uploaded_by))


if __name__ == "__main__":
    killer.run(main, "2026-11-22T10:00+03:00")
