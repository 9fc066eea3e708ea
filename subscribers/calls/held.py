"""Keeps what the switch wrote of a call on hold: its records carry no seconds until staff decide (4.4)."""

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO

from django.db.models import Exists, OuterRef

from subscribers.calls.rows import Matched
from subscribers.cdr import RawCall, read
from subscribers.models import CallOutcome, CallRecord, CallSource, HeldCall, HeldState
from subscribers.selectors import sources


def keep(rows: Iterable[Matched]) -> None:
    """Stores the rows that are on hold; one that is stored already is not changed. A rehearsal, which has no import,
    stores nothing.

    Call it within the batch's transaction, after the records are written: a decision about a call whose records are on
    hold again is that of former records, and goes.
    """
    held = [row for row in rows if row.records[0].outcome == CallOutcome.HELD.value and row.records[0].import_id]
    if not held:
        return
    by_id = CallSource.objects.in_bulk({row.key[0] for row in held})
    records = CallRecord.objects.filter(
        source=OuterRef("source"), call_id=OuterRef("call_id"), leg=OuterRef("leg"), month=OuterRef("month"),
        outcome=CallOutcome.HELD,
    )  # fmt: skip
    named = HeldCall.objects.filter(source__in=by_id, call_id__in={row.records[0].call_id for row in held})
    named.filter(Exists(records), state=HeldState.SETTLED).delete()
    HeldCall.objects.bulk_create(
        (_held(row, by_id[row.key[0]]) for row in held if row.key[0] in by_id), ignore_conflicts=True
    )


def _held(row: Matched, source: CallSource) -> HeldCall:
    """The row read again: a matched row no longer holds the seconds that the switch wrote."""
    (call,) = read(BytesIO(row.raw.encode()), *sources.reading(source))
    if not isinstance(call, RawCall):
        raise TypeError(f"line {row.line_no} can no longer be read")
    record = row.records[0]
    return HeldCall(
        source=source,
        call_import_id=record.import_id,
        call_id=record.call_id,
        leg=record.leg,
        month=record.month_of_start,
        started_at=call.started_at,
        duration=call.duration,
        talk_seconds=call.billsec,
    )


def let_go(before: datetime) -> int:
    """Deletes calls that began before the moment, with the months that are no longer kept; returns how many."""
    deleted, _by_model = HeldCall.objects.filter(started_at__lt=before).delete()
    return deleted
