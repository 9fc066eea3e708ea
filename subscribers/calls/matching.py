"""Matches a switch's row to its subscribers and prices it by the price list. In memory: runs for each call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, Self

from sipcabinet.lib import clock
from subscribers import callers
from subscribers.calls import partitions
from subscribers.calls.rows import DAY_ZERO, Leg, Matched, Mismatch, Record, RefusedRow
from subscribers.calls.whose import Codes, Numbers, Side, payer
from subscribers.catalogue import ON_NET
from subscribers.cdr import Disposition, RawCall, RejectedLine
from subscribers.cdr.numbers import Number, NumberKind, normalise
from subscribers.models import LONGEST_SECONDS, CallDirection, CallOutcome, CallSource, Rate
from subscribers.rating import RateRow, RateTable, cost_micro

_CLOCK_SKEW = timedelta(days=1)  # how far ahead a switch's clock may be
_OUT, _IN = CallDirection.OUT.value, CallDirection.IN.value
_NOT_A_DESTINATION = {
    NumberKind.EXTENSION: Mismatch.EXTENSION,
    NumberKind.SERVICE: Mismatch.SERVICE_CODE,
    NumberKind.UNKNOWN: Mismatch.BAD_NUMBER,
    NumberKind.HIDDEN: Mismatch.BAD_NUMBER,
}


def load_rates(some: Iterable[Rate] | None = None) -> tuple[RateTable, dict[str, int]]:
    """The price list from the database, or `some` of its rates, and the ids of their destinations by code."""
    rows = list(Rate.objects.select_related("destination") if some is None else some)
    table = RateTable(
        RateRow(
            prefix=row.prefix if row.is_short else f"+{row.prefix}",
            destination=row.destination.code,
            price_per_minute=row.price_per_minute,
            first_increment=row.first_increment,
            next_increment=row.next_increment,
            valid_from=row.valid_from,
            valid_to=row.valid_until,
            included=row.destination.uses_allowance,
            on_net=row.destination.code == ON_NET,
        )
        for row in rows
    )
    return table, {row.destination.code: row.destination_id for row in rows}


@lru_cache(maxsize=4096)
def _minsk_hour(hour: int) -> tuple[int, int]:
    """Month and day, in Minsk, of an hour of Unix time; the offset of Minsk has always been whole hours."""
    day = clock.minsk(datetime.fromtimestamp(hour * 3600, UTC)).date()
    return (day.replace(day=1) - DAY_ZERO).days, (day - DAY_ZERO).days


_WITHIN = (NumberKind.EXTENSION, NumberKind.SHORT)
_OUTCOMES = {disposition: disposition.value for disposition in Disposition}


class Priced(NamedTuple):
    """An outgoing call priced by the price list. An unanswered call to a barred destination has no destination.

    `price` of a minute is in micro-BYN; `billed` is in seconds.
    """

    destination_id: int | None = None
    price: int = 0
    billed: int = 0


_FREE = Priced()


@dataclass(frozen=True, slots=True)
class Matcher:
    """Data of one run: numbers, rates, open months. A number reconnected meanwhile is seen by the next run."""

    numbers: Numbers
    codes: Codes
    rates: RateTable
    destinations: dict[str, int]
    months: frozenset[int]
    latest: datetime
    longest: dict[int, int]  # seconds of talk by source; a longer call is held until staff decide

    @classmethod
    def load(cls) -> Self:
        rates, destinations = load_rates()
        months = frozenset((month.first_day - DAY_ZERO).days for month in partitions.months())
        numbers = Numbers.load()
        longest = dict(CallSource.objects.values_list("pk", "longest_seconds"))
        return cls(numbers, Codes.load(numbers), rates, destinations, months, clock.now() + _CLOCK_SKEW, longest)

    def match(
        self, row: RawCall | RejectedLine, row_no: int, *, source_id: int, import_id: int
    ) -> Matched | RefusedRow:
        """Finds the subscribers of a row and its price by the list, or the reason why the row cannot be counted."""
        if isinstance(row, RejectedLine):
            return RefusedRow(row_no, row.line_no, row.raw, row.reason.value, row.message)
        found = self._match(row, row_no, source_id, import_id)
        if isinstance(found, Mismatch):
            started = int(row.started_at.timestamp())
            leg = _leg(row, started, normalise(row.called).value, None, source_id)
            return RefusedRow(row_no, row.line_no, row.raw, found.value, str(found.label), leg)
        return found

    def _match(self, call: RawCall, row_no: int, source_id: int, import_id: int) -> Matched | Mismatch:
        started_at = call.started_at
        started = int(started_at.timestamp())
        month, day = _minsk_hour(started // 3600)
        if started_at > self.latest:
            return Mismatch.IN_FUTURE
        if month not in self.months:
            return Mismatch.OUTSIDE_MONTHS
        calling, called = normalise(call.calling), normalise(call.called)
        caller = self.numbers.find(calling.value, started_at)
        callee = self.numbers.find(called.value, started_at)
        shown, heard = "", calling
        if call.trunk and (paying := self._payer(caller, callee, call, source_id)) is not caller:
            caller, shown = paying, callers.kept(calling)
            if calling.kind in _WITHIN and caller:  # the called party sees the trunk's number
                heard = Number(NumberKind.E164, caller.phone)
        if caller is None and callee is None:
            return Mismatch.NOT_OURS
        priced = self._priced(call, called, ours=callee is not None) if caller else _FREE
        if isinstance(priced, Mismatch):
            return priced

        # These columns are the same for the records of both sides.
        fingerprint = call.fingerprint
        call_id, leg, outcome = call.call_id or fingerprint, call.leg, _OUTCOMES[call.disposition]
        duration, talked = call.duration, call.billsec
        if talked > self.longest.get(source_id, LONGEST_SECONDS):
            outcome, talked, priced = CallOutcome.HELD.value, 0, priced._replace(billed=0)
        records = []
        for side, direction, other_party, known, (destination_id, price, billed) in (
            (caller, _OUT, called.value, shown, priced),
            (callee, _IN, _shown(heard) if callee else "", "", _FREE),
        ):
            if side:
                records.append(Record(
                    row_no, month, month, day, side.account_id, side.subscriber_id, side.trunk_id, source_id, import_id,
                    call_id, leg, direction, outcome, started, duration, talked, other_party, known,
                    destination_id, price, billed, 0, cost_micro(price, billed) if billed else 0, fingerprint,
                ))  # fmt: skip
        key = (source_id, call_id, leg)
        linked = _leg(call, started, called.value, callee, source_id)
        return Matched(row_no, call.line_no, call.raw, key, fingerprint, tuple(records), linked)

    def _payer(self, caller: Side | None, callee: Side | None, call: RawCall, source_id: int) -> Side | None:
        return payer(caller, callee, self.codes.find(source_id, call.trunk, call.started_at))

    def _priced(self, call: RawCall, called: Number, *, ours: bool) -> Priced | Mismatch:
        if called.kind is not NumberKind.E164 and (why := _NOT_A_DESTINATION.get(called.kind)):
            return why
        answered = call.disposition is Disposition.ANSWERED
        priced = self.by_list(called.value, call.started_at, ours=ours, answered=answered, talked=call.billsec)
        return Mismatch.NO_RATE if priced is None else priced

    def by_list(self, called: str, moment: datetime, *, ours: bool, answered: bool, talked: int) -> Priced | None:
        """Prices a call to `called` (normalised) by the list; None if the call was answered and no rate matches."""
        rate = self.rates.rate_of(called, moment, ours=ours)
        if rate is None:
            return None if answered else _FREE
        billed = rate.billed(talked) if answered else 0
        return Priced(self.destinations[rate.destination], rate.micro_per_minute, billed)


def _leg(call: RawCall, started: int, called: str, callee: Side | None, source_id: int) -> Leg | None:
    """Data to find the other legs of the call; None if the switch's ids do not name legs."""
    if not call.names_legs:
        return None
    brought_to = callee.trunk_id if callee else 0
    return Leg(source_id, call.call_id, call.leg, started, started + call.duration, called, brought_to)


def _shown(caller: Number) -> str:
    """The caller shown for an incoming call: a number; empty if the switch gave a name, which is no number."""
    return caller.value[:32] if caller.kind is not NumberKind.UNKNOWN or caller.value.isdecimal() else ""
