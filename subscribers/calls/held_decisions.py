"""What staff decide about a call on hold: paid as it is, paid for some seconds, or not paid (4.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

import structlog
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from accounts.services import audit
from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError
from subscribers.calls import allowances, batches, months, quotes
from subscribers.calls.allowances import TrunkMonth
from subscribers.calls.quotes import Quote
from subscribers.models import (
    Allowance,
    CallDirection,
    CallOutcome,
    CallRecord,
    HeldCall,
    HeldDecision,
    HeldState,
)
from subscribers.rating import CoverableCall, call_key, from_micro, take_left
from subscribers.selectors import held_calls

log = structlog.get_logger(__name__)
GONE = gettext_lazy("Этого звонка больше нет: он оказался частью другого звонка")

# A call without seconds has added one call to its day. The day gets what the decision adds; if another month charges
# the call now, the call itself moves to that month's row.
_ADD = """
INSERT INTO subscribers_calldailytotal AS t (
    account_id, subscriber_id, day, direction, destination_id, charged_in,
    calls, answered, talk_seconds, billed_seconds, included_seconds, cost
) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT ON CONSTRAINT one_total_per_day DO UPDATE SET
    calls = t.calls + excluded.calls,
    answered = t.answered + excluded.answered,
    talk_seconds = t.talk_seconds + excluded.talk_seconds,
    billed_seconds = t.billed_seconds + excluded.billed_seconds,
    included_seconds = t.included_seconds + excluded.included_seconds,
    cost = t.cost + excluded.cost
"""
_LEAVE = """
UPDATE subscribers_calldailytotal SET calls = calls - 1
WHERE subscriber_id = %s AND day = %s AND direction = %s AND destination_id IS NOT DISTINCT FROM %s
    AND charged_in = %s
"""
_DROP_EMPTY = "DELETE FROM subscribers_calldailytotal WHERE subscriber_id = %s AND day = %s AND calls = 0"


class HeldCallError(DomainError):
    """The decision cannot be taken: another person was quicker, or its terms are wrong."""

    code = "held.refused"


@dataclass(frozen=True, slots=True)
class Preview:
    """What the outgoing call costs if it is paid for so many seconds: by the price list, without included minutes."""

    seconds: int
    quote: Quote

    @property
    def cost(self) -> Decimal:
        return self.quote.cost


def preview(record: CallRecord, seconds: int) -> Preview:
    """Raises QuoteError if there is no price for the call."""
    return Preview(seconds, quotes.quote(called=record.other_party, talked=seconds, moment=record.started_at))


def seconds_of(row: HeldCall, decision: HeldDecision, seconds: int | None) -> int:
    """The seconds that a decision counts; raises HeldCallError for seconds that are not between 1 and the talk."""
    if decision is HeldDecision.AS_IS:
        return row.talk_seconds
    if decision is HeldDecision.NOTHING:
        return 0
    if seconds is None or not 0 < seconds <= row.talk_seconds:
        told = {"most": row.talk_seconds}
        raise HeldCallError(_("Введите секунды от 1 до %(most)d") % told, code="held.seconds")
    return seconds


def settle(*, row: HeldCall, decision: HeldDecision, seconds: int | None = None, note: str, by: Actor) -> HeldCall:
    """Takes the decision, once: the call's records, daily totals, minutes and cost follow in one transaction.

    A call whose month has closed meanwhile is charged by the next open month, as a late call. Locks as a batch of an
    import does: the row, the months (FOR SHARE), the allowance, the records, the totals. Audited for each account.
    Raises HeldCallError, and QuoteError if there is no price for the call.
    """
    if not note.strip():
        raise HeldCallError(_("Напишите причину"), code="held.no_reason")
    talked = seconds_of(row, decision, seconds)
    settled = batches.in_transaction(partial(_settle, row.pk, decision, talked, note.strip()[:300], by))
    log.info("held.settled", held_id=settled.pk, decision=decision.value)
    return settled


def _settle(pk: int, decision: HeldDecision, talked: int, note: str, by: Actor) -> HeldCall:
    row = for_update(HeldCall.objects.select_related("source")).filter(pk=pk).first()
    if row is None:
        raise HeldCallError(_("Этого звонка больше нет: загрузка его файла отменена"), code="held.gone")
    if row.state != HeldState.WAITING:
        raise HeldCallError(_("Об этом звонке уже решили"), code="held.settled")
    charged_in = months.hold_charging([row.month])[row.month]
    trunks = {(one.trunk_id, one.month) for one in held_calls.records(row) if one.direction == CallDirection.OUT}
    locked = allowances.lock(trunks)  # a re-rating of the trunk ends first: the records are read after it
    found = held_calls.records(row)
    if not found:
        raise HeldCallError(str(GONE), code="held.gone")
    row.state, row.decision, row.billed_as, row.note = HeldState.SETTLED, decision, talked, note
    with connection.cursor() as cursor:
        for record in found:
            _count(cursor, record, row, charged_in if talked else record.charged_in, locked)
    row.settled_by, row.settled_at = by.user, clock.now()
    row.save(update_fields=["state", "decision", "billed_as", "note", "settled_by", "settled_at"])
    for account in {record.account_id: record.account for record in found}.values():
        told = {"start": clock.show_moment(row.started_at), "decision": decision.label}
        audit.record(
            action="call.held_settled",
            user=by.user,
            address=by.address,
            account=account,
            summary=_("Длинный звонок %(start)s: %(decision)s") % told,
            details={"held_call_id": row.pk, "seconds": row.talk_seconds, "billed_as": talked, "reason": note},
        )
    return row


def for_update(rows: QuerySet[HeldCall]) -> QuerySet[HeldCall]:
    """The row lock that lets a call be decided once."""
    return rows.select_for_update(of=("self",))


def _count(
    cursor: CursorWrapper, record: CallRecord, row: HeldCall, charged_in: date, locked: Mapping[TrunkMonth, Allowance]
) -> None:
    """Gives a record its seconds and cost, and adds them to the daily total and the month's minutes."""
    before, talked = (record.destination_id, record.charged_in), row.billed_as or 0
    record.outcome = CallOutcome.ANSWERED if talked else CallOutcome.NOT_PAID
    record.talk_seconds, record.charged_in = talked, charged_in
    key = (record.trunk_id, record.month)
    allowance, is_late = None, charged_in != record.month
    if talked and record.direction == CallDirection.OUT:
        found = preview(record, talked).quote
        record.destination, record.price_per_minute = found.destination, found.price
        record.billed_seconds, record.cost = found.billed, found.cost
        if found.destination.uses_allowance:
            allowance = locked[key]
            if is_late:
                _cover_late(record, row, allowance)
    changed = CallRecord.objects.filter(pk=record.pk, outcome=CallOutcome.HELD).update(
        outcome=record.outcome, talk_seconds=talked, charged_in=charged_in, destination=record.destination_id,
        price_per_minute=record.price_per_minute, billed_seconds=record.billed_seconds,
        included_seconds=record.included_seconds, cost=record.cost,
    )  # fmt: skip
    if not changed:  # an import has just found out that the call is a leg of another one
        raise HeldCallError(str(GONE), code="held.gone")
    _add(cursor, record, before)
    if allowance is not None and not is_late:
        allowances.count_anew(cursor, {key: allowance})


def _cover_late(record: CallRecord, row: HeldCall, allowance: Allowance) -> None:
    """A late call uses the seconds that its own month has left; the closed month is not recounted."""
    key = call_key(int(record.started_at.timestamp()), row.source.name, record.call_id, record.leg)
    price = int(record.price_per_minute.scaleb(6))
    (one,) = take_left(
        allowance.granted_seconds - allowance.used_seconds, [CoverableCall(key, record.billed_seconds, price)]
    )
    record.included_seconds, record.cost = one.covered, from_micro(one.cost)
    allowance.used_seconds += one.covered
    allowance.save(update_fields=["used_seconds"])


def _add(cursor: CursorWrapper, record: CallRecord, before: tuple[int | None, date]) -> None:
    day = clock.minsk(record.started_at).date()
    moves = (record.destination_id, record.charged_in) != before
    if moves:
        cursor.execute(_LEAVE, [record.subscriber_id, day, record.direction, *before])
    cursor.execute(
        _ADD,
        [
            record.account_id, record.subscriber_id, day, record.direction, record.destination_id, record.charged_in,
            int(moves), int(record.outcome == CallOutcome.ANSWERED), record.talk_seconds, record.billed_seconds,
            record.included_seconds, record.cost,
        ],
    )  # fmt: skip
    if moves:
        cursor.execute(_DROP_EMPTY, [record.subscriber_id, day])
