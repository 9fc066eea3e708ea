"""Dated monthly fees of plans, services and packages, and VAT, as charge calculation needs them (3.2, 3.3, 3.5)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias

from django.db.models import F, OuterRef, Subquery, Value
from django.utils.translation import gettext as _

from sipcabinet.lib import clock, validity
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, Question, any_of
from subscribers.charges import fees
from subscribers.charges.fees import PricePeriod
from subscribers.models import (
    ChannelPackage,
    ChannelPrice,
    MinutePackage,
    MinutePrice,
    PlanTerms,
    Service,
    ServicePrice,
    TariffPlan,
    VatRate,
)


class VatMissingError(DomainError):
    """The month has no VAT rate."""

    code = "vat_missing"

    def __init__(self, month: Month) -> None:
        super().__init__(_("На %(month)s не задана ставка НДС") % {"month": month.label})


Priced: TypeAlias = Service | ChannelPackage | MinutePackage | TariffPlan
PriceList: TypeAlias = Mapping[int, list[PricePeriod]]
PricesByThing: TypeAlias = dict[tuple[type[Priced], int], list[PricePeriod]]

_TABLES: dict[type[Any], tuple[type[Any], str]] = {
    Service: (ServicePrice, "service_id"),
    ChannelPackage: (ChannelPrice, "package_id"),
    MinutePackage: (MinutePrice, "package_id"),
    TariffPlan: (PlanTerms, "plan_id"),
}


def _columns(table: type[Any]) -> tuple[Any, ...]:
    """The fields of PricePeriod. Only a plan's terms say what is charged while an account is suspended."""
    percent = F("suspended_fee_percent") if table is PlanTerms else Value(100)
    return ("monthly_fee", "valid_from", "valid_until", percent)


def of(thing: Priced) -> list[PricePeriod]:
    """The prices of one service, package or plan, oldest first."""
    return of_all(type(thing), [thing.pk]).get(thing.pk, [])


def of_all(model: type[Priced], keys: Iterable[int]) -> PriceList:
    """The prices of these services, packages or plans by primary key, oldest first; one query."""
    found: dict[int, list[PricePeriod]] = defaultdict(list)
    for pk, *price in _of_keys(model).rows(list(set(keys))):
        found[pk].append(PricePeriod(*price))
    return dict(found)


@cache
def _of_keys(model: type[Any]) -> Prepared:
    table, key = _TABLES[model]

    def rows(keys: Any) -> Any:
        found = table.objects.filter(any_of(key, keys)).order_by(key, "valid_from")
        return found.values_list(key, *_columns(table))

    return Prepared(rows, 1)


def price_on(thing: Priced, day: date | None = None) -> Decimal | None:
    """The monthly fee on a day (default: today), net BYN; None if there is no price then."""
    return fees.price_on(of(thing), day or clock.today())


def fee_on(model: type[Priced], key: str, day: Any) -> Subquery:
    """An expression for queries: the monthly fee on a day, net BYN, of the service, package or plan that the query's
    field `key` names; NULL if there is no price then."""
    table, column = _TABLES[model]
    rows = table.objects.filter(validity.in_force(day), **{column: OuterRef(key)})
    return Subquery(rows.order_by("valid_from").values("monthly_fee")[:1])


def in_month(month: Month) -> dict[tuple[type[Priced], int], list[PricePeriod]]:
    """All prices in force on any day of the month, by priced thing; one query."""
    return vat_and_fees(month)[1]


def vat_and_fees(month: Month) -> tuple[Decimal | None, PricesByThing]:
    """The VAT rate on the month's first day, None without one; and the prices of `in_month`. One query."""
    [percent], found = vats_and_fees(month)
    return percent, found


def vats_and_fees_asks(*months: Month) -> Question:
    """What `vats_and_fees` asks."""
    return _IN_MONTH.of(min(months).first_day, max(months).last_day)


def vats_and_fees(*months: Month) -> tuple[list[Decimal | None], PricesByThing]:
    """The VAT rate of each month, None without one; and all prices in force from the first day of the earliest month to
    the last day of the latest one. One query."""
    models, rates = list(_TABLES), []
    found: PricesByThing = defaultdict(list)
    for place, pk, *price in vats_and_fees_asks(*months).rows():
        period = PricePeriod(*price)
        if place < len(models):
            found[models[place], pk].append(period)
        else:
            rates.append((pk, period))
    return [_rate_on(month.first_day, rates) for month in months], dict(found)


def _rate_on(day: date, rates: Iterable[tuple[int, PricePeriod]]) -> Decimal | None:
    held = [(pk, rate.monthly_fee) for pk, rate in rates if rate.holds(day)]
    return min(held)[1] if held else None


def _in_force(first: Any, last: Any) -> Any:
    queries = [
        table.objects.filter(validity.in_force(first, last)).values_list(Value(place), key, *_columns(table)).order_by()
        for place, (table, key) in enumerate(_TABLES.values())
    ]
    rates = VatRate.objects.filter(validity.in_force(first, last))
    rate = ("pk", "percent", "valid_from", "valid_until", Value(100))
    queries.append(rates.values_list(Value(len(queries)), *rate).order_by())
    return queries[0].union(*queries[1:], all=True)


_IN_MONTH = Prepared(_in_force, 2)
_VAT = Prepared(lambda day: VatRate.objects.filter(validity.in_force(day)).order_by("pk").values_list("percent")[:1], 1)


def vat_percent(month: Month) -> Decimal:
    """The VAT rate on the month's first day. Raises VatMissingError: a missing rate is never treated as zero."""
    found = _VAT.first(month.first_day)
    if found is None:
        raise VatMissingError(month)
    percent: Decimal = found[0]
    return percent
