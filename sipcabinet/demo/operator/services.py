"""Services, channels and minutes of the demo's numbers, with past changes whose dates are set by hand."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any

from accounts.actor import Actor
from accounts.models import User
from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month, midnight
from subscribers.catalogue.services import ServiceCode
from subscribers.models import (
    ChannelAssignment,
    ChannelPackage,
    MinuteAssignment,
    MinutePackage,
    Operation,
    OperationKind,
    Service,
    ServiceAssignment,
    Subscriber,
)
from subscribers.services import operations
from subscribers.switch import provisioning

EVERYBODY = (ServiceCode.INTERNATIONAL, ServiceCode.CALLER_ID, ServiceCode.CALL_NOTICE)
LOCK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Had:
    """A service that a number had: `since` and `until` are days before today; no `until` means that it still has it."""

    phone: str
    code: ServiceCode
    since: int
    until: int | None = None
    parameters: tuple[tuple[str, Any], ...] = ()


SERVICES = (
    Had("+375447112030", ServiceCode.MONTHLY_DETAIL, 96),
    Had("+375447112030", ServiceCode.CHARGES_BY_NUMBER, 96),
    Had("+375447112030", ServiceCode.BLACK_LIST, 33, None, (("numbers", ["+375297010101", "+375333020202"]),)),
    Had("+375447112030", ServiceCode.FORWARD_ALL, 61, 40, (("forward_to", "+375172700001"),)),
    Had("+375447112036", ServiceCode.FORWARD_NO_ANSWER, 17, None, (("forward_to", "+375447112030"),)),
    Had("+375447112035", ServiceCode.HIDE_CALLER_ID, 140),
    Had("+375447205510", ServiceCode.FORWARD_BUSY, 9, None, (("forward_to", "+375447205511"),)),
    Had("+375447318840", ServiceCode.MONTHLY_DETAIL, 120),
)
# Packages of channels of a trunk, oldest first: channels, days ago. The package of the second trunk is still locked.
CHANNELS = {
    "+375447112030": ((5, 150), (10, 26)),
    "+375447112050": ((5, 3),),
    "+375447318840": ((5, 80),),
}
# Packages of minutes by written application: minutes, months ago (from the first day of that month).
MINUTES = {"+375447112030": (3000, 2)}


def assign() -> None:
    """Gives each number its services, channels and minutes. Call it before calls are imported: minutes affect costs."""
    subscribers = {row.phone: row for row in Subscriber.objects.select_related("account", "plan").order_by("pk")}
    _give_everybody(subscribers.values())
    for moment, do in sorted(_deeds(subscribers), key=itemgetter(0)):
        with clock.at(moment):
            do()
    provisioning.want_all([subscriber.pk for subscriber in subscribers.values()])


def _deeds(subscribers: Mapping[str, Subscriber]) -> Iterator[tuple[datetime, Callable[[], None]]]:
    """The changes as pairs of a moment and a function that makes the change, in no order."""
    for had in SERVICES:
        yield _moment(had.since), partial(_give, subscribers[had.phone], had)
        if had.until is not None:
            yield _moment(had.until), partial(_take_away, subscribers[had.phone], had)
    for phone, packages in CHANNELS.items():
        for channels, days in packages:
            yield _moment(days), partial(_change_channels, subscribers[phone], channels)
    for phone, (minutes, months) in MINUTES.items():
        yield Month.current().shift(-months).start, partial(_give_minutes, subscribers[phone], minutes)


def _give_everybody(subscribers: Iterable[Subscriber]) -> None:
    services = list(Service.objects.filter(code__in=EVERYBODY))
    ServiceAssignment.objects.bulk_create(
        ServiceAssignment(
            account=subscriber.account,
            subscriber=subscriber,
            service=service,
            started_at=subscriber.connected_at,
            ended_at=subscriber.closed_at,
        )
        for subscriber in subscribers
        for service in services
    )


def _give(subscriber: Subscriber, had: Had) -> None:
    service = Service.objects.get(code=had.code)
    added = _operation(subscriber, OperationKind.SERVICES_ADDED, _change(service.name, "нет", "подключена"))
    ServiceAssignment.objects.create(
        account=subscriber.account,
        subscriber=subscriber,
        service=service,
        parameters=dict(had.parameters),
        started_at=clock.now(),
        started_by=added,
    )


def _take_away(subscriber: Subscriber, had: Had) -> None:
    row = ServiceAssignment.objects.get(subscriber=subscriber, service__code=had.code, ended_at=None)
    change = _change(row.service.name, "подключена", "отключена")
    row.ended_at, row.ended_by = clock.now(), _operation(subscriber, OperationKind.SERVICES_REMOVED, change)
    row.save()


def _change_channels(trunk: Subscriber, channels: int) -> None:
    package, at = ChannelPackage.objects.get(channels=channels), clock.now()
    former = ChannelAssignment.objects.select_related("package").get(subscriber=trunk, ended_at=None)
    change = _change("SIP-многоканальность", former.package.name, package.name)
    operation = _operation(trunk, OperationKind.CHANNELS, change)
    former.ended_at, former.ended_by = at, operation
    former.save()
    ChannelAssignment.objects.create(
        account=trunk.account,
        subscriber=trunk,
        package=package,
        started_at=at,
        locked_until=at + LOCK,
        started_by=operation,
    )


def _give_minutes(trunk: Subscriber, minutes: int) -> None:
    package, at = MinutePackage.objects.get(minutes=minutes), clock.now()
    reason = "Заявление № 41 от " + clock.show_date(at - timedelta(days=3))
    operation = _operation(trunk, OperationKind.MINUTES, _change("Пакет минут", "нет", package.name), reason)
    MinuteAssignment.objects.create(
        account=trunk.account, subscriber=trunk, package=package, started_at=at, started_by=operation
    )


def _change(name: str, was: str, now: str) -> operations.Change:
    return operations.Change(name=name, was=was, now=now, price="")


def _operation(subscriber: Subscriber, kind: OperationKind, change: operations.Change, reason: str = "") -> Operation:
    """An operation of the customer, or of staff if there is a reason."""
    user = None if reason else User.objects.filter(account=subscriber.account, is_active=True).order_by("pk").first()
    return operations.begin(subscriber=subscriber, kind=kind, changes=[change], by=Actor(user, reason=reason))


def _moment(days_ago: int) -> datetime:
    return midnight(clock.today() - timedelta(days=days_ago)) + timedelta(hours=11, minutes=days_ago % 50)
