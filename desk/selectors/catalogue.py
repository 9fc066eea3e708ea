"""Plans, monthly prices and rates as the pages of the catalogue show them (4.3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.translation import gettext_lazy

from sipcabinet.lib import clock
from sipcabinet.lib.validity import in_force
from subscribers.models import (
    ChannelPackage,
    ChannelPrice,
    Destination,
    MinutePackage,
    MinutePrice,
    PlanKind,
    PlanTerms,
    Rate,
    Service,
    ServicePrice,
    Subscriber,
    SubscriberStatus,
    TariffPlan,
)

COMING, NOW, PAST = "coming", "now", "past"
# Packages are named by their size alone.
SORTS = {"channels": gettext_lazy("SIP-многоканальность"), "minutes": gettext_lazy("Пакет минут")}


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price with its days `[since, until)`: net BYN a month; of a plan's terms also minutes, channels, and the
    percentage of the fee while an account is suspended."""

    fee: Decimal
    since: date
    until: date | None
    minutes: int = 0
    channels: int = 0
    suspended_percent: int = 100

    @property
    def state(self) -> str:
        """`coming`, `now` or `past`."""
        today = clock.today()
        if self.since > today:
            return COMING
        return PAST if self.until is not None and self.until <= today else NOW


@dataclass(frozen=True, slots=True)
class Priced:
    """A plan, a service or a package with all its prices, the latest first. `what` as in `desk.imports.fees`."""

    what: str
    pk: int
    name: str
    prices: Sequence[PriceRow]

    @property
    def now(self) -> PriceRow | None:
        return next((price for price in self.prices if price.state == NOW), None)

    @property
    def coming(self) -> PriceRow | None:
        """The next price that has not begun."""
        return next((price for price in reversed(self.prices) if price.state == COMING), None)


@dataclass(frozen=True, slots=True)
class DestinationRates:
    """A destination with its rates on a day: how many prefixes, the lowest and the highest price of a minute (net BYN;
    None without a rate), and the day of the next change."""

    destination: Destination
    prefixes: int
    lowest: Decimal | None
    highest: Decimal | None
    changes_on: date | None


def plans() -> list[tuple[TariffPlan, Priced, int]]:
    """All plans with their terms, and how many subscribers have each; two queries."""
    connected = [status for status in SubscriberStatus.values if status != SubscriberStatus.CLOSED]
    with_count = Count("subscriber", filter=Q(subscriber__status__in=connected))
    rows: Iterable[Any] = TariffPlan.objects.annotate(count=with_count).order_by("kind", "name")
    found = list(rows)
    terms = _terms(found)
    return [(plan, Priced("plan", plan.pk, plan.name, terms.get(plan.pk, [])), plan.count) for plan in found]


def plan(one: TariffPlan) -> Priced:
    """A plan with its terms."""
    return Priced("plan", one.pk, one.name, _terms([one]).get(one.pk, []))


def subscribers_of(one: TariffPlan) -> tuple[int, int]:
    """How many connected subscribers have the plan, and on how many accounts."""
    rows = Subscriber.objects.filter(~Q(status=SubscriberStatus.CLOSED), plan=one)
    counts = rows.aggregate(subscribers=Count("pk"), accounts=Count("account", distinct=True))
    return counts["subscribers"], counts["accounts"]


def options_of(kind: str) -> list[Priced]:
    """Services and packages that a plan of this kind may have, with all their prices."""
    is_trunk = kind == PlanKind.TRUNK
    services = Service.objects.filter(for_trunks=True) if is_trunk else Service.objects.filter(for_numbers=True)
    found = _priced("service", services, ServicePrice, "service_id")
    if is_trunk:
        found += _priced("channels", ChannelPackage.objects.all(), ChannelPrice, "package_id")
        found += _priced("minutes", MinutePackage.objects.all(), MinutePrice, "package_id")
    return found


def destinations(day: date) -> list[DestinationRates]:
    """All destinations in the order of lists with their rates on the day; three queries."""
    now: dict[int, Any] = {
        row["destination"]: row
        for row in Rate.objects.filter(in_force(day))
        .order_by()
        .values("destination")
        .annotate(count=Count("pk"), lowest=Min("price_per_minute"), highest=Max("price_per_minute"))
    }
    coming = Rate.objects.filter(valid_from__gt=day).order_by().values_list("destination")
    changes: dict[int, date] = dict(coming.annotate(first=Min("valid_from")))
    found = []
    for place in Destination.objects.all():
        row: Mapping[str, Any] = now.get(place.pk, {})
        found.append(
            DestinationRates(place, row.get("count", 0), row.get("lowest"), row.get("highest"), changes.get(place.pk))
        )
    return found


def _terms(some: Iterable[TariffPlan]) -> dict[int, list[PriceRow]]:
    found: dict[int, list[PriceRow]] = {}
    rows = PlanTerms.objects.filter(plan__in=[one.pk for one in some]).order_by("-valid_from")
    for one in rows:
        price = PriceRow(
            one.monthly_fee,
            one.valid_from,
            one.valid_until,
            one.included_minutes,
            one.included_channels,
            one.suspended_fee_percent,
        )
        found.setdefault(one.plan_id, []).append(price)
    return found


def _priced(what: str, things: QuerySet[Any], table: type[Any], owner: str) -> list[Priced]:
    found: dict[int, list[PriceRow]] = {}
    rows = table.objects.order_by("-valid_from").values_list(owner, "monthly_fee", "valid_from", "valid_until")
    for pk, *price in rows:
        found.setdefault(pk, []).append(PriceRow(*price))
    sort = SORTS.get(what)
    return [
        Priced(what, thing.pk, f"{sort}: {thing}" if sort else str(thing), found.get(thing.pk, [])) for thing in things
    ]
