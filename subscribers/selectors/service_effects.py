"""How a change of services affects the next invoice (3.2): the fee by days of the month, net BYN."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from sipcabinet.lib import clock, money
from sipcabinet.lib.periods import Month
from subscribers.charges.fees import Period, PriceMissingError, PricePeriod, charged_days, price_on, prorated
from subscribers.models import Service, ServiceAssignment
from subscribers.selectors import prices, services
from subscribers.selectors.prices import PriceList

Periods: TypeAlias = Mapping[int, Sequence[Period]]


@dataclass(frozen=True, slots=True)
class Effect:
    """One service: its monthly `fee`, and the month's charge for `days` of its days; None if a day has no price."""

    service: Service
    fee: Decimal | None
    days: int
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Effects:
    """All services of one change."""

    month: Month
    lines: list[Effect]

    @property
    def fee(self) -> Decimal:
        """Sum of the fees for a whole month."""
        return sum((line.fee for line in self.lines if line.fee is not None), Decimal(0))

    @property
    def amount(self) -> Decimal | None:
        """Sum of this month's charges; None if a price is missing."""
        amounts = [line.amount for line in self.lines if line.amount is not None]
        return sum(amounts, Decimal(0)) if len(amounts) == len(self.lines) else None


def of_removing(rows: Sequence[ServiceAssignment], removed: Sequence[Service]) -> Effects:
    """What is still charged for the current month if these services end now; `rows`: all periods of the subscriber's
    services."""
    return _of_removing(rows, removed, _prices(removed))


def of_replacing(
    rows: Sequence[ServiceAssignment], added: Sequence[Service], removed: Sequence[Service]
) -> tuple[Effects, Effects]:
    """How much more the current month is charged if the services `added` begin now (days already charged do not add),
    and what `of_removing` says of those `removed`; one query."""
    known = _prices([*added, *removed])
    return _of_adding(rows, added, known), _of_removing(rows, removed, known)


def _prices(wanted: Sequence[Service]) -> PriceList:
    return prices.of_all(Service, [service.pk for service in wanted]) if wanted else {}


def _of_adding(rows: Sequence[ServiceAssignment], added: Sequence[Service], known: PriceList) -> Effects:
    now = clock.now()
    had = services.by_service(rows)
    before = {service.pk: had.get(service.pk, []) for service in added}
    after = {pk: [*periods, (now, None)] for pk, periods in before.items()}
    return _effects(added, before, after, known)


def _of_removing(rows: Sequence[ServiceAssignment], removed: Sequence[Service], known: PriceList) -> Effects:
    now = clock.now()
    had = services.by_service(rows)
    after = {service.pk: [(since, until or now) for since, until in had.get(service.pk, [])] for service in removed}
    return _effects(removed, {}, after, known)


def _effects(wanted: Sequence[Service], before: Periods, after: Periods, known: PriceList) -> Effects:
    month, today = Month.current(), clock.today()
    lines = []
    for service in wanted:
        listed = known.get(service.pk, [])
        days = charged_days(after[service.pk], month, month.last_day)
        already = charged_days(before.get(service.pk, []), month, month.last_day)
        amount = _difference(listed, already, days, month)
        lines.append(Effect(service, price_on(listed, today), len(days) - len(already), amount))
    return Effects(month, lines)


def _difference(
    listed: Sequence[PricePeriod], before: frozenset[date], after: frozenset[date], month: Month
) -> Decimal | None:
    """The difference in charge, rounded as in charging: once per service."""
    try:
        return money.kopecks(prorated(listed, after, month)) - money.kopecks(prorated(listed, before, month))
    except PriceMissingError:
        return None
