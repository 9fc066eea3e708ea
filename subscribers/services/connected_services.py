"""Услуги абонента: added, removed and set, each as one confirmed change (3.2).

All rules are checked again under the subscriber's lock, whatever earlier pages have shown.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from sipcabinet.lib import clock, constraints, money
from subscribers.models import Operation, OperationKind, Service, ServiceAssignment, Subscriber
from subscribers.services import operations, service_parameters, service_rules
from subscribers.services.operations import Change
from subscribers.services.service_rules import ServiceError, SubscriberServices
from subscribers.switch import provisioning


@dataclass(frozen=True, slots=True)
class Chosen:
    """A service to add, with its parameters in any spelling."""

    service: Service
    parameters: Mapping[str, Any] = field(default_factory=dict)


def add(*, subscriber: Subscriber, chosen: Sequence[Chosen], by: Actor, replacing: Collection[int] = ()) -> Operation:
    """Adds services at once; ends the services that exclude them if their ids are in `replacing`. Locks the subscriber.

    The same form sent twice returns the first operation. Raises ServiceError: closed, nothing, not_for_kind,
    already_on, not_offered, by_application, excludes, excluded, no_price, parameters, reason, meanwhile.
    """
    with transaction.atomic():
        subscriber = operations.locked(subscriber)
        if done := operations.known(subscriber, by.token):
            return done
        services = [one.service for one in chosen]
        replaced = _standing(subscriber, by).require_addable(services)
        service_rules.require_expected(replaced, replacing)
        fees = service_rules.fees_today(services)
        wanted = [_normal(subscriber, one) for one in chosen]
        changes = [*map(_removed, replaced), *(_added(one, fees[one.service.pk]) for one in wanted)]
        operation = _begin(subscriber, OperationKind.SERVICES_ADDED, changes, by)
        _end(replaced, operation)
        _start(subscriber, wanted, operation)
        provisioning.want(subscriber=subscriber)
    return operation


def remove(*, subscriber: Subscriber, services: Sequence[Service], by: Actor) -> Operation:
    """Removes services at once. Locks the subscriber; the same form sent twice returns the first operation.

    Raises ServiceError: closed, nothing, not_on, by_application, reason.
    """
    with transaction.atomic():
        subscriber = operations.locked(subscriber)
        if done := operations.known(subscriber, by.token):
            return done
        rows = _standing(subscriber, by).require_removable(services)
        operation = _begin(subscriber, OperationKind.SERVICES_REMOVED, [_removed(row) for row in rows], by)
        _end(rows, operation)
        provisioning.want(subscriber=subscriber)
    return operation


def set_parameters(*, subscriber: Subscriber, chosen: Chosen, by: Actor) -> Operation:
    """Sets other parameters of an active service: a new period begins, and no day is charged twice.

    Locks the subscriber; the same form sent twice returns the first operation. Raises ServiceError: closed, not_on,
    by_application, unchanged, parameters, reason, meanwhile.
    """
    with transaction.atomic():
        subscriber = operations.locked(subscriber)
        if done := operations.known(subscriber, by.token):
            return done
        standing = _standing(subscriber, by)
        standing.require_open()
        row = standing.require_one(chosen.service)
        wanted = _normal(subscriber, chosen)
        if wanted.parameters == row.parameters:
            raise ServiceError("unchanged", _("Параметры услуги уже такие: %(name)s") % {"name": row.service.name})
        operation = _begin(subscriber, OperationKind.SERVICE_SET, [_set(row, wanted)], by)
        _end([row], operation)
        _start(subscriber, [wanted], operation)
        provisioning.want(subscriber=subscriber)
    return operation


def _standing(subscriber: Subscriber, by: Actor) -> SubscriberServices:
    if by.is_staff and not by.reason.strip():
        raise ServiceError("reason", _("Укажите основание: заявление, его номер и дату"))
    return SubscriberServices.of(subscriber, by_staff=by.is_staff)


def _normal(subscriber: Subscriber, one: Chosen) -> Chosen:
    return Chosen(one.service, service_parameters.normal(one.service, subscriber, one.parameters))


def _begin(subscriber: Subscriber, kind: OperationKind, changes: list[Change], by: Actor) -> Operation:
    return operations.begin(
        subscriber=subscriber,
        kind=kind,
        changes=changes,
        by=replace(by, reason=" ".join(by.reason.split()) if by.is_staff else ""),
        at=clock.now(),
    )


def _start(subscriber: Subscriber, wanted: Sequence[Chosen], operation: Operation) -> None:
    with constraints.refused(_meanwhile, "service_never_twice"):
        for one in wanted:
            ServiceAssignment.objects.create(
                account_id=subscriber.account_id,
                subscriber=subscriber,
                service=one.service,
                parameters=dict(one.parameters),
                started_at=operation.made_at,
                started_by=operation,
            )


def _end(rows: Sequence[ServiceAssignment], operation: Operation) -> None:
    ServiceAssignment.objects.filter(pk__in=[row.pk for row in rows], ended_at__isnull=True).update(
        ended_at=operation.made_at, ended_by=operation
    )


def _meanwhile() -> ServiceError:
    """The refusal when two changes are made at once and the later one's periods would overlap."""
    return ServiceError("meanwhile", _("Услуги только что изменились. Посмотрите, какие подключены сейчас"))


def _state(parameters: Mapping[str, Any]) -> str:
    told = service_parameters.in_short(parameters)
    return ", ".join(filter(None, [_("подключена"), told]))


def _added(one: Chosen, fee: Decimal) -> Change:
    price = money.show_byn(fee) if fee else _("бесплатно")
    return Change(name=one.service.name, was=_("нет"), now=_state(one.parameters), price=price)


def _removed(row: ServiceAssignment) -> Change:
    return Change(name=row.service.name, was=_state(row.parameters), now=_("отключена"), price="")


def _set(row: ServiceAssignment, wanted: Chosen) -> Change:
    return Change(name=row.service.name, was=_state(row.parameters), now=_state(wanted.parameters), price="")
