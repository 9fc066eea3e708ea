"""Generates plausible calls: office hours, working days, favourite numbers. The same seed and moment give the same
calls."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from sipcabinet.demo.operator import debts
from sipcabinet.demo.operator.cast import CUSTOMERS, DemoCustomer, DemoLine
from sipcabinet.lib.clock import MINSK
from sipcabinet.lib.periods import Month, midnight

HOURS = (*(0.05,) * 7, 0.6, 3, 8, 11, 11, 7, 6, 10, 10, 8, 5, 1.6, 0.8, 0.5, 0.3, 0.15, 0.05)
WEEKDAYS = (1.1, 1.15, 1.1, 1.0, 0.95, 0.14, 0.05)
HOLIDAYS = {(1, 1), (1, 7), (3, 8), (5, 1), (5, 9), (7, 3), (11, 7), (12, 25)}
HOLIDAY = 0.05
OUTGOING = 0.57
WITHHELD = 0.02
MEDIAN_TALK, TALK_SPREAD, LONGEST_TALK = 72, 0.95, 5400  # seconds

# Where outgoing calls go: a weight, and beginnings of numbers, to which random digits are added.
OUTSIDE = (
    (430, ("+37529 5", "+37529 7", "+37529 8", "+37533 3", "+37533 6", "+37533 9", "+37525 9")),
    (230, ("+37544 5", "+37544 7", "+37529 1", "+37529 3", "+37529 6", "+37529 9")),
    (190, ("+37517 2", "+37517 3", "+375152 ", "+375162 ", "+375212 ", "+375222 ", "+375232 ")),
    (55, ("+7495 ", "+7812 ", "+7916 ", "+7701 ")),
    (20, ("+4822 ", "+3705 2", "+37167 ", "+4930 ")),
    (9, ("+441632 ", "+9021 ", "+8610 ")),
    (22, ("+375801 100", "+375801 200")),
)
LENGTHS = {
    "+375": 13,
    "+375801": 14,
    "+7": 12,
    "+48": 12,
    "+370": 12,
    "+371": 12,
    "+49": 12,
    "+44": 13,
    "+90": 13,
    "+86": 13,
}
ON_NET = 40
SHORT = (6, ("101", "102", "103", "104", "112", "185"))
PREMIUM = 2
FAVOURITES = 28


class DemoCall(NamedTuple):
    """A call. `ring` and `talk` are seconds; `result` is a value of Disposition."""

    started_at: datetime
    calling: str
    called: str
    caller_name: str
    trunk: str
    source: str
    ring: int
    talk: int
    result: str


@dataclass(frozen=True, slots=True)
class Slot:
    """One day of one line; `weight` says how many calls the line has on that day."""

    customer: DemoCustomer
    trunk: str
    line: DemoLine
    day: date
    weight: float


def calls(*, seed: int, count: int, months: int, now: datetime) -> list[DemoCall]:
    """About `count` calls of the current month and the months before it (`months` in all), in order of time.

    Every call has ended at least three minutes before `now`.
    """
    rng = Random(f"{seed}:traffic")
    slots = [slot for customer in CUSTOMERS for slot in _slots(customer, months, now)]
    books = {line.phone: _address_book(rng) for customer in CUSTOMERS for _trunk, line in customer.lines()}
    picks = rng.choices(slots, cum_weights=list(accumulate(slot.weight for slot in slots)), k=count)
    made = (_call(rng, slot, books[slot.line.phone], now) for slot in picks)
    latest = now - timedelta(minutes=3)
    return sorted(call for call in made if call.started_at + timedelta(seconds=call.ring + call.talk) < latest)


def connected_on(customer: DemoCustomer, today: date) -> date:
    """The day on which the customer's lines are connected: three days after the contract."""
    return today - timedelta(days=customer.contract_days - 3)


def _slots(customer: DemoCustomer, months: int, now: datetime) -> Iterator[Slot]:
    today = now.astimezone(MINSK).date()
    first = max(Month.of(today).shift(1 - months).first_day, connected_on(customer, today) + timedelta(days=1))
    days = [first + timedelta(days=n) for n in range((today - first).days + 1)]
    lines = list(customer.lines())
    whole = sum(line.weight for _trunk, line in lines)
    # A customer with a young contract has as many calls per day as its share says, but fewer days.
    for trunk, line in lines:
        last = today - timedelta(days=line.closed_days_ago + 1) if line.closed_days_ago is not None else today
        for day in days:
            if day <= last:
                weight = customer.share * line.weight / whole * _day_weight(day)
                yield Slot(customer, trunk.line.phone, line, day, weight)


def _day_weight(day: date) -> float:
    if (day.month, day.day) in HOLIDAYS:
        return HOLIDAY
    season = 1 + 0.12 * math.sin(day.toordinal() / 29)
    return WEEKDAYS[day.weekday()] * season


def _address_book(rng: Random) -> list[str]:
    """The favourite numbers of a line, which it calls often and which often call it."""
    return [_outside(rng) for _n in range(FAVOURITES)]


def _outside(rng: Random) -> str:
    shapes: Sequence[str] = rng.choices([s for _w, s in OUTSIDE], weights=[w for w, _s in OUTSIDE])[0]
    beginning = rng.choice(shapes).replace(" ", "")
    length = next(LENGTHS[code] for code in sorted(LENGTHS, key=len, reverse=True) if beginning.startswith(code))
    return beginning + "".join(rng.choices("0123456789", k=length - len(beginning)))


def _call(rng: Random, slot: Slot, book: list[str], now: datetime) -> DemoCall:
    started_at = _moment(rng, slot.day)
    outgoing = rng.random() < OUTGOING
    other = _other_party(rng, slot, book, outgoing=outgoing)
    barred = outgoing and (other.startswith("+375902") or _restricted(slot, started_at, now, other))
    result = "failed" if barred else _result(rng, other)
    talk = _talk(rng, other) if result == "answered" else 0
    ring = 0 if barred else rng.randint(2, 28) if result == "answered" else rng.randint(3, 45)
    return DemoCall(
        started_at=started_at,
        calling=slot.line.phone if outgoing else other,
        called=other if outgoing else slot.line.phone,
        caller_name=slot.line.label if outgoing else "",
        trunk=slot.trunk,
        source=slot.customer.source,
        ring=ring,
        talk=talk,
        result=result,
    )


def _moment(rng: Random, day: date) -> datetime:
    hour = rng.choices(range(24), weights=HOURS)[0]
    return datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60)), tzinfo=MINSK)


def _other_party(rng: Random, slot: Slot, book: list[str], *, outgoing: bool) -> str:
    if not outgoing and rng.random() < WITHHELD:
        return ""
    if not outgoing:
        return _domestic(rng, book)
    roll = rng.randrange(1000)
    if roll < ON_NET:
        return _colleague(rng, slot)
    if roll < ON_NET + SHORT[0]:
        return rng.choice(SHORT[1])
    if roll < ON_NET + SHORT[0] + PREMIUM:
        return "+3759021" + "".join(rng.choices("0123456789", k=6))
    return rng.choice(book) if rng.random() < 0.72 else _outside(rng)


def _domestic(rng: Random, book: list[str]) -> str:
    """The caller of an incoming call: mostly from the line's address book, never a toll-free number."""
    other = rng.choice(book) if rng.random() < 0.6 else _outside(rng)
    return f"+37529{rng.randint(5000000, 8999999)}" if other.startswith("+375801") else other


def _colleague(rng: Random, slot: Slot) -> str:
    """Another number of the same demo customer, or a number of another one; never a number that was closed."""
    phones = [
        line.phone
        for customer in CUSTOMERS
        if customer.contract_days > 400 or customer is slot.customer
        for _trunk, line in customer.lines()
        if line.closed_days_ago is None and line.phone != slot.line.phone
    ]
    return rng.choice(phones)


def _restricted(slot: Slot, moment: datetime, now: datetime, called: str) -> bool:
    """Whether the restriction bars the call: restricted lines reach only emergency and toll-free numbers (4.8)."""
    if not slot.customer.breaks_guarantee or moment < midnight(debts.restricted_on(now.astimezone(MINSK).date())):
        return False
    return not (len(called) <= 3 or called.startswith("+37580"))


def _result(rng: Random, other: str) -> str:
    if 0 < len(other) <= 3:
        return "answered"
    return rng.choices(("answered", "no_answer", "busy", "cancelled", "failed"), weights=(745, 120, 75, 48, 12))[0]


def _talk(rng: Random, other: str) -> int:
    if 0 < len(other) <= 3:
        return rng.randint(15, 90)
    return min(LONGEST_TALK, max(2, round(rng.lognormvariate(math.log(MEDIAN_TALK), TALK_SPREAD))))
