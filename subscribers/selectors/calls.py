"""Calls of one subscriber in one month (3.6). Rows come from one partition, sums of whole days from daily totals.

A search by a part of a number first looks in the sums by the other party (`looked_up`), which are far fewer than calls.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from accounts.models import Account
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.keyset import Listing, Page
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, Question
from sipcabinet.lib.tenancy import HasId
from subscribers.models import (
    CallDailyTotal,
    CallDirection,
    CallOutcome,
    CallRecord,
    Destination,
    Subscriber,
)
from subscribers.selectors import call_parties, narrowing, spellings

PAGE_SIZE = 50
ORDER = ["-started_at", "-id"]
CHUNK_ROWS = 2000
_ANSWERED_OUTCOME, _HELD_OUTCOME = CallOutcome.ANSWERED.value, CallOutcome.HELD.value  # of each call of a page
MONTHS = 7  # the current one and six before it
# Calls of so many numbers are read number by number. Where more are found, the newest fifty come soon in order of time.
MOST_NUMBERS, MOST_CALLS = 2000, 7000


Rows = Callable[..., QuerySet[CallRecord]]


class Call(NamedTuple):
    """A call as its subscriber sees it. Seconds and net BYN; `other_party` is E.164, short, or empty when withheld.

    `charged_in` is the first day of the month that charges it. `caller` is as in CallRecord.
    """

    id: int
    started_at: datetime
    other_party: str
    outcome: str
    destination: str | None
    talk_seconds: int
    billed_seconds: int
    included_seconds: int
    cost: Decimal
    charged_in: date
    caller: str = ""

    @property
    def answered(self) -> bool:
        return self.outcome == _ANSWERED_OUTCOME

    @property
    def is_held(self) -> bool:
        return self.outcome == _HELD_OUTCOME

    @property
    def late_month(self) -> Month | None:
        """The month that charges the call, if not its own: the call was imported after its own month had closed."""
        if not self.billed_seconds:
            return None
        began, charged = clock.minsk(self.started_at), self.charged_in
        return None if (began.year, began.month) == (charged.year, charged.month) else Month.of(charged)


@dataclass(slots=True)
class CallTotals:
    """Sums over days, or of the calls added so far: calls, seconds, net BYN with six places."""

    calls: int = 0
    answered: int = 0
    talk_seconds: int = 0
    billed_seconds: int = 0
    included_seconds: int = 0
    cost: Decimal = Decimal(0)

    @property
    def unanswered(self) -> int:
        return self.calls - self.answered

    def add(self, call: Call) -> None:
        self.calls += 1
        self.answered += call.answered
        self.talk_seconds += call.talk_seconds
        self.billed_seconds += call.billed_seconds
        self.included_seconds += call.included_seconds
        self.cost += call.cost


@dataclass(frozen=True, slots=True)
class DayOfAccount:
    """Numbers of calls of one day, and what they cost: net BYN with six places."""

    day: date
    outgoing: int
    incoming: int
    cost: Decimal


_FIELDS = [*Call._fields[:4], "destination__name", *Call._fields[5:]]
_COUNTED = [field.name for field in fields(CallTotals)]
_SUMS = [Sum(name, default=0) for name in _COUNTED]
_ANSWERED = Q(outcome=CallOutcome.ANSWERED)
_HELD = Q(outcome=CallOutcome.HELD)


@dataclass(frozen=True, slots=True)
class Parties:
    """Other parties that a search has found: sums of their calls, and their numbers (None if these are too many)."""

    totals: CallTotals
    numbers: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which calls to show: a subscriber of an account, a month, and outgoing or incoming calls.

    Other fields narrow the selection: the other party's number or a part of it in any spelling, one destination, only
    answered or only unanswered calls, calls charged by one month. `parties`: what `looked_up` has found by `number`.
    """

    account: Account
    subscriber: Subscriber
    month: Month
    direction: CallDirection
    number: str = ""
    destination: Destination | None = None
    answered: bool | None = None
    charged_in: Month | None = None
    parties: Parties | None = None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.number or self.destination or self.charged_in) or self.answered is not None

    def whole(self) -> "Selection":
        """The selection without narrowing: all calls of this month and direction."""
        return replace(self, number="", destination=None, answered=None, charged_in=None, parties=None)


def months() -> list[Month]:
    """Months whose calls may be shown, newest first (3.6)."""
    return Month.current().last(MONTHS)


def looked_up(selection: Selection) -> Selection:
    """The selection with the parties that its number or part of a number finds; unchanged if it has none."""
    if not selection.number:
        return selection
    of = selection.account, selection.subscriber.pk, selection.month.first_day, selection.direction.value
    patterns, narrowed = spellings.patterns(selection.number), narrowing.columns(selection)
    found = call_parties.first(of, patterns, narrowed, _COUNTED, MOST_NUMBERS + 1)
    if len(found) > MOST_NUMBERS:
        sums = call_parties.rows(of, patterns, narrowed).aggregate(*_SUMS)
        return replace(selection, parties=Parties(CallTotals(*sums.values()), None))
    totals = CallTotals(*(sum(column, start=type(column[0])()) for column in list(zip(*found, strict=True))[1:]))
    numbers = tuple(dict.fromkeys(number for number, *_sums in found))
    return replace(selection, parties=Parties(totals, numbers if totals.calls <= MOST_CALLS else None))


def page_asks(account: Account, subscriber: int, month: Month, direction: CallDirection) -> Question:
    """What `page` asks for the first page of all calls of a month and direction."""
    times = {"started_at__gte": month.start, "started_at__lt": month.end}
    listing = _listing(_rows, month, None, tuple(times))
    return listing.asks(account.pk, subscriber, direction.value, *times.values(), size=PAGE_SIZE)


def page(selection: Selection, *, onward: str = "", back: str = "") -> Page[Call]:
    """One page of calls, newest first."""
    of = selection.account.pk, selection.subscriber.pk, selection.direction.value
    month, answered, narrowed = selection.month, selection.answered, narrowing.columns(selection)
    if selection.parties and selection.parties.numbers is not None:
        # The ids first: with an order and a limit, PostgreSQL would read the whole month in order of time.
        numbers = narrowed | {"numbers": list(selection.parties.numbers)}
        ids = selection.parties.numbers and _ids(_rows, month, answered, tuple(numbers)).rows(*of, *numbers.values())
        if not ids:
            return Page([])
        narrowed["ids"] = [pk for (pk,) in ids]
    else:
        # PostgreSQL plans the query once for any subscriber. Most have few calls, so without the times of the month the
        # plan would read and sort all calls of one who has many.
        narrowed |= {"started_at__gte": month.start, "started_at__lt": month.end}
        if selection.number:
            narrowed["patterns"] = spellings.patterns(selection.number)
    listing = _listing(_rows, month, answered, tuple(narrowed))
    found = listing.page(*of, *narrowed.values(), size=PAGE_SIZE, onward=onward, back=back)
    return Page([Call._make(row.values()) for row in found.rows], back=found.back, onward=found.onward)


@lru_cache(maxsize=100)
def _listing(rows_of: Rows, month: Month, answered: bool | None, names: tuple[str, ...]) -> Listing[Any]:
    """The pages of a month's calls narrowed by these names, made of the same `_rows` as all others. The month stands in
    the query, so that its plan reads one partition, in the order of its index."""
    build, by_values = _narrowed(rows_of, month, answered, names), "ids" in names
    count = 3 + len(names)
    return Listing(CallRecord, lambda *values: build(*values).values(*_FIELDS), count, order=ORDER, by_values=by_values)


@lru_cache(maxsize=100)
def _ids(rows_of: Rows, month: Month, answered: bool | None, names: tuple[str, ...]) -> Prepared:
    build = _narrowed(rows_of, month, answered, names)
    return Prepared(lambda *values: build(*values).values_list("id"), 3 + len(names), by_values=True)


def _narrowed(rows_of: Rows, month: Month, answered: bool | None, names: tuple[str, ...]) -> Rows:
    """How the places of values become a query."""

    def rows(account: Any, subscriber: Any, direction: Any, *values: Any) -> QuerySet[CallRecord]:
        found = rows_of(Selection(account, subscriber, month, direction, answered=answered))
        return narrowing.narrow(found, names, values)

    return rows


def stream(selection: Selection) -> Iterator[Call]:
    """Every selected call in time order, read through a server-side cursor: call it inside a transaction."""
    rows = _rows(selection).order_by("started_at", "id").values_list(*_FIELDS)
    return (Call(*row) for row in rows.iterator(chunk_size=CHUNK_ROWS))


def totals(selection: Selection) -> CallTotals:
    """Sums of the selected calls: from daily totals or the sums by party if possible, else from the call rows."""
    if selection.parties and selection.answered is None:
        return selection.parties.totals
    if selection.number or selection.answered is not None:
        # The result lists keyword aggregates first, which gives the field order of CallTotals.
        counted = _rows(selection).aggregate(*_SUMS[2:], calls=Count("*"), answered=Count("id", filter=_ANSWERED))
        return CallTotals(*counted.values())
    return CallTotals(*_days_of(selection).aggregate(*_SUMS).values())


def destinations(selection: Selection) -> list[Destination]:
    """Destinations of the calls of this month and direction, by name."""
    days = _days_of(selection.whole()).filter(destination=OuterRef("pk"))
    return list(Destination.objects.filter(Exists(days)).order_by("name", "pk"))


def by_destination_asks(account: Account, subscriber: int, month: Month, direction: CallDirection) -> Question:
    """What `by_destination` asks."""
    return _BY_DESTINATION.of(account.pk, *_bounds(month), subscriber, direction.value)


def by_destination(selection: Selection) -> tuple[list[Destination], CallTotals]:
    """`destinations` and, of the whole month and direction, `totals`: in one query."""
    asked = by_destination_asks(selection.account, selection.subscriber.pk, selection.month, selection.direction)
    found, whole = [], CallTotals()
    for pk, name, calls, answered, talk, billed, included, cost in asked.rows():
        if pk is not None:
            found.append(Destination(pk=pk, name=name))
        whole.calls += calls
        whole.answered += answered
        whole.talk_seconds += talk
        whole.billed_seconds += billed
        whole.included_seconds += included
        whole.cost += cost
    return found, whole


def totals_of_month(account: Account, subscriber: Subscriber, month: Month) -> dict[CallDirection, CallTotals]:
    """Sums of one subscriber's calls in the month, by direction."""
    rows = _OF_SUBSCRIBER.rows(account.pk, subscriber.pk, *_bounds(month))
    found = {CallDirection(direction): CallTotals(*sums) for direction, *sums in rows}
    return {direction: found.get(direction, CallTotals()) for direction in CallDirection}


def by_day_asks(account: Account, month: Month) -> Question:
    """What `by_day` asks."""
    return _BY_DAY.of(account.pk, *_bounds(month))


def by_day(account: Account, month: Month) -> list[DayOfAccount]:
    """Calls of a whole account and their cost for each day of the month, including days without calls."""
    rows = by_day_asks(account, month).rows()
    found = {(day, direction): (count, cost) for day, direction, count, cost in rows}
    nothing = (0, Decimal(0))
    return [
        DayOfAccount(
            day,
            outgoing=found.get((day, CallDirection.OUT), nothing)[0],
            incoming=found.get((day, CallDirection.IN), nothing)[0],
            cost=found.get((day, CallDirection.OUT), nothing)[1],
        )
        for day in month.each_day()
    ]


def _rows(selection: Selection) -> QuerySet[CallRecord]:
    # The month as a query value, so that PostgreSQL scans one partition.
    rows = (
        tenancy.of(selection.account)
        .rows(CallRecord)
        .filter(
            month=selection.month.first_day,
            subscriber=selection.subscriber,
            direction=selection.direction,
        )
    )
    if selection.parties and selection.parties.numbers is not None:
        rows = rows.filter(other_party__in=selection.parties.numbers)
    elif selection.number:
        rows = rows.filter(spellings.looks_like("other_party", selection.number))
    if selection.answered is not None:
        rows = rows.filter(_ANSWERED if selection.answered else ~_ANSWERED & ~_HELD)
    return rows.filter(**narrowing.columns(selection))


def _days_of(selection: Selection) -> QuerySet[CallDailyTotal]:
    days = _days(selection.account, selection.month).filter(
        subscriber=selection.subscriber, direction=selection.direction
    )
    return days.filter(**narrowing.columns(selection))


def _days(account: Account, month: Month) -> QuerySet[CallDailyTotal]:
    return _between(account, *_bounds(month))


def _between(account: HasId, first: Any, last: Any) -> QuerySet[CallDailyTotal]:
    return tenancy.of(account).rows(CallDailyTotal).filter(day__range=(first, last))


def _bounds(month: Month) -> tuple[date, date]:
    return month.first_day, month.last_day


_OF_SUBSCRIBER = Prepared(
    lambda account, subscriber, first, last: (
        _between(account, first, last)
        .filter(subscriber=subscriber)
        .values_list("direction")
        .order_by()
        .annotate(*_SUMS)
    ),
    4,
)
_BY_DAY = Prepared(
    lambda *about: _between(*about).values_list("day", "direction").order_by().annotate(Sum("calls"), Sum("cost")),
    3,
)
_BY_DESTINATION = Prepared(
    lambda account, first, last, subscriber, direction: (
        _between(account, first, last)
        .filter(subscriber=subscriber, direction=direction)
        .order_by("destination__name", "destination")
        .values_list("destination", "destination__name")
        .annotate(*_SUMS)
    ),
    5,
)
