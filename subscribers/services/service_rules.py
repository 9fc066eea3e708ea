"""What may be done with a subscriber's services, and why not (3.2, 2.4). Reads facts, writes nothing."""

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
    """A rule of services said no."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=f"service.{code}")


class ByApplicationError(ServiceError):
    """Only a written application connects or disconnects it (2.4): a service, or without one packages of minutes."""

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
class Standing:
    """A subscriber with what is on by service. `by_staff`: the operator acts, on an application if need be."""

    subscriber: Subscriber
    on: dict[int, ServiceAssignment]
    by_staff: bool = False

    @classmethod
    def of(cls, subscriber: Subscriber, *, by_staff: bool = False) -> "Standing":
        """As it is now; true until the transaction ends only under the subscriber's lock."""
        rows = tenancy.of(subscriber.account).rows(ServiceAssignment).select_related("service")
        now = rows.filter(subscriber=subscriber, ended_at__isnull=True).prefetch_related("service__excludes")
        return cls(subscriber, {row.service_id: row for row in now}, by_staff)

    def require_open(self) -> None:
        """Raises ClosedError; a restricted subscriber may go on managing services."""
        if self.subscriber.status == SubscriberStatus.CLOSED:
            raise ClosedError

    def require_one(self, service: Service) -> ServiceAssignment:
        """The assignment of a service that is on, which the actor may touch. Raises ServiceError."""
        row = self.on.get(service.pk)
        if row is None:
            raise ServiceError("not_on", _("Услуга не подключена: %(name)s") % {"name": service.name})
        self._require_permitted(service)
        return row

    def in_the_way(self, services: Iterable[Service]) -> list[ServiceAssignment]:
        """What is on and cannot be on together with these."""
        barred = {other.pk for service in services for other in service.excludes.all()}
        return [row for pk, row in self.on.items() if pk in barred]

    def require_addable(self, services: Sequence[Service]) -> list[ServiceAssignment]:
        """That these may be added; returns what they would replace. Raises ServiceError for the first that may not."""
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
        """The assignments of services that may be taken away. Raises ServiceError for the first that may not."""
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
    """That the customer has agreed to lose what would be replaced: its services' keys. Raises ServiceError."""
    for row in replaced:
        if row.service_id not in expected:
            message = _("Сейчас подключена услуга, с которой новая несовместима: %(name)s")
            raise ServiceError("excluded", message % {"name": row.service.name})


def fees_today(services: Sequence[Service]) -> dict[int, Decimal]:
    """The monthly fee of each, net BYN. Raises ServiceError: an unknown price is never taken for zero."""
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
