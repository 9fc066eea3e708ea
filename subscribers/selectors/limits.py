"""Limits of spending: what is in force, what is used of them, and what bars a trunk (16.6)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from sipcabinet.lib import tenancy
from sipcabinet.lib.periods import Month
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
    """What the counted calls of these trunks add up to today and in this month; two queries. A trunk without calls is
    missing."""
    numbers = Subscriber.objects.filter(Q(pk__in=trunk_ids) | Q(trunk__in=trunk_ids)).values_list("pk", "trunk_id")
    trunk_of = {pk: trunk_id or pk for pk, trunk_id in numbers}
    of_today, is_paid = Q(day=today), Q(destination__is_free=False)
    rows = (
        CallDailyTotal.objects.filter(
            subscriber__in=list(trunk_of),
            direction=CallDirection.OUT,
            day__range=(Month.of(today).first_day, today),
        )
        .values("subscriber_id")
        .annotate(
            day_cost=Coalesce(Sum("cost", filter=of_today), Decimal(0)),
            month_cost=Coalesce(Sum("cost"), Decimal(0)),
            day_seconds=Coalesce(Sum("billed_seconds", filter=of_today & is_paid), 0),
            month_seconds=Coalesce(Sum("billed_seconds", filter=is_paid), 0),
        )
        .order_by()
    )
    found: dict[int, Usage] = {}
    names = ("subscriber_id", "day_cost", "month_cost", "day_seconds", "month_seconds")
    for pk, *sums in rows.values_list(*names):
        trunk_id = trunk_of[pk]
        found[trunk_id] = found.get(trunk_id, NOTHING).plus(Usage(*sums))
    return found


def limits_in_force(trunk: Subscriber) -> dict[str, TrunkLimit]:
    """The limits of a trunk by their owner."""
    rows = tenancy.of(trunk.account).rows(TrunkLimit).filter(trunk=trunk, ended_at__isnull=True)
    return {row.owner: row for row in rows}


def lowest(limits: Mapping[str, TrunkLimit]) -> dict[tuple[str, str], Bound]:
    """The bound that holds of each period and measure: the lower one; sums before minutes, the day before the month."""
    found: dict[tuple[str, str], Bound] = {}
    for bound in (bound for limit in limits.values() for bound in limit.bounds):
        key = (bound.measure, bound.period)
        found[key] = min(bound, found.get(key, bound), key=lambda one: one.amount)
    return dict(sorted(found.items()))


def bars_in_force(trunk: Subscriber) -> list[TrunkBar]:
    """What bars the paid directions of a trunk now, the oldest first."""
    return list(_bars(trunk).filter(lifted_at__isnull=True).order_by("started_at", "pk"))


def bars(trunk: Subscriber) -> tuple[list[TrunkBar], list[TrunkBar]]:
    """What bars the paid directions of a trunk now, the oldest first, and the last bars that were lifted, the newest
    first; one query."""
    rows = _bars(trunk).select_related("lifted_by").defer("lifted_by__password")
    newest = rows.order_by(F("lifted_at").desc(nulls_first=True), "-started_at", "-pk")
    found = list(newest[: HISTORY + len(BarCause.values)])
    in_force = sorted((row for row in found if row.lifted_at is None), key=lambda row: (row.started_at, row.pk))
    return in_force, [row for row in found if row.lifted_at is not None][:HISTORY]


def crossings(trunk: Subscriber) -> list[LimitCrossing]:
    """The last crossings, the newest first."""
    rows = tenancy.of(trunk.account).rows(LimitCrossing).filter(trunk=trunk)
    return list(rows.order_by("-at", "-percent", "-pk")[:HISTORY])


def former_limits(trunk: Subscriber) -> list[TrunkLimit]:
    """The last limits, those in force too, the newest first."""
    rows = tenancy.of(trunk.account).rows(TrunkLimit).filter(trunk=trunk).select_related("started_by", "ended_by")
    return list(rows.defer("started_by__password", "ended_by__password").order_by("-started_at", "-pk")[:HISTORY])


def limited_trunks() -> set[int]:
    """Trunks with a limit or a bar in force, of all accounts: what the check looks at."""
    limits = TrunkLimit.objects.filter(ended_at__isnull=True).values_list("trunk_id", flat=True)
    bars = TrunkBar.objects.filter(lifted_at__isnull=True).values_list("trunk_id", flat=True)
    return set(limits.union(bars))


def _bars(trunk: Subscriber) -> QuerySet[TrunkBar]:
    return tenancy.of(trunk.account).rows(TrunkBar).filter(trunk=trunk)
