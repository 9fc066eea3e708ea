"""Included minutes per trunk and month: the first seconds of a month are covered, in whatever order calls are imported.

Calls of a (trunk, month) are priced under the lock of its Allowance. Calls later than every counted call are appended;
after an earlier call the month is recounted in the same transaction (4.5). A closed month is never recounted: its late
calls use the seconds that are left.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from subscribers.calls import late_minutes, rollup
from subscribers.calls.included_minutes import IncludedMinutes
from subscribers.calls.rows import Record
from subscribers.models import Allowance, CallDirection, Subscriber
from subscribers.rating import AllowanceState, CoverableCall, call_key, price_calls, recompute

TrunkMonth = tuple[int, date]
_OUT = CallDirection.OUT.value  # the direction of every call that the allowance may cover

_COUNTED = """
SELECT c.id, s.name, c.call_id, c.leg, c.started_at, c.subscriber_id, c.destination_id, c.billed_seconds,
    (c.price_per_minute * 1000000)::bigint, c.included_seconds, (c.cost * 1000000)::bigint
FROM subscribers_callrecord c JOIN subscribers_callsource s ON s.id = c.source_id
WHERE c.trunk_id = %s AND c.month = %s AND c.direction = 'out' AND c.billed_seconds > 0
    AND c.destination_id IN (SELECT id FROM subscribers_destination WHERE uses_allowance)
"""
_REWRITE = """
UPDATE subscribers_callrecord c SET included_seconds = n.included, cost = n.cost * 0.000001
FROM unnest(%s::bigint[], %s::int[], %s::bigint[]) AS n (id, included, cost)
WHERE c.id = n.id AND c.month = %s
"""
_KEEP = """
UPDATE subscribers_allowance a SET used_seconds = n.used, watermark = n.watermark
FROM unnest(%s::bigint[], %s::int[], %s::text[]) AS n (id, used, watermark) WHERE a.id = n.id
"""
_SET_ALLOWANCE = """
UPDATE subscribers_allowance SET granted_seconds = %s, used_seconds = %s, watermark = %s WHERE id = %s
"""


class _Counted(NamedTuple):
    id: int
    source: str
    call_id: str
    leg: str
    started_at: datetime
    subscriber_id: int
    destination_id: int
    billed: int
    price: int
    included: int
    cost: int

    @property
    def coverable(self) -> CoverableCall:
        key = call_key(int(self.started_at.timestamp()), self.source, self.call_id, self.leg)
        return CoverableCall(key, self.billed, self.price)


@dataclass(slots=True)
class _Month:
    """A locked Allowance and the calls of one batch that use it."""

    allowance: Allowance
    calls: list[tuple[CoverableCall, Record]] = field(default_factory=list)
    out_of_order: bool = False
    is_late: bool = False

    @property
    def state(self) -> AllowanceState:
        row = self.allowance
        return AllowanceState(row.granted_seconds, row.used_seconds, row.watermark)

    def new(self, skipped: set[tuple[int, str]]) -> list[tuple[CoverableCall, Record]]:
        """The calls without those that were already in the database (`skipped`)."""
        if not skipped:
            return self.calls
        return [call for call in self.calls if (call[1].row_no, call[1].direction) not in skipped]

    def keep(self, state: AllowanceState) -> None:
        self.allowance.used_seconds = state.used
        self.allowance.watermark = state.watermark


def set_included(*, trunk: Subscriber, since: Month) -> None:
    """Sets the granted minutes of `since` and of later counted months by today's plan and packages; recounts them.

    The caller's transaction has changed the packages and keeps the months from closing.
    """
    months = set(Allowance.objects.filter(trunk=trunk, month__gte=since.first_day).values_list("month", flat=True))
    if since <= Month.current():  # an Allowance created ahead would miss plan terms that are added later
        months.add(since.first_day)
    locked = lock((trunk.pk, month) for month in months)
    included = IncludedMinutes.of([trunk.pk])
    with connection.cursor() as cursor:
        for (trunk_id, month), allowance in locked.items():
            granted = included.seconds(trunk, Month.of(month))
            state = recount(cursor, trunk_id, month, granted)
            cursor.execute(_SET_ALLOWANCE, [granted, state.used, state.watermark, allowance.pk])


def count_anew(cursor: CursorWrapper, locked: Mapping[TrunkMonth, Allowance]) -> None:
    """Recounts these open months from their calls; the granted minutes stay the same."""
    for (trunk_id, month), allowance in locked.items():
        granted = allowance.granted_seconds
        state = recount(cursor, trunk_id, month, granted)
        cursor.execute(_SET_ALLOWANCE, [granted, state.used, state.watermark, allowance.pk])


def lock(keys: Iterable[TrunkMonth]) -> dict[TrunkMonth, Allowance]:
    """The Allowances of these trunk-months, created where missing; locked in one order until the transaction ends."""
    wanted = sorted(set(keys))
    _make_missing(wanted)
    found = Allowance.objects.filter(_any_of(wanted)).order_by("trunk_id", "month")
    return {(row.trunk_id, row.month): row for row in for_update(found)}


def for_update(rows: Any) -> Any:
    """The row lock that keeps two imports from using the same minutes twice."""
    return rows.select_for_update()


def _make_missing(wanted: list[TrunkMonth]) -> None:
    there = set(Allowance.objects.filter(_any_of(wanted)).values_list("trunk_id", "month"))
    missing = [key for key in wanted if key not in there]
    if not missing:
        return
    trunks = Subscriber.objects.in_bulk({trunk_id for trunk_id, _ in missing})
    included = IncludedMinutes.of(trunks)
    Allowance.objects.bulk_create(
        (
            Allowance(
                account_id=trunks[trunk_id].account_id,
                trunk_id=trunk_id,
                month=month,
                granted_seconds=included.seconds(trunks[trunk_id], Month.of(month)),
            )
            for trunk_id, month in missing
        ),
        ignore_conflicts=True,
    )


def _any_of(keys: list[TrunkMonth]) -> Q:
    by_month: dict[date, list[int]] = defaultdict(list)
    for trunk_id, month in keys:
        by_month[month].append(trunk_id)
    found = Q(pk__in=[])
    for month, trunks in by_month.items():
        found |= Q(month=month, trunk_id__in=trunks)
    return found


class Batch:
    """The calls of one batch that the allowance may cover.

    Call `price_calls` before the calls are written, `settle` when the new calls among them are known.
    """

    def __init__(self, source_names: dict[int, str], covered_destinations: frozenset[int]) -> None:
        self._source_names = source_names
        self._covered = covered_destinations
        self._months: dict[TrunkMonth, _Month] = {}

    def price_calls(self, records: list[Record]) -> list[Record]:
        """Returns the records with covered seconds and cost, as if all were new; locks the Allowances they use.

        Late records stay uncovered until `cover_late`, when the new ones among them are known.
        """
        by_month: dict[tuple[int, int], list[Record]] = defaultdict(list)
        covered = self._covered
        for record in records:
            if record.billed_seconds and record.destination_id in covered:
                by_month[record.trunk_id, record.month].append(record)
        if not by_month:
            return records
        keys = {key: (key[0], eligible[0].month_of_start) for key, eligible in by_month.items()}
        locked = lock(keys.values())
        for key, eligible in by_month.items():
            one = self._months[keys[key]] = _Month(locked[keys[key]])
            one.calls = list(zip(map(self._coverable, eligible), eligible, strict=True))
            one.is_late = eligible[0].is_late
        priced: dict[int, Record] = {}
        for month in self._months.values():
            priced |= {} if month.is_late else _append(month)
        if not priced:
            return records
        return [priced.get(r.row_no, r) if r.direction == _OUT else r for r in records]

    def _coverable(self, record: Record) -> CoverableCall:
        key = call_key(record.started, self._source_names[record.source_id], record.call_id, record.leg)
        return CoverableCall(key, record.billed_seconds, record.price)

    def cover_late(self, cursor: CursorWrapper, skipped: set[tuple[int, str]]) -> None:
        """Gives new late calls the seconds left in their own month; the staging table must still hold the calls."""
        for (_trunk_id, month), one in self._months.items():
            if one.is_late and (new := one.new(skipped)):
                one.allowance.used_seconds += late_minutes.cover(cursor, month, one.state.left, new)

    def settle(self, cursor: CursorWrapper, skipped: set[tuple[int, str]]) -> None:
        """Saves the allowances; recounts months whose calls came out of order or were partly stored already."""
        changed = []
        for (trunk_id, month), one in self._months.items():
            new = one.new(skipped)
            if not new:
                continue
            if not one.is_late and (one.out_of_order or len(new) < len(one.calls)):
                one.keep(recount(cursor, trunk_id, month, one.allowance.granted_seconds))
            changed.append((one.allowance.pk, one.allowance.used_seconds, one.allowance.watermark))
        if changed:
            cursor.execute(_KEEP, [list(column) for column in zip(*changed, strict=True)])


def _append(month: _Month) -> dict[int, Record]:
    """Prices the calls after the watermark; returns those that are covered, by row. If any call is earlier, prices none
    and sets `out_of_order`."""
    month.calls.sort(key=_key)
    coverable = [call for call, _ in month.calls]
    if not month.state.takes(coverable):
        month.out_of_order = True
        return {}
    state, outcome = price_calls(month.state, coverable)
    month.keep(state)
    return {
        record.row_no: record.covered(one.covered, one.cost)
        for (_, record), one in zip(month.calls, outcome, strict=True)
        if one.covered
    }


def _key(call: tuple[CoverableCall, Record]) -> str:
    return call[0].key


def recount(cursor: CursorWrapper, trunk_id: int, month: date, granted: int) -> AllowanceState:
    """Recounts a trunk's open month; updates changed calls and their daily totals. The caller holds the row lock."""
    cursor.execute(_COUNTED, [trunk_id, month])
    calls = {call.coverable: call for call in (_Counted(*row) for row in cursor.fetchall())}
    state, ordered, outcome = recompute(granted, calls)
    changed = [
        (calls[coverable], one)
        for coverable, one in zip(ordered, outcome, strict=True)
        if (one.covered, one.cost) != (calls[coverable].included, calls[coverable].cost)
    ]
    if changed:
        columns = [(call.id, one.covered, one.cost) for call, one in changed]
        cursor.execute(_REWRITE, [*(list(column) for column in zip(*columns, strict=True)), month])
        rollup.shift(
            cursor,
            [
                rollup.Shift(
                    call.subscriber_id,
                    clock.minsk(call.started_at).date().isoformat(),
                    call.destination_id,
                    one.covered - call.included,
                    one.cost - call.cost,
                )
                for call, one in changed
            ],
        )
    return state
