"""Услуги абонента: active services, services he may add, and former ones (3.2)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from accounts.models import Account
from sipcabinet.lib import clock, keyset, tenancy, validity
from sipcabinet.lib.keyset import Page
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared
from subscribers.charges.fees import price_on
from subscribers.models import (
    MinutePackage,
    Service,
    ServiceAssignment,
    ServiceParameter,
    Subscriber,
)
from subscribers.selectors import prices

HISTORY_SIZE = 10


@dataclass(frozen=True, slots=True)
class Assigned:
    """An active service. `since`: start of unbroken use, over changes of parameters; `fee`: monthly, today, net BYN."""

    assignment: ServiceAssignment
    since: datetime
    fee: Decimal | None

    @property
    def service(self) -> Service:
        return self.assignment.service

    @property
    def may_be_set(self) -> bool:
        return self.service.parameter != ServiceParameter.NONE and not self.service.by_application


@dataclass(frozen=True, slots=True)
class Offer:
    """A service for the subscriber's kind that is not active. `replaces`: names of active services that exclude it."""

    service: Service
    fee: Decimal | None
    replaces: tuple[str, ...] = ()

    @property
    def is_free_to_choose(self) -> bool:
        """Whether the customer himself may add it."""
        return self.fee is not None and not self.service.by_application


@dataclass(frozen=True, slots=True)
class MinuteOffer:
    """A minute package: connected only on written application (2.4)."""

    package: MinutePackage
    fee: Decimal | None


def assigned(account: Account, subscriber: Subscriber) -> list[Assigned]:
    """Active services, in the catalogue's order."""
    periods = _periods(account, subscriber)
    on = [row for row in periods if row.ended_at is None]
    price_list = prices.of_all(Service, [row.service_id for row in on])
    today = clock.today()
    ordered = sorted(on, key=lambda row: (row.service.order, row.service.code))
    return [Assigned(row, _since(row, periods), price_on(price_list.get(row.service_id, []), today)) for row in ordered]


def offers(subscriber: Subscriber, on: Iterable[Assigned]) -> list[Offer]:
    """Services that the subscriber does not have but could have, in the catalogue's order."""
    names = {one.service.pk: one.service.name for one in on}
    wanted = [row for row in catalogue() if row.is_offered and row.is_for(subscriber.kind) and row.pk not in names]
    price_list = prices.of_all(Service, [row.pk for row in wanted])
    today = clock.today()
    return [Offer(row, price_on(price_list.get(row.pk, []), today), _replaced(row, names)) for row in wanted]


def catalogue() -> QuerySet[Service]:
    """All services, each with the services that it excludes."""
    return Service.objects.prefetch_related("excludes").order_by("order", "code")


def on_paper(subscriber: Subscriber, pk: int) -> Service | None:
    """The service with this id, if subscribers of this kind may have it only on written application."""
    service = Service.objects.filter(pk=pk, by_application=True).first()
    return service if service is not None and service.is_for(subscriber.kind) else None


def minute_offers() -> list[MinuteOffer]:
    """The minute packages of the catalogue."""
    packages = list(MinutePackage.objects.filter(is_offered=True).order_by("minutes"))
    price_list = prices.of_all(MinutePackage, [package.pk for package in packages])
    today = clock.today()
    return [MinuteOffer(package, price_on(price_list.get(package.pk, []), today)) for package in packages]


def history(account: Account, subscriber: Subscriber, *, onward: str = "", back: str = "") -> Page[ServiceAssignment]:
    """Every period of every service, newest first, with its operations and their users."""
    rows = tenancy.of(account).rows(ServiceAssignment).filter(subscriber=subscriber)
    rows = rows.select_related("service", "started_by__made_by", "ended_by__made_by")
    rows = rows.defer("started_by__made_by__password", "ended_by__made_by__password")
    return keyset.page(rows, order=["-started_at", "-id"], size=HISTORY_SIZE, onward=onward, back=back)


def periods_of(account: Account, subscriber: Subscriber) -> dict[int, list[tuple[datetime, datetime | None]]]:
    """Periods in which each service was active, by service id: the basis of a month's charge."""
    found: dict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for row in _periods(account, subscriber):
        found[row.service_id].append((row.started_at, row.ended_at))
    return found


def holders(account: Account, code: str, month: Month) -> list[Subscriber]:
    """Subscribers that had the service at some moment of the month, in the order of their numbers."""
    rows = _during(month, tenancy.of(account).rows(ServiceAssignment).filter(service__code=code))
    found = tenancy.of(account).rows(Subscriber).filter(pk__in=rows.values("subscriber"))
    return list(found.order_by("phone", "pk"))


def accounts_with(accounts: Collection[int], code: str, month: Month) -> set[int]:
    """Those of the accounts (primary keys) of which a subscriber had the service at some moment of the month."""
    rows = _during(month, ServiceAssignment.objects.filter(account__in=accounts, service__code=code))
    return set(rows.values_list("account_id", flat=True))


def _during(month: Month, rows: QuerySet[ServiceAssignment]) -> QuerySet[ServiceAssignment]:
    return rows.filter(validity.unended("ended_at", month.start), started_at__lt=month.end)


def _periods(account: Account, subscriber: Subscriber) -> Sequence[ServiceAssignment]:
    return _PERIODS.rows(account.pk, subscriber.pk)


_PERIODS = Prepared(
    lambda account, subscriber: (
        tenancy.of(account)
        .rows(ServiceAssignment)
        .filter(subscriber=subscriber)
        .select_related("service")
        .order_by("started_at", "pk")
    ),
    2,
)


def _since(row: ServiceAssignment, periods: Sequence[ServiceAssignment]) -> datetime:
    """The start of the unbroken series of periods that ends with this one."""
    began = {one.ended_at: one.started_at for one in periods if one.service_id == row.service_id and one.ended_at}
    since = row.started_at
    while (earlier := began.get(since)) is not None and earlier < since:
        since = earlier
    return since


def _replaced(service: Service, names: dict[int, str]) -> tuple[str, ...]:
    return tuple(names[other.pk] for other in service.excludes.all() if other.pk in names)
