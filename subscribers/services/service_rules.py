"""Rules for changes of a subscriber's services, with the reasons of refusal (3.2, 2.4). Reads only."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from django.utils.translation import gettext as _

from sipcabinet.lib import tenancy
from sipcabinet.lib.errors import DomainError
from subscribers.models import Service, ServiceAssignment, Subscriber, SubscriberStatus
from subscribers.selectors import prices


class ServiceError(DomainError):
    """A rule of services refused the change."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=f"service.{code}")


class ByApplicationError(ServiceError):
    """`service` is connected or disconnected only by written application (2.4); None = packages of minutes."""

    def __init__(self, service: Service | None = None) -> None:
        super().__init__(
            "by_application",
            _("Подключение/отключение услуги «%(name)s» возможно только по заявлению.") % {"name": service.name}
            if service
            else _("Подключение/отключение пакетов минут в другие сети возможно только по заявлению."),
        )
        self.service = service
        self.of_minutes = service is None


class ClosedError(ServiceError):
    """The number is disconnected: it has no services any more."""

    def __init__(self) -> None:
        super().__init__("closed", _("Номер отключён, услугами на нём управлять нельзя"))


@dataclass(frozen=True, slots=True)
class SubscriberServices:
    """A subscriber with his active services, by service id. `by_staff`: staff act, so `by_application` is allowed."""

    subscriber: Subscriber
    on: dict[int, ServiceAssignment]
    by_staff: bool = False

    @classmethod
    def of(cls, subscriber: Subscriber, *, by_staff: bool = False) -> "SubscriberServices":
        """Reads the present state; only under the subscriber's lock does it stay true until the transaction ends."""
        rows = tenancy.of(subscriber.account).rows(ServiceAssignment).select_related("service")
        return cls.among(subscriber, rows.filter(subscriber=subscriber, ended_at__isnull=True), by_staff=by_staff)

    @classmethod
    def among(
        cls, subscriber: Subscriber, rows: Iterable[ServiceAssignment], *, by_staff: bool = False
    ) -> "SubscriberServices":
        """The state that a page has already read; `rows` are all periods of the subscriber's services."""
        return cls(subscriber, {row.service_id: row for row in rows if row.ended_at is None}, by_staff)

    def require_open(self) -> None:
        """Raises ClosedError for a closed subscriber; a restricted one may still manage services."""
        if self.subscriber.status == SubscriberStatus.CLOSED:
            raise ClosedError

    def require_one(self, service: Service) -> ServiceAssignment:
        """The assignment of an active service that the actor may change. Raises ServiceError."""
        row = self.on.get(service.pk)
        if row is None:
            raise ServiceError("not_on", _("Услуга не подключена: %(name)s") % {"name": service.name})
        self._require_permitted(service)
        return row

    def in_the_way(self, services: Iterable[Service]) -> list[ServiceAssignment]:
        """Active services that exclude any of the given ones."""
        barred = {other.pk for service in services for other in service.excludes.all()}
        return [row for pk, row in self.on.items() if pk in barred]

    def require_addable(self, services: Sequence[Service]) -> list[ServiceAssignment]:
        """Checks that services may be added; returns those they replace. Raises ServiceError for the first fault."""
        self.require_open()
        if not services:
            raise ServiceError("nothing", _("Отметьте хотя бы одну услугу"))
        for service in services:
            self._require_offered(service)
        _require_compatible(services)
        replaced = self.in_the_way(services)
        for row in replaced:
            self._require_permitted(row.service)
        return replaced

    def require_removable(self, services: Sequence[Service]) -> list[ServiceAssignment]:
        """The assignments of services, if all may be removed. Raises ServiceError for the first that may not."""
        self.require_open()
        if not services:
            raise ServiceError("nothing", _("Отметьте хотя бы одну услугу"))
        return [self.require_one(service) for service in services]

    def _require_offered(self, service: Service) -> None:
        if not service.is_for(self.subscriber.kind):
            message = _("Для тарифного плана «%(plan)s» услуги нет: %(name)s")
            raise ServiceError("not_for_kind", message % {"plan": self.subscriber.plan.name, "name": service.name})
        self._require_permitted(service)
        if service.pk in self.on:
            raise ServiceError("already_on", _("Услуга уже подключена: %(name)s") % {"name": service.name})
        if not service.is_offered:
            raise ServiceError("not_offered", _("Услуга больше не подключается: %(name)s") % {"name": service.name})

    def _require_permitted(self, service: Service) -> None:
        if service.by_application and not self.by_staff:
            raise ByApplicationError(service)


def require_expected(replaced: Iterable[ServiceAssignment], expected: Collection[int]) -> None:
    """Checks that the customer agreed to lose the replaced services (`expected`: their ids). Raises ServiceError."""
    for row in replaced:
        if row.service_id not in expected:
            message = _("Сейчас подключена услуга, с которой новая несовместима: %(name)s")
            raise ServiceError("excluded", message % {"name": row.service.name})


def fees_today(services: Sequence[Service]) -> dict[int, Decimal]:
    """The monthly fee of each service, net BYN. Raises ServiceError: a missing price is never treated as zero."""
    fees: dict[int, Decimal] = {}
    for service in services:
        fee = prices.price_on(service)
        if fee is None:
            raise ServiceError("no_price", _("Сейчас у услуги нет цены: %(name)s") % {"name": service.name})
        fees[service.pk] = fee
    return fees


def _require_compatible(services: Sequence[Service]) -> None:
    for one, other in combinations(services, 2):
        if other in one.excludes.all():
            message = _("Услуги «%(one)s» и «%(other)s» не могут быть подключены вместе: выберите одну из них")
            raise ServiceError("excludes", message % {"one": one.name, "other": other.name})
