"""Limits of spending: what is in force, what is used of them, and what bars a trunk (16.6)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from sipcabinet.lib import tenancy
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, any_of
from sipcabinet.lib.tenancy import HasId
from subscribers.models import (
    BarCause,
    Bound,
    CallDailyTotal,
    CallDirection,
    LimitCrossing,
    LimitMeasure,
    LimitPeriod,
    Subscriber,
    TrunkBar,
    TrunkLimit,
)

HISTORY = 20  # lines of a page


@dataclass(frozen=True, slots=True)
class Usage:
    """What a trunk and its numbers have used today and this month: net BYN, and seconds of paid destinations as they
    are charged. `going`: calls that are in progress, already among the sums."""

    day_cost: Decimal = Decimal(0)
    month_cost: Decimal = Decimal(0)
    day_seconds: int = 0
    month_seconds: int = 0
    going: int = 0

    def used(self, period: str, measure: str) -> Decimal:
        """Net BYN, or minutes."""
        if measure == LimitMeasure.COST:
            return self.day_cost if period == LimitPeriod.DAY else self.month_cost
        seconds = self.day_seconds if period == LimitPeriod.DAY else self.month_seconds
        return Decimal(seconds) / 60

    def plus(self, other: "Usage") -> "Usage":
        """Both together."""
        return Usage(
            self.day_cost + other.day_cost,
            self.month_cost + other.month_cost,
            self.day_seconds + other.day_seconds,
            self.month_seconds + other.month_seconds,
            self.going + other.going,
        )

    def with_call(self, cost: Decimal, seconds: int, *, of_today: bool) -> "Usage":
        """The usage with one more call of this month."""
        return self.plus(Usage(cost if of_today else Decimal(0), cost, seconds if of_today else 0, seconds))


NOTHING = Usage()


def recorded(trunk_ids: Collection[int], today: date) -> dict[int, Usage]:
    """What the counted calls of these trunks and their numbers add up to today and in this month; one query. A trunk
    without calls is missing."""
    rows = _RECORDED.rows(list(trunk_ids), Month.of(today).first_day, today)
    return {trunk_id: Usage(*sums) for trunk_id, *sums in rows}


def _recorded(trunk_ids: Any, first: Any, today: Any) -> QuerySet[CallDailyTotal, Any]:
    subscribers = Subscriber.objects.filter(Q(any_of("pk", trunk_ids)) | Q(any_of("trunk_id", trunk_ids)))
    rows = CallDailyTotal.objects.filter(subscriber__in=subscribers.values("pk"), direction=CallDirection.OUT)
    rows = rows.filter(day__gte=first, day__lte=today).order_by()
    of_today, is_paid = Q(day=today), Q(destination__is_free=False)
    return rows.values_list(Coalesce("subscriber__trunk_id", "subscriber_id")).annotate(
        day_cost=Coalesce(Sum("cost", filter=of_today), Decimal(0)),
        month_cost=Coalesce(Sum("cost"), Decimal(0)),
        day_seconds=Coalesce(Sum("billed_seconds", filter=of_today & is_paid), 0),
        month_seconds=Coalesce(Sum("billed_seconds", filter=is_paid), 0),
    )


_RECORDED = Prepared(_recorded, 3)


def limits_in_force(trunk: Subscriber) -> dict[str, TrunkLimit]:
    """The limits of a trunk by their owner."""
    return {row.owner: row for row in _IN_FORCE.rows(trunk.account_id, trunk.pk)}


def lowest(limits: Mapping[str, TrunkLimit]) -> dict[tuple[str, str], Bound]:
    """The bound that holds of each period and measure: the lower one; sums before minutes, the day before the month."""
    found: dict[tuple[str, str], Bound] = {}
    for bound in (bound for limit in limits.values() for bound in limit.bounds):
        key = (bound.measure, bound.period)
        found[key] = min(bound, found.get(key, bound), key=lambda one: one.amount)
    return dict(sorted(found.items()))


def bars_in_force(trunk: Subscriber) -> list[TrunkBar]:
    """What bars the paid directions of a trunk now, the oldest first."""
    return _BARS_IN_FORCE.rows(trunk.account_id, trunk.pk)


def bars(trunk: Subscriber) -> tuple[list[TrunkBar], list[TrunkBar]]:
    """What bars the paid directions of a trunk now, the oldest first, and the last bars that were lifted, the newest
    first; one query."""
    found = _BARS.rows(trunk.account_id, trunk.pk)
    in_force = sorted((row for row in found if row.lifted_at is None), key=lambda row: (row.started_at, row.pk))
    return in_force, [row for row in found if row.lifted_at is not None][:HISTORY]


def crossings(trunk: Subscriber) -> list[LimitCrossing]:
    """The last crossings, the newest first."""
    return _CROSSINGS.rows(trunk.account_id, trunk.pk)


def former_limits(trunk: Subscriber) -> list[TrunkLimit]:
    """The last limits, those in force too, the newest first."""
    rows = tenancy.of(trunk.account).rows(TrunkLimit).filter(trunk=trunk).select_related("started_by", "ended_by")
    return list(rows.defer("started_by__password", "ended_by__password").order_by("-started_at", "-pk")[:HISTORY])


def limited_trunks() -> set[int]:
    """Trunks with a limit or a bar in force, of all accounts: what the check looks at."""
    limits = TrunkLimit.objects.filter(ended_at__isnull=True).values_list("trunk_id", flat=True)
    bars = TrunkBar.objects.filter(lifted_at__isnull=True).values_list("trunk_id", flat=True)
    return set(limits.union(bars))


def _bars(account: HasId, trunk: Any) -> QuerySet[TrunkBar]:
    return tenancy.of(account).rows(TrunkBar).filter(trunk=trunk)


def _newest_bars(account: HasId, trunk: Any) -> QuerySet[TrunkBar]:
    rows = _bars(account, trunk).select_related("lifted_by").defer("lifted_by__password")
    newest = rows.order_by(F("lifted_at").desc(nulls_first=True), "-started_at", "-pk")
    return newest[: HISTORY + len(BarCause.values)]


def _crossings(account: HasId, trunk: Any) -> QuerySet[LimitCrossing]:
    rows = tenancy.of(account).rows(LimitCrossing).filter(trunk=trunk)
    return rows.order_by("-at", "-percent", "-pk")[:HISTORY]


_IN_FORCE = Prepared(
    lambda account, trunk: tenancy.of(account).rows(TrunkLimit).filter(trunk=trunk, ended_at__isnull=True), 2
)
_BARS_IN_FORCE = Prepared(
    lambda account, trunk: _bars(account, trunk).filter(lifted_at__isnull=True).order_by("started_at", "pk"), 2
)
_BARS, _CROSSINGS = Prepared(_newest_bars, 2), Prepared(_crossings, 2)
