"""Rejected lines: kept with their reason, retried after numbers or rates are corrected (4.4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from io import BytesIO

import structlog
from django.db.models import F, QuerySet

from sipcabinet.lib import clock
from subscribers.calls import batches
from subscribers.calls.matching import Matcher
from subscribers.calls.rows import Matched, Mismatch, RefusedRow
from subscribers.cdr import RawCall, Reason, RejectedLine, read
from subscribers.models import CallImport, CallReject, RejectState
from subscribers.selectors import sources

log = structlog.get_logger(__name__)
CHUNK = 500
# An incomplete line can never be read; the complete line arrives in another file.
HOPELESS = (Reason.TRUNCATED.value, Reason.NUL_BYTES.value, Reason.OVERLONG.value)


# Lines of these reasons are about the caller's number; all others about the called one.
OF_CALLER = (Mismatch.NOT_OURS.value,)


def content_key(raw: str) -> str:
    """Hash that identifies the line within its source; ignores the line end."""
    return sha256(raw.rstrip("\r\n").encode()).hexdigest()


def reason_labels() -> dict[str, str]:
    """The text of each reason for a rejection, by its code."""
    return {reason.value: str(reason.label) for reason in (*Reason, *Mismatch)}


def keep(job: CallImport, refused: Iterable[RefusedRow]) -> None:
    """Stores the rejected lines; a line already stored, from this file or another, is not changed."""
    rows = (
        CallReject(
            call_import=job,
            source_id=job.source_id,
            line_no=line.line_no,
            raw=line.raw,
            code=line.code,
            reason=line.message[:300],
            content_key=content_key(line.raw),
        )
        for line in refused
    )
    CallReject.objects.bulk_create(rows, ignore_conflicts=True)


@dataclass(slots=True)
class Retried:
    """Outcome of a retry: tried = new + duplicate + rejected."""

    tried: int = 0
    new: int = 0
    duplicate: int = 0
    rejected: int = 0


def waiting() -> QuerySet[CallReject]:
    """Rejects that can be retried."""
    return CallReject.objects.filter(state=RejectState.WAITING).exclude(code__in=HOPELESS)


def retry(call_import: int | None = None) -> Retried:
    """Retries the waiting lines of one import, or of all imports."""
    rows = CallReject.objects.all()
    return retry_these(rows if call_import is None else rows.filter(call_import_id=call_import))


def retry_these(rows: QuerySet[CallReject]) -> Retried:
    """Retries the waiting ones of the rows, with the present numbers and rates.

    Accepted lines are added to the counts of their original import. Locks the rejects of a chunk; skips those that
    another process is retrying.
    """
    ids = waiting().filter(pk__in=rows.order_by().values("pk"))
    total, matcher, context, last = Retried(), Matcher.load(), batches.Context.load(), 0
    while True:
        chunk, written = batches.in_transaction(partial(_retry_chunk, ids.filter(pk__gt=last), matcher, context))
        if not chunk:
            return total
        last = chunk[-1].pk
        total.tried += len(chunk)
        total.new += len(written.new)
        total.duplicate += len(written.duplicate)
        total.rejected += len(written.refused)


def _retry_chunk(
    candidates: QuerySet[CallReject], matcher: Matcher, context: batches.Context
) -> tuple[list[CallReject], batches.Written]:
    chunk = candidates.order_by("pk").select_related("source")
    rows = list(chunk.select_for_update(skip_locked=True, of=("self",))[:CHUNK])
    written = batches.write([_read_again(row, no, matcher) for no, row in enumerate(rows)], context)
    _resolve([rows[no] for no in written.new | written.duplicate])
    _count(rows, written)
    for line in written.refused:
        row = rows[line.row_no]
        row.code, row.reason = line.code, line.message[:300]
        row.save(update_fields=["code", "reason"])
    return rows, written


def call_of(row: CallReject) -> RawCall | None:
    """The call of a line that can be read; None for a line that cannot."""
    found = [*read(BytesIO(row.raw.encode()), *sources.reading(row.source))]
    return found[0] if len(found) == 1 and not isinstance(found[0], RejectedLine) else None


def _read_again(row: CallReject, row_no: int, matcher: Matcher) -> Matched | RefusedRow:
    found = [*read(BytesIO(row.raw.encode()), *sources.reading(row.source))]
    if len(found) == 1 and not isinstance(found[0], RejectedLine):
        return matcher.match(found[0], row_no, source_id=row.source_id, import_id=row.call_import_id)
    if found and isinstance(found[0], RejectedLine):
        return RefusedRow(row_no, row.line_no, row.raw, found[0].reason.value, found[0].message)
    return RefusedRow(row_no, row.line_no, row.raw, row.code, row.reason)


def _resolve(rows: list[CallReject]) -> None:
    ids = [row.pk for row in rows]
    CallReject.objects.filter(pk__in=ids).update(state=RejectState.RESOLVED, resolved_at=clock.now())


def _count(rows: list[CallReject], written: batches.Written) -> None:
    """Updates the counts, so that read = new + duplicate + rejected stays true for each import."""
    for row_no in sorted(written.new | written.duplicate):
        column = "new_count" if row_no in written.new else "duplicate_count"
        CallImport.objects.filter(pk=rows[row_no].call_import_id).update(
            **{column: F(column) + 1, "rejected_count": F("rejected_count") - 1}
        )


def dismiss_these(rows: QuerySet[CallReject], note: str) -> int:
    """Marks the waiting ones of the rows as not to be imported, with the reason; returns how many were waiting."""
    gone = CallReject.objects.filter(pk__in=rows.order_by().values("pk"), state=RejectState.WAITING)
    return gone.update(state=RejectState.DISMISSED, resolved_at=clock.now(), note=note[:300])


def dismiss(row: CallReject) -> bool:
    """Marks the line as not to be imported, for staff. Returns False if the line was no longer waiting."""
    gone = CallReject.objects.filter(pk=row.pk, state=RejectState.WAITING)
    return bool(gone.update(state=RejectState.DISMISSED, resolved_at=clock.now()))
