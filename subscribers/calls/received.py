"""Records that a switch sends over HTTP: kept before the answer, imported by a worker (4.4)."""

import hashlib
from datetime import timedelta

import structlog
from django.core.files.base import ContentFile
from django.db import transaction

from sipcabinet.lib import clock
from subscribers.calls import imports
from subscribers.cdr import json_records
from subscribers.models import CallSource, ReceivedRecord, SourceKind

log = structlog.get_logger(__name__)
ROWS = 10_000  # of one import
KEPT = timedelta(days=7)  # after its import


class UsedSignatureError(Exception):
    """The request that brought this record is sent a second time: a replay, not a switch that tries again."""


def keep(*, source: CallSource, text: str, signature: str = "") -> bool:
    """Stores a record; False if it is stored already. Committed when this returns outside of a transaction.

    Raises BadRowError for what is no JSON object, UsedSignatureError for a signed request that is repeated as it was.
    A record that cannot be counted is still stored: the import rejects it with its reason, so staff see it.
    """
    body = json_records.line_of(json_records.parsed(text))
    key = hashlib.sha256(body.encode()).hexdigest()
    told = {"body": body, "signature": signature}
    row, is_new = ReceivedRecord.objects.get_or_create(source=source, content_key=key, defaults=told)
    if not is_new and signature and row.signature == signature:
        raise UsedSignatureError
    return is_new


def gather() -> int:
    """Orders imports of the records that wait, for each source; returns how many."""
    sources = CallSource.objects.filter(kind=SourceKind.HTTP).order_by("pk")
    return sum(_gather(source) for source in sources)


def _gather(source: CallSource) -> bool:
    with transaction.atomic():
        waiting = ReceivedRecord.objects.filter(source=source, call_import=None).order_by("pk")
        rows = list(waiting.select_for_update(skip_locked=True, of=("self",))[:ROWS])
        if not rows:
            return False
        content = ContentFile("".join(row.body for row in rows).encode())
        job = imports.order(source=source, file=content, file_name=f"HTTP {rows[0].pk}–{rows[-1].pk}")
        ReceivedRecord.objects.filter(pk__in=[row.pk for row in rows]).update(call_import=job)
    return True


def let_go() -> int:
    """Deletes records whose import was ordered long ago; returns how many."""
    before = clock.now() - KEPT
    deleted, _by_model = ReceivedRecord.objects.filter(call_import__isnull=False, received_at__lt=before).delete()
    return deleted
