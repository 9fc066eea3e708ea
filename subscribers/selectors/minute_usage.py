"""What used a trunk's minutes in a month, from daily totals: by day, by destination, by number (3.1)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from accounts.models import Account
from sipcabinet.lib import tenancy
from sipcabinet.lib.keyset import Listing, Page
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, Question, any_of
from sipcabinet.lib.tenancy import HasId
from subscribers.models import CallDailyTotal, CallDirection, Subscriber

PAGE_SIZE = 25
MONTHS = 3  # the current one and two before it
ORDER = ["phone", "id"]


@dataclass(frozen=True, slots=True)
class Used:
    """Seconds used on a day or for a destination."""

    name: str
    seconds: int


@dataclass(frozen=True, slots=True)
class DayUsed:
    """A day's used seconds; `left` is what remained of the included minutes after the day, in seconds."""

    day: date
    seconds: int
    left: int


@dataclass(frozen=True, slots=True)
class NumberUsed:
    """Seconds used by the trunk itself or one of its numbers; destinations with the most seconds first."""

    subscriber: Subscriber
    destinations: list[Used]

    @property
    def seconds(self) -> int:
        return sum(one.seconds for one in self.destinations)


@dataclass(frozen=True, slots=True)
class MinuteUsage:
    """Days in order, destinations by seconds. `ran_out_on` is the day whose calls used the last minutes."""

    days: list[DayUsed]
    destinations: list[Used]
    ran_out_on: date | None

    @property
    def seconds(self) -> int:
        return sum(one.seconds for one in self.days)


def months() -> list[Month]:
    """Months whose minutes may be shown, newest first."""
    return Month.current().last(MONTHS)


def of_month_asks(account: Account, trunk: int, month: Month) -> Question:
    """What `of_month` asks about the trunk with this key."""
    return _BY_DAY.of(account.pk, trunk, *_days(month))


def of_month(account: Account, trunk: Subscriber, month: Month, granted_seconds: int) -> MinuteUsage:
    """Days and destinations that used minutes; one query."""
    by_day: dict[date, int] = defaultdict(int)
    by_destination: dict[str, int] = defaultdict(int)
    for day, name, seconds in of_month_asks(account, trunk.pk, month).rows():
        by_day[day] += seconds
        by_destination[name] += seconds
    days, left = [], granted_seconds
    for day, seconds in by_day.items():
        left -= seconds
        days.append(DayUsed(day, seconds, max(0, left)))
    ran_out_on = days[-1].day if days and left <= 0 else None
    return MinuteUsage(days, _most_first(by_destination), ran_out_on)


def by_number_asks(account: Account, trunk: int, month: Month) -> Question:
    """What `by_number` asks first, about the first page of the trunk with this key."""
    return _LISTING.asks(account.pk, trunk, *_days(month), size=PAGE_SIZE)


def by_number(
    account: Account, trunk: Subscriber, month: Month, *, onward: str = "", back: str = ""
) -> Page[NumberUsed]:
    """The trunk and its numbers that took minutes, in order of their numbers; two queries."""
    page = _LISTING.page(account.pk, trunk.pk, *_days(month), size=PAGE_SIZE, onward=onward, back=back)
    lines = _numbers(account, month, page.rows)
    return Page(lines, back=page.back, onward=page.onward)


def _numbers(account: Account, month: Month, subscribers: Iterable[Subscriber]) -> list[NumberUsed]:
    sums = _SUMS.rows(account.pk, *_days(month), [one.pk for one in subscribers])
    by_subscriber: dict[int, dict[str, int]] = defaultdict(dict)
    for pk, name, seconds in sums:
        by_subscriber[pk][name] = seconds
    return [NumberUsed(one, _most_first(by_subscriber[one.pk])) for one in subscribers]


def _days(month: Month) -> tuple[date, date]:
    return month.first_day, month.last_day


def _totals(account: HasId, first: Any, last: Any) -> QuerySet[CallDailyTotal]:
    """Daily totals of the account with used minutes. Callers name the subscribers without a join: with one, PostgreSQL
    would read the days of all of them for each."""
    rows = tenancy.of(account).rows(CallDailyTotal)
    return rows.filter(day__range=(first, last), direction=CallDirection.OUT, included_seconds__gt=0)


def _with_numbers(account: HasId, trunk: Any) -> QuerySet[Subscriber]:
    return tenancy.of(account).rows(Subscriber).filter(Q(pk=trunk) | Q(trunk=trunk))


def _by_day(account: HasId, trunk: Any, *days: Any) -> QuerySet[CallDailyTotal, Any]:
    rows = _totals(account, *days).filter(subscriber__in=_with_numbers(account, trunk).values("pk"))
    sums = rows.values("day", "destination__name").annotate(sum=Sum("included_seconds"))
    return sums.order_by("day").values_list("day", "destination__name", "sum")


def _users(account: HasId, trunk: Any, *days: Any) -> QuerySet[Subscriber]:
    users = _with_numbers(account, trunk).filter(Exists(_totals(account, *days).filter(subscriber=OuterRef("pk"))))
    return users.only("phone", "label")


def _sums(account: HasId, first: Any, last: Any, subscribers: Any) -> QuerySet[CallDailyTotal, Any]:
    rows = _totals(account, first, last).filter(any_of("subscriber_id", subscribers))
    sums = rows.values("subscriber_id", "destination__name").annotate(sum=Sum("included_seconds")).order_by()
    return sums.values_list("subscriber_id", "destination__name", "sum")


_BY_DAY, _SUMS = Prepared(_by_day, 4), Prepared(_sums, 4)
_LISTING: Listing[Subscriber] = Listing(Subscriber, _users, 4, order=ORDER)


def _most_first(seconds: dict[str, int]) -> list[Used]:
    return [Used(name, taken) for name, taken in sorted(seconds.items(), key=lambda item: (-item[1], item[0]))]
