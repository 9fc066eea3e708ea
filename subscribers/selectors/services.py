"""Услуги абонента: active services, services he may add, and former ones (3.2)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, OuterRef, QuerySet, When

from accounts.models import Account
from sipcabinet.lib import clock, tenancy, validity
from sipcabinet.lib.keyset import Listing, Page
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, Question
from subscribers.models import Service, ServiceAssignment, ServiceParameter, Subscriber
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
class Catalogue:
    """All services in their order, each with those that it excludes; and the monthly fees today by service id."""

    services: list[Any]  # each with the keys of those in `excluded`
    fees: Mapping[int, Decimal | None]


def periods_asks(account: Account, subscriber: int) -> Question:
    """What `periods` asks about the subscriber with this key."""
    return _PERIODS.of(account.pk, subscriber, clock.today())


def periods(account: Account, subscriber: Subscriber) -> list[ServiceAssignment]:
    """Every period of every service, oldest first, with its service; an active one with the service's fee today."""
    return periods_asks(account, subscriber.pk).rows()


def assigned(rows: Sequence[ServiceAssignment]) -> list[Assigned]:
    """Active services among the periods of a subscriber, in the catalogue's order."""
    on: list[Any] = [row for row in rows if row.ended_at is None]
    ordered = sorted(on, key=lambda row: (row.service.order, row.service.code))
    return [Assigned(row, _since(row, rows), row.fee) for row in ordered]


def offers(subscriber: Subscriber, on: Iterable[Assigned], known: Catalogue) -> list[Offer]:
    """Services of the catalogue that the subscriber does not have but could have, in its order."""
    names = {one.service.pk: one.service.name for one in on}
    wanted = [row for row in known.services if row.is_offered and row.is_for(subscriber.kind) and row.pk not in names]
    return [Offer(row, known.fees[row.pk], tuple(names[pk] for pk in row.excluded if pk in names)) for row in wanted]


def catalogue_asks() -> Question:
    """What `catalogue` asks."""
    return _CATALOGUE.of(clock.today())


def catalogue() -> Catalogue:
    """The catalogue in one query."""
    found = catalogue_asks().rows()
    by_key = {row.pk: row for row in found}
    nothing = Service.objects.none()
    for row in found:
        excluded = nothing
        if row.excluded:
            excluded = nothing.all()
            excluded._result_cache = [by_key[pk] for pk in row.excluded]  # noqa: SLF001 - as `prefetch_related` does it
        row._prefetched_objects_cache = {"excludes": excluded}  # noqa: SLF001
    return Catalogue(found, {row.pk: row.fee for row in found})


def on_paper(subscriber: Subscriber, pk: int) -> Service | None:
    """The service with this id, if subscribers of this kind may have it only on written application."""
    service = Service.objects.filter(pk=pk, by_application=True).first()
    return service if service is not None and service.is_for(subscriber.kind) else None


def history_asks(account: Account, subscriber: int) -> Question:
    """What `history` asks for the first page of the subscriber with this key."""
    return _HISTORY.asks(account.pk, subscriber, clock.today(), size=HISTORY_SIZE)


def history(account: Account, subscriber: Subscriber, *, onward: str = "", back: str = "") -> Page[ServiceAssignment]:
    """Every period of every service, newest first, with its operations and their users, and the fee as in `periods`."""
    return _HISTORY.page(account.pk, subscriber.pk, clock.today(), size=HISTORY_SIZE, onward=onward, back=back)


def periods_read(
    account: Account, subscriber: Subscriber, page: Page[ServiceAssignment]
) -> Sequence[ServiceAssignment]:
    """Like `periods`, when a page of `history` is read already: without a query if that page is all of it."""
    return periods(account, subscriber) if page.back or page.onward else page.rows[::-1]


def by_service(rows: Iterable[ServiceAssignment]) -> dict[int, list[tuple[datetime, datetime | None]]]:
    """Periods in which each service was active, by service id: the basis of a month's charge."""
    found: dict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for row in rows:
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


def _priced_periods(account: Any, subscriber: Any, day: Any) -> QuerySet[Any]:
    rows = tenancy.of(account).rows(ServiceAssignment).filter(subscriber=subscriber).select_related("service")
    return rows.annotate(fee=_fee(day)).order_by("started_at", "pk")


def _fee(day: Any) -> Case:
    """The fee on a day of a period that has not ended."""
    return Case(When(ended_at__isnull=True, then=prices.fee_on(Service, "service_id", day)))


def _priced_services(day: Any) -> QuerySet[Any]:
    excluded = Service.excludes.through.objects.filter(from_service=OuterRef("pk")).order_by(
        "to_service__order", "to_service__code"
    )
    rows = Service.objects.annotate(
        fee=prices.fee_on(Service, "pk", day), excluded=ArraySubquery(excluded.values("to_service"))
    )
    return rows.order_by("order", "code")


def _with_users(account: Any, subscriber: Any, day: Any) -> QuerySet[Any]:
    rows = tenancy.of(account).rows(ServiceAssignment).filter(subscriber=subscriber).annotate(fee=_fee(day))
    rows = rows.select_related("service", "started_by__made_by", "ended_by__made_by")
    return rows.defer("started_by__made_by__password", "ended_by__made_by__password")


_HISTORY: Listing[ServiceAssignment] = Listing(ServiceAssignment, _with_users, 3, order=["-started_at", "-id"])
_PERIODS, _CATALOGUE = Prepared(_priced_periods, 3), Prepared(_priced_services, 1)


def _since(row: ServiceAssignment, periods: Sequence[ServiceAssignment]) -> datetime:
    """The start of the unbroken series of periods that ends with this one."""
    began = {one.ended_at: one.started_at for one in periods if one.service_id == row.service_id and one.ended_at}
    since = row.started_at
    while (earlier := began.get(since)) is not None and earlier < since:
        since = earlier
    return since
