"""Minutes of a trunk's packages in a month: every day that is charged also gives minutes (2.4, 4.5). Pure."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sipcabinet.lib.periods import Month
from subscribers.charges.fees import Period, charged_days


class Held(NamedTuple):
    """A package of `minutes` a month with its period; a package that ended when it began does not count."""

    minutes: int
    started_at: datetime
    ended_at: datetime | None


def package_seconds(held: Iterable[Held], month: Month, closed_at: datetime | None = None) -> int:
    """Seconds that packages add in a month: each gives the share of its days, rounded up to a whole minute.

    `closed_at` is when the trunk was disconnected: its last month keeps all minutes, those of the plan and of the
    packages.
    """
    periods: dict[int, list[Period]] = defaultdict(list)
    for one in held:
        if one.ended_at != one.started_at:
            periods[one.minutes].append((one.started_at, _end(one, closed_at)))
    shares = {minutes: len(charged_days(of_one, month, month.last_day)) for minutes, of_one in periods.items()}
    return sum(-(-minutes * days // month.days) * 60 for minutes, days in shares.items())


def _end(one: Held, closed_at: datetime | None) -> datetime | None:
    """When the package's minutes end; a package closed together with its trunk ends at the end of that month."""
    if closed_at is None or (one.ended_at is not None and one.ended_at < closed_at):
        return one.ended_at
    return Month.of(closed_at).end
