"""Re-rates one trunk's month in one transaction, as if all its calls were imported today (4.5)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from subscribers.calls import allowances, months, rollup
from subscribers.calls.included_minutes import IncludedMinutes
from subscribers.calls.matching import Matcher, Priced
from subscribers.calls.rollup import Place, Sums
from subscribers.models import Allowance, CallSource, Subscriber
from subscribers.rating import AllowanceState, CoverableCall, call_key, cost_micro, price_calls

CHUNK = 5_000  # calls in memory
Progress = Callable[[int], None]  # called with the number of calls checked so far

_CALLS = """
SELECT id, account_id, subscriber_id, source_id, call_id, leg, started_at, outcome = 'answered', talk_seconds,
    other_party, destination_id, (price_per_minute * 1000000)::bigint, billed_seconds, included_seconds,
    (cost * 1000000)::bigint
FROM subscribers_callrecord
WHERE trunk_id = %s AND month = %s AND direction = 'out'
ORDER BY started_at
"""
_REWRITE = """
UPDATE subscribers_callrecord c SET
    destination_id = n.destination_id, price_per_minute = n.price * 0.000001, billed_seconds = n.billed,
    included_seconds = n.included, cost = n.cost * 0.000001
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::int[], %s::int[], %s::bigint[])
    AS n (id, destination_id, price, billed, included, cost)
WHERE c.id = n.id AND c.month = %s
"""


class CallPrice(NamedTuple):
    """What a call costs: the columns that rating writes. Prices are micro-BYN."""

    destination_id: int | None
    price: int
    billed: int
    included: int
    cost: int


class Call(NamedTuple):
    """An outgoing call as it is stored now."""

    id: int
    account_id: int
    subscriber_id: int
    source_id: int
    call_id: str
    leg: str
    started_at: datetime
    answered: bool
    talked: int
    called: str
    was: CallPrice

    @property
    def second(self) -> int:
        return int(self.started_at.timestamp())

    def sums(self, price: CallPrice) -> Sums:
        """What the call adds to its daily total at this price."""
        return Sums(1, int(self.answered), self.talked, price.billed, price.included, price.cost)


@dataclass(slots=True)
class RerateCounts:
    """Calls checked, changed, and kept because no rate matches them any more; `before` and `after` are the total cost
    in micro-BYN."""

    trunks: int = 0
    calls: int = 0
    changed: int = 0
    without_rate: int = 0
    before: int = 0
    after: int = 0

    def add(self, other: "RerateCounts") -> None:
        self.trunks += other.trunks
        self.calls += other.calls
        self.changed += other.changed
        self.without_rate += other.without_rate
        self.before += other.before
        self.after += other.after


@dataclass(slots=True)
class TrunkMonth:
    """Re-rating of one trunk's month in one transaction. `run` resets its results: a retry after a deadlock is safe."""

    trunk_id: int
    month: Month
    matcher: Matcher
    covered: frozenset[int]
    tell: Progress
    sources: dict[int, str] = field(default_factory=dict)
    state: AllowanceState = field(default_factory=lambda: AllowanceState(0))
    moves: dict[Place, Sums] = field(default_factory=dict)
    counts: RerateCounts = field(default_factory=RerateCounts)

    def run(self) -> RerateCounts:
        """Locks, in the order of imports: the month (FOR SHARE), the trunk's Allowance, its calls, the daily totals."""
        first_day = self.month.first_day
        if months.hold([first_day]):
            raise months.MonthClosedError(self.month)
        allowance = allowances.lock([(self.trunk_id, first_day)])[self.trunk_id, first_day]
        trunk = Subscriber.objects.get(pk=self.trunk_id)
        self.state = AllowanceState(IncludedMinutes.of([trunk.pk]).seconds(trunk, self.month))
        self.moves, self.counts = defaultdict(Sums), RerateCounts(trunks=1)
        with connection.chunked_cursor() as reading, connection.cursor() as cursor:
            reading.execute(_CALLS, [self.trunk_id, first_day])
            self.sources = dict(CallSource.objects.values_list("pk", "name"))  # read after the calls: includes all
            calls = self._in_order(_read(reading))
            while chunk := list(islice(calls, CHUNK)):
                self._count(cursor, chunk)
                self.tell(self.counts.calls)
            rollup.move(cursor, self.moves)
        _keep(allowance, self.state)
        return self.counts

    def _in_order(self, calls: Iterable[Call]) -> Iterator[Call]:
        """Yields the calls in time order; calls of the same second in the order in which minutes are granted."""
        for _second, together in groupby(calls, key=lambda call: call.second):
            yield from sorted(together, key=self._key)

    def _key(self, call: Call) -> str:
        return call_key(call.second, self.sources[call.source_id], call.call_id, call.leg)

    def _count(self, cursor: CursorWrapper, chunk: list[Call]) -> None:
        priced = [self._priced(call) for call in chunk]
        covered = [no for no, one in enumerate(priced) if one.billed and one.destination_id in self.covered]
        coverable = [CoverableCall(self._key(chunk[no]), priced[no].billed, priced[no].price) for no in covered]
        self.state, outcome = price_calls(self.state, coverable)
        prices = [CallPrice(*one, 0, cost_micro(one.price, one.billed)) for one in priced]
        for no, one in zip(covered, outcome, strict=True):
            prices[no] = prices[no]._replace(included=one.covered, cost=one.cost)
        self._rewrite(cursor, [pair for pair in zip(chunk, prices, strict=True) if pair[0].was != pair[1]])
        self.counts.calls += len(chunk)
        self.counts.before += sum(call.was.cost for call in chunk)
        self.counts.after += sum(one.cost for one in prices)

    def _priced(self, call: Call) -> Priced:
        """Prices the call by today's list; without a matching rate it keeps destination, price and seconds."""
        ours = self.matcher.numbers.find(call.called, call.started_at) is not None
        found = self.matcher.by_list(
            call.called, call.started_at, ours=ours, answered=call.answered, talked=call.talked
        )
        if found is None:
            self.counts.without_rate += 1
            return Priced(call.was.destination_id, call.was.price, call.was.billed)
        return found

    def _rewrite(self, cursor: CursorWrapper, changed: list[tuple[Call, CallPrice]]) -> None:
        if not changed:
            return
        columns = zip(*((call.id, *price) for call, price in changed), strict=True)
        cursor.execute(_REWRITE, [*map(list, columns), self.month.first_day])
        for call, price in changed:
            day = clock.minsk(call.started_at).date()
            before = Place(call.account_id, call.subscriber_id, day, call.was.destination_id)
            after = before._replace(destination_id=price.destination_id)
            self.moves[before] = self.moves[before].minus(call.sums(call.was))
            self.moves[after] = self.moves[after].plus(call.sums(price))
        self.counts.changed += len(changed)


def _read(cursor: Any) -> Iterator[Call]:
    """Reads calls from a server-side cursor."""
    while rows := cursor.fetchmany(CHUNK):
        for *of_call, destination_id, price, billed, included, cost in rows:
            yield Call._make([*of_call, CallPrice(destination_id, price, billed, included, cost)])


def _keep(allowance: Allowance, state: AllowanceState) -> None:
    now = (state.granted, state.used, state.watermark)
    if now != (allowance.granted_seconds, allowance.used_seconds, allowance.watermark):
        allowance.granted_seconds, allowance.used_seconds, allowance.watermark = now
        allowance.save(update_fields=["granted_seconds", "used_seconds", "watermark"])
