"""Monthly fees by the day: on which days something is charged, and what those days cost. Pure (3.5, 4.7)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from django.utils.translation import gettext as _

from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month

# A half-open period: [start, end); end None = still active.
Period: TypeAlias = tuple[datetime, datetime | None]
ONE_DAY = timedelta(days=1)


class PriceMissingError(DomainError):
    """A day to be charged has no price: a missing price is never treated as zero."""

    code = "price_missing"

    def __init__(self, day: date, name: str = "") -> None:
        message = _("На %(day)s не задана цена") % {"day": clock.show_date(day)}
        super().__init__(f"{message}: {name}" if name else message)
        self.day = day


@dataclass(frozen=True, slots=True)
class PricePeriod:
    """A monthly fee, net BYN, on the days `[valid_from, valid_until)`; `valid_until` None = no end. `suspended_percent`
    of the fee is charged on days on which the account is suspended."""

    monthly_fee: Decimal
    valid_from: date
    valid_until: date | None
    suspended_percent: int = 100

    def holds(self, day: date) -> bool:
        """Whether this price is in force on the day."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


def price_on(prices: Iterable[PricePeriod], day: date) -> Decimal | None:
    """The monthly fee in force on a day, net BYN; None if there is no price."""
    return next((price.monthly_fee for price in prices if price.holds(day)), None)


def by_price(prices: Iterable[PricePeriod], days: Collection[date]) -> list[tuple[Decimal, int]]:
    """Monthly fees in force on these days, in time order, each with the number of days it applies to.

    `prices` never overlap. Raises PriceMissingError for the first day without a price.
    """
    counted: dict[Decimal, int] = {}
    ordered = sorted(prices, key=lambda price: price.valid_from)
    for price in ordered:
        if count := _held(price, days):
            counted[price.monthly_fee] = counted.get(price.monthly_fee, 0) + count
    if sum(counted.values()) < len(days):
        raise PriceMissingError(min(day for day in days if price_on(ordered, day) is None))
    return list(counted.items())


def by_share(prices: Iterable[PricePeriod], days: Collection[date]) -> list[tuple[Decimal, int, int]]:
    """For suspended days, in time order: the monthly fee in force, the percentage of it that is charged, the number of
    days. Days with 100 per cent are left out. Days without a price are left out, too: `by_price` finds them."""
    counted: dict[tuple[Decimal, int], int] = {}
    for price in sorted(prices, key=lambda price: price.valid_from):
        if price.suspended_percent != 100 and (count := _held(price, days)):
            key = price.monthly_fee, price.suspended_percent
            counted[key] = counted.get(key, 0) + count
    return [(*key, count) for key, count in counted.items()]


def lowered(prices: Sequence[PricePeriod], days: frozenset[date]) -> frozenset[date]:
    """The suspended days on which less than the whole fee is charged."""
    return frozenset(
        day for day in days if any(price.holds(day) and price.suspended_percent != 100 for price in prices)
    )


def _held(price: PricePeriod, days: Collection[date]) -> int:
    """How many of the days have this price; if both the first and the last day have it, all days have."""
    if days and price.holds(min(days)) and price.holds(max(days)):
        return len(days)
    return sum(1 for day in days if price.holds(day))


def prorated(prices: Iterable[PricePeriod], days: Collection[date], month: Month) -> Decimal:
    """The fee of these days of the month, net BYN, not rounded: Σ fee in force that day / days in the month.

    Raises PriceMissingError for the first day without a price.
    """
    return sum((fee * count for fee, count in by_price(prices, days)), Decimal(0)) / month.days


def charged_days(periods: Iterable[Period], month: Month, until: date) -> frozenset[date]:
    """Days of the month, up to and including `until`, on which something with these periods is charged.

    A period covers `[first day, last day)` in Minsk days, and at least its first day: a period that ends on the day it
    began costs that day. A day counts once, even if several periods touch it.
    """
    after = min(month.last_day, until) + ONE_DAY
    days: frozenset[date] = frozenset()
    for started_at, ended_at in periods:
        begins = clock.minsk(started_at).date()
        ends = after if ended_at is None else max(clock.minsk(ended_at).date(), begins + ONE_DAY)
        found = _between(max(begins, month.first_day), min(ends, after))
        days = days | found if days else found
    return days


def suspended_days(periods: Iterable[Period], days: frozenset[date]) -> frozenset[date]:
    """Those of the days on which the account is suspended: from the first day of a suspension to the day before its
    end, so a suspension that ends on the day it began has none (Minsk)."""
    found: frozenset[date] = frozenset()
    for started_at, ended_at in periods:
        begins = clock.minsk(started_at).date()
        ends = clock.minsk(ended_at).date() if ended_at else date.max
        found |= frozenset(day for day in days if begins <= day < ends)
    return found


@lru_cache(maxsize=1024)
def _between(first: date, after: date) -> frozenset[date]:
    return frozenset(first + ONE_DAY * number for number in range((after - first).days))
