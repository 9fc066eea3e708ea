"""Minutes of a trunk's packages in a month: a day that is charged is a day that gives minutes (2.4, 4.5). Pure."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sipcabinet.lib.periods import Month
from subscribers.charges.fees import Period, charged_days


class Held(NamedTuple):
    """A package of so many minutes a month, from one moment to another; one that ended as it began never was."""

    minutes: int
    started_at: datetime
    ended_at: datetime | None


def package_seconds(held: Iterable[Held], month: Month, closed_at: datetime | None = None) -> int:
    """Seconds that packages add in a month: of each the share of its days, rounded up to a whole minute.

    `closed_at` is when the trunk was disconnected: that takes no minutes of its last month back, neither the plan's
    nor a package's.
    """
    periods: dict[int, list[Period]] = defaultdict(list)
    for one in held:
        if one.ended_at != one.started_at:
            periods[one.minutes].append((one.started_at, _end(one, closed_at)))
    shares = {minutes: len(charged_days(of_one, month, month.last_day)) for minutes, of_one in periods.items()}
    return sum(-(-minutes * days // month.days) * 60 for minutes, days in shares.items())


def _end(one: Held, closed_at: datetime | None) -> datetime | None:
    """Where the package's minutes end: with the month in which it went together with its trunk."""
    if closed_at is None or (one.ended_at is not None and one.ended_at < closed_at):
        return one.ended_at
    return Month.of(closed_at).end
