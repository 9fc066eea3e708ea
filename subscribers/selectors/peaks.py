"""Daily peaks of simultaneous calls compared with a channel package, and the advice (3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet

from accounts.models import Account
from sipcabinet.lib import tenancy
from sipcabinet.lib.charts.peaks import DayPeak
from sipcabinet.lib.prepared import Prepared
from subscribers.models import ChannelPeak, Subscriber
from subscribers.selectors.channels import PricedPackage, smallest_for

DAYS = 30  # days compared, including today
CLOSE_PERCENT = 80


@dataclass(frozen=True, slots=True)
class Peaks:
    """Peaks of the last days; days without calls are zeros. `waiting`: days with calls not counted yet."""

    days: list[DayPeak]
    known_at: datetime | None
    waiting: int

    @property
    def highest(self) -> int:
        return max((peak.calls for peak in self.days), default=0)

    def days_over(self, channels: int) -> int:
        """On how many days the peak was above this number of channels."""
        return sum(peak.calls > channels for peak in self.days)


class LoadVerdict(StrEnum):
    ENOUGH = "enough"
    CLOSE = "close"
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class Advice:
    """Advice about a package. `better` is the smallest offered package that covers the highest peak."""

    verdict: LoadVerdict
    days_over: int = 0
    better: PricedPackage | None = None


def of_trunk(account: Account, trunk: Subscriber, today: date) -> Peaks:
    """Peaks of the last DAYS days of a trunk and its numbers."""
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    rows = _PEAKS.rows(account.pk, trunk.pk, days[0], today)
    found = {day: (calls, counted_at) for day, calls, counted_at in rows}
    moments = [counted_at for _calls, counted_at in found.values() if counted_at is not None]
    return Peaks(
        days=[DayPeak(day, found[day][0] if day in found else 0) for day in days],
        known_at=max(moments, default=None),
        waiting=len(found) - len(moments),
    )


def _peaks(account: Any, trunk: Any, first: Any, last: Any) -> QuerySet[Any, Any]:
    rows = tenancy.of(account).rows(ChannelPeak).filter(trunk=trunk, day__range=(first, last))
    return rows.values_list("day", "calls", "counted_at")


_PEAKS = Prepared(_peaks, 4)


def advise(peaks: Peaks, channels: int, offered: Sequence[PricedPackage]) -> Advice:
    """Rates the package as enough, close to the limit (CLOSE_PERCENT of it), or too small on some days."""
    if over := peaks.days_over(channels):
        return Advice(LoadVerdict.SMALL, over, smallest_for(peaks.highest, offered))
    if peaks.highest * 100 >= channels * CLOSE_PERCENT:
        return Advice(LoadVerdict.CLOSE)
    return Advice(LoadVerdict.ENOUGH)
