"""What follows from a trunk's limits and its usage: crossings, bars that begin, bars that end (16.6). No database."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month, midnight
from subscribers.models import BarCause, Bound, LimitPeriod, TrunkBar
from subscribers.selectors.limits import Usage

PERCENTS = (50, 80, 100)
ONE_DAY = timedelta(days=1)


class Crossed(NamedTuple):
    """A bound that is used up to `percent`. `is_told`: it is the highest one found, so the letter names it."""

    bound: Bound
    since: date
    percent: int
    is_told: bool = False


CrossedKey = tuple[Bound, date, int]


@dataclass(slots=True)
class Known:
    """What is known of a trunk: bounds in force, bars in force, causes that somebody has lifted for today, and the
    crossings of the present periods."""

    bounds: set[Bound] = field(default_factory=set)
    bars: list[TrunkBar] = field(default_factory=list)
    waived: set[str] = field(default_factory=set)
    crossed: set[CrossedKey] = field(default_factory=set)


@dataclass(slots=True)
class Due:
    """What is to be written. `ended`: bars that end by themselves; `begun`: bounds that bar the trunk from now on."""

    crossed: list[Crossed] = field(default_factory=list)
    ended: list[TrunkBar] = field(default_factory=list)
    begun: list[Bound] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.crossed or self.ended or self.begun)


def due(known: Known, usage: Usage, now: datetime) -> Due:
    """What the usage means at this moment; empty if all of it is written already.

    A bar ends when its period is over, or when its bound is changed or gone. It does not end because the usage shrinks:
    a call that has just ended may be counted a moment later.
    """
    today = clock.minsk(now).date()
    found = Due(crossed=_crossed(known, usage, today))
    stays = set()
    for bar in known.bars:
        if bar.cause == BarCause.ALARM:
            continue
        if bar.until is not None and now < bar.until and bar.bound in known.bounds:
            stays.add(bar.cause)
        else:
            found.ended.append(bar)
    reached = [bound for bound in sorted(known.bounds) if usage.used(bound.period, bound.measure) >= bound.amount]
    for cause in dict.fromkeys(bound.owner for bound in reached):
        if cause not in stays and cause not in known.waived:
            # The bar of a month ends later than that of a day.
            found.begun.append(max((one for one in reached if one.owner == cause), key=lambda one: until(one, today)))
    return found


def since(bound: Bound, today: date) -> date:
    """The first day of the bound's present period."""
    return today if bound.period == LimitPeriod.DAY else today.replace(day=1)


def until(bound: Bound, today: date) -> datetime:
    """The end of the bound's present period: midnight in Minsk."""
    return midnight(today + ONE_DAY) if bound.period == LimitPeriod.DAY else Month.of(today).end


def _crossed(known: Known, usage: Usage, today: date) -> list[Crossed]:
    """New crossings; of each bound the highest one is told. Of a cause that somebody has lifted for today the last one
    is not: its letter says that the paid directions are closed."""
    found: list[Crossed] = []
    for bound in sorted(known.bounds):  # the letters of one check come in one order
        used, began = usage.used(bound.period, bound.measure), since(bound, today)
        new = [
            percent
            for percent in PERCENTS
            if used * 100 >= bound.amount * percent and (bound, began, percent) not in known.crossed
        ]
        is_told = not (bound.owner in known.waived and max(new, default=0) == PERCENTS[-1])
        found += [Crossed(bound, began, percent, is_told and percent == max(new)) for percent in new]
    return found


def percent(used: Decimal, amount: Decimal) -> int:
    """Whole percent used, rounded down."""
    return int(used * 100 / amount)
