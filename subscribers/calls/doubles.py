"""Calls that two sources reported: staff choose a source, the copies of others are deleted (open month; 4.4, 4.7)."""

from dataclasses import dataclass, field
from decimal import Decimal

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _

from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from subscribers.calls import displaced, legs, months
from subscribers.calls.batches import Context
from subscribers.models import CallRecord, CallSource
from subscribers.selectors import doubled_calls

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class TakenOut:
    """Deleted records, by account: how many, and their former cost (net BYN)."""

    calls: dict[int, int] = field(default_factory=dict)
    cost: dict[int, Decimal] = field(default_factory=dict)

    def add(self, record: CallRecord) -> None:
        self.calls[record.account_id] = self.calls.get(record.account_id, 0) + 1
        self.cost[record.account_id] = self.cost.get(record.account_id, Decimal(0)) + record.cost


def keep_one(*, month: Month, keep: CallSource) -> TakenOut:
    """Deletes the month's records of other sources for calls that `keep` reported too; updates totals and minutes.

    Late calls of closed months are not touched. Keeps the month from closing meanwhile and locks its allowances.
    Raises MonthClosedError; DomainError if `keep` has none of the doubled calls.
    """
    taken = TakenOut()
    with transaction.atomic(), connection.cursor() as cursor:
        if months.hold([month.first_day]):
            raise months.MonthClosedError(month)
        copies = [record for call in doubled_calls.of_sources(month) for record in _copies(call, month, keep)]
        if not copies:
            raise DomainError(_("У этого источника нет повторов за выбранный месяц"), code="doubles.none")
        displaced.take_out(cursor, map(_to_take_out, copies), Context.load().covered)
        for record in copies:
            taken.add(record)
    log.info("doubles.taken_out", month=month.code, source_id=keep.pk, records=len(copies))
    return taken


def _copies(call: doubled_calls.DoubledCall, month: Month, keep: CallSource) -> list[CallRecord]:
    """The call's records of other sources, if `keep` has a record of the call; else none."""
    rows = CallRecord.objects.filter(
        month=month.first_day, subscriber=call.subscriber_id, started_at=call.started_at, call_id=call.call_id,
        direction=call.direction, other_party=call.other_party,
    )  # fmt: skip
    if not rows.filter(source=keep).exists():
        return []
    return list(rows.exclude(source=keep))


def _to_take_out(record: CallRecord) -> legs.LegRecord:
    return legs.LegRecord(
        record.id, record.month, record.direction, record.trunk_id, record.destination_id, record.billed_seconds
    )
