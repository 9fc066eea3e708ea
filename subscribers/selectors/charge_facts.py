"""Counts charges of subscribers from facts: what they had during the month, and the month's calls (3.5, 4.7)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from django.db.models import CharField, F, Model, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Coalesce, TruncMonth

from accounts.models import Account
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, any_of
from sipcabinet.lib.tenancy import HasId
from subscribers.charges import CallTotal, ChargeKind, Charges, Fee, PricePeriod, calculate
from subscribers.models import (
    CallDailyTotal,
    CallDirection,
    ChannelAssignment,
    ChannelPackage,
    FormerPlan,
    MinuteAssignment,
    MinutePackage,
    Service,
    ServiceAssignment,
    Subscriber,
    TariffPlan,
)
from subscribers.selectors import prices

M = TypeVar("M", bound=Model)

_MODELS: dict[ChargeKind, type[prices.Priced]] = {
    ChargeKind.FEE: TariffPlan,
    ChargeKind.SERVICE: Service,
    ChargeKind.CHANNELS: ChannelPackage,
    ChargeKind.MINUTES: MinutePackage,
}


class _Fact(NamedTuple):
    """A period in which a subscriber had a plan, service or package; `order` of a package is its size, `name` empty."""

    kind: str
    subscriber_id: int
    thing_id: int
    code: str
    name: str
    order: int
    started_at: datetime
    ended_at: datetime | None


class MonthPrices(NamedTuple):
    """What all accounts of a month have in common: the VAT rate and the fees in force on its days."""

    percent: Decimal
    fees: Mapping[tuple[type[prices.Priced], int], list[PricePeriod]]


def prices_of(month: Month) -> MonthPrices:
    """Read once to count many accounts; 2 queries. Raises VatMissingError."""
    return MonthPrices(prices.vat_percent(month), prices.in_month(month))


def count(
    account: Account, month: Month, subscribers: Collection[int] | None, given: MonthPrices | None = None
) -> dict[int, Charges]:
    """Charges of these subscribers, or of all with facts in the month; the current month up to today. 4 queries, 2 with
    the prices `given`.

    Raises VatMissingError and PriceMissingError.
    """
    percent, price_list = given or prices_of(month)
    until = min(month.last_day, clock.today())
    fees = _fees(account, month, subscribers, price_list)
    calls = _calls(account, month, subscribers)
    return {
        pk: calculate(month=month, until=until, vat_percent=percent, fees=fees.get(pk, ()), calls=calls.get(pk, ()))
        for pk in (sorted(fees.keys() | calls.keys()) if subscribers is None else subscribers)
    }


def _fees(
    account: Account,
    month: Month,
    subscribers: Collection[int] | None,
    price_list: Mapping[tuple[type[prices.Priced], int], list[PricePeriod]],
) -> dict[int, list[Fee]]:
    periods: dict[tuple[int, str, int], list[_Fact]] = defaultdict(list)
    for fact in _facts(account, month, subscribers):
        periods[fact.subscriber_id, fact.kind, fact.thing_id].append(fact)
    found: dict[int, list[Fee]] = defaultdict(list)
    for (subscriber_id, kind, thing_id), facts in periods.items():
        priced = price_list.get((_MODELS[ChargeKind(kind)], thing_id), [])
        found[subscriber_id].append(_fee(facts, priced))
    return found


def _fee(facts: list[_Fact], priced: list[PricePeriod]) -> Fee:
    kind, fact = ChargeKind(facts[0].kind), facts[0]
    name = fact.name or _package_name(kind, fact.order)
    periods = [(one.started_at, one.ended_at) for one in facts]
    return Fee(kind, fact.thing_id, fact.code, name, fact.order, priced, periods)


def _package_name(kind: ChargeKind, size: int) -> str:
    return ChannelPackage(channels=size).name if kind is ChargeKind.CHANNELS else MinutePackage(minutes=size).name


def _facts(account: Account, month: Month, subscribers: Collection[int] | None) -> Iterable[_Fact]:
    """Plans, services and packages that subscribers had on some day of the month; one query."""
    asked = (account.pk, month.start, month.end)
    rows = _ALL_FACTS.rows(*asked) if subscribers is None else _FACTS.rows(*asked, list(subscribers))
    return (_Fact(*row) for row in rows)


def _facts_of(account: HasId, start: Any, end: Any, *subscribers: Any) -> QuerySet[Any, Any]:
    mine = tenancy.of(account)
    wanted = Q(any_of("subscriber", subscribers[0])) if subscribers else Q()
    of_plan = Q(any_of("pk", subscribers[0])) if subscribers else Q()

    def during(rows: QuerySet[M], *names: str) -> QuerySet[M]:
        return between(start, end, rows, *names)

    queries = [
        during(mine.rows(Subscriber).filter(of_plan), "connected_at", "closed_at").values_list(
            *(Value(ChargeKind.FEE.value), "pk", "plan_id"),
            *("plan__code", "plan__name", Value(0), Coalesce("plan_since", "connected_at"), "closed_at"),
        ),
        during(mine.rows(FormerPlan).filter(wanted)).values_list(
            *(Value(ChargeKind.FEE.value), "subscriber_id", "plan_id"),
            *("plan__code", "plan__name", Value(0), "started_at", "ended_at"),
        ),
        during(mine.rows(ServiceAssignment).filter(wanted)).values_list(
            *(Value(ChargeKind.SERVICE.value), "subscriber_id", "service_id"),
            *("service__code", "service__name", "service__order", "started_at", "ended_at"),
        ),
        _packages(ChargeKind.CHANNELS, during(mine.rows(ChannelAssignment).filter(wanted)), "channels"),
        _packages(ChargeKind.MINUTES, during(_begun(mine.rows(MinuteAssignment).filter(wanted))), "minutes"),
    ]
    ordered = [query.order_by() for query in queries]
    return ordered[0].union(*ordered[1:], all=True)


_ALL_FACTS, _FACTS = Prepared(_facts_of, 3), Prepared(_facts_of, 4)


def during(month: Month, rows: QuerySet[M], start: str = "started_at", end: str = "ended_at") -> QuerySet[M]:
    """Rows whose period may overlap the month."""
    return between(month.start, month.end, rows, start, end)


def between(first: Any, last: Any, rows: QuerySet[M], start: str = "started_at", end: str = "ended_at") -> QuerySet[M]:
    """Rows whose period may overlap the time from `first` up to `last`: moments, or places of a prepared query."""
    unended = Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": first})
    return rows.filter(unended, **{f"{start}__lt": last})


def _begun(rows: QuerySet[MinuteAssignment]) -> QuerySet[MinuteAssignment]:
    """Leaves out packages cancelled before they began: such a package gives no minutes and costs nothing."""
    return rows.exclude(ended_at=F("started_at"))


def _packages(kind: ChargeKind, rows: QuerySet[Any], size: str) -> QuerySet[Any, Any]:
    size = f"package__{size}"
    code = Cast(F(size), CharField())
    return rows.values_list(
        Value(kind.value), "subscriber_id", "package_id", code, Value(""), size, "started_at", "ended_at"
    )


def _calls(account: Account, month: Month, subscribers: Collection[int] | None) -> dict[int, list[CallTotal]]:
    """Outgoing calls charged by the month, by destination; late calls of earlier months separately.

    Incoming calls are free; unanswered calls to barred destinations have no destination.
    """
    asked = (account.pk, month.first_day)
    rows = _ALL_CALLS.rows(*asked) if subscribers is None else _CALLS.rows(*asked, list(subscribers))
    found: dict[int, list[CallTotal]] = defaultdict(list)
    for subscriber_id, made_in, *total in rows:
        total.append(made_in if made_in != month.first_day else None)
        found[subscriber_id].append(CallTotal(*total))
    return found


def _calls_of(account: HasId, charged_in: Any, *subscribers: Any) -> QuerySet[Any, Any]:
    wanted = Q(any_of("subscriber", subscribers[0])) if subscribers else Q()
    rows = tenancy.of(account).rows(CallDailyTotal).filter(wanted, charged_in=charged_in)
    outgoing = rows.filter(direction=CallDirection.OUT, destination__isnull=False).order_by()
    keys = ("destination_id", "destination__code", "destination__name", "destination__order")
    sums = (Sum(field) for field in ("answered", "billed_seconds", "included_seconds", "cost"))
    by_month = outgoing.annotate(made_in=TruncMonth("day")).values_list("subscriber_id", "made_in", *keys)
    return by_month.annotate(*sums)


_ALL_CALLS, _CALLS = Prepared(_calls_of, 2), Prepared(_calls_of, 3)
