"""How busy the trunks of an account are: finds the trunk that comes nearest to using all its channels (3.3)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, FloatField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce, JSONObject

from accounts.models import Account
from sipcabinet.lib import tenancy
from sipcabinet.lib.charts.peaks import DayPeak
from sipcabinet.lib.prepared import Prepared, Question
from sipcabinet.lib.tenancy import HasId
from subscribers.models import ChannelAssignment, ChannelPeak, PlanKind, SubscriberStatus
from subscribers.selectors.peaks import CLOSE_PERCENT, DAYS


@dataclass(frozen=True, slots=True)
class TrunkLoad:
    """Peaks of simultaneous calls of one trunk and its numbers on the last DAYS days; the last day is today."""

    trunk_id: int
    phone: str
    channels: int
    days: list[DayPeak]

    @property
    def today(self) -> int:
        return self.days[-1].calls

    @property
    def highest(self) -> int:
        return max(day.calls for day in self.days)

    @property
    def nearly_full(self) -> bool:
        """Whether today's peak is close to the package size or above it."""
        return self.today * 100 >= self.channels * CLOSE_PERCENT


def busiest_asks(account: Account, today: date) -> Question:
    """What `busiest` asks."""
    return _BUSIEST.of(account.pk, _days(today)[0], today)


def busiest(account: Account, today: date) -> TrunkLoad | None:
    """The connected trunk with the highest peak relative to its channels in the last DAYS days; one query."""
    days, row = _days(today), busiest_asks(account, today).first()
    if row is None:
        return None
    pk, phone, channels, peaks = row
    found = {date.fromisoformat(peak["day"]): peak["calls"] for peak in peaks}
    return TrunkLoad(pk, phone, channels, [DayPeak(day, found.get(day, 0)) for day in days])


def _days(today: date) -> list[date]:
    return [today - timedelta(days=back) for back in reversed(range(DAYS))]


def _busiest(account: HasId, first: Any, last: Any) -> QuerySet[ChannelAssignment, Any]:
    tenant = tenancy.of(account)
    peaks = tenant.rows(ChannelPeak).filter(trunk=OuterRef("subscriber"), day__range=(first, last))
    highest = Coalesce(Subquery(peaks.order_by("-calls").values("calls")[:1]), 0)
    held = tenant.rows(ChannelAssignment).filter(ended_at__isnull=True, subscriber__kind=PlanKind.TRUNK)
    rows = held.exclude(subscriber__status=SubscriberStatus.CLOSED).annotate(
        load=Cast(highest, FloatField()) / F("package__channels")
    )
    return rows.order_by("-load", "subscriber__phone", "subscriber_id").values_list(
        "subscriber_id",
        "subscriber__phone",
        "package__channels",
        ArraySubquery(peaks.values(json=JSONObject(day="day", calls="calls"))),
    )[:1]


_BUSIEST = Prepared(_busiest, 3)
