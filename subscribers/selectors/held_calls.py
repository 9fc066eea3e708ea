"""Calls on hold: longer than their source's limit, so that staff decide what of them is paid (4.4)."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from sipcabinet.lib.periods import Month
from subscribers.models import CallOutcome, CallRecord, HeldCall, HeldState


def records(row: HeldCall) -> list[CallRecord]:
    """The call's records that are on hold: outgoing first."""
    return list(
        _records_of(row).select_related("account__customer", "subscriber", "destination").order_by("-direction")
    )


def waiting(*, charged_by: Month | None = None) -> QuerySet[HeldCall]:
    """Calls that wait for a decision; only those charged by this month or an earlier one."""
    records = CallRecord.objects.filter(
        source=OuterRef("source"),
        call_id=OuterRef("call_id"),
        leg=OuterRef("leg"),
        month=OuterRef("month"),
        outcome=CallOutcome.HELD,
    )
    if charged_by is not None:
        records = records.filter(charged_in__lte=charged_by.first_day)
    return HeldCall.objects.filter(Q(Exists(records)), state=HeldState.WAITING)


def _records_of(row: HeldCall) -> QuerySet[CallRecord]:
    return CallRecord.objects.filter(
        source=row.source_id, call_id=row.call_id, leg=row.leg, month=row.month, outcome=CallOutcome.HELD
    )
