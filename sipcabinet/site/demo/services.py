"""What the demo's numbers have: services, channels and minutes with a past, dated by hand as the history is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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
from subscribers.services import operations, provisioning

EVERYBODY = (ServiceCode.INTERNATIONAL, ServiceCode.CALLER_ID, ServiceCode.CALL_NOTICE)
LOCK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Had:
    """A service of a number, from one day to another, counted back from today."""

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
# Packages of channels of a trunk, oldest first: channels, days ago. The last one of the second trunk is still locked.
CHANNELS = {
    "+375447112030": ((5, 150), (10, 26)),
    "+375447112050": ((5, 3),),
    "+375447318840": ((5, 80),),
}
# Packages of minutes by application: minutes, months ago (from the first day).
MINUTES = {"+375447112030": (3000, 2)}


def assign() -> None:
    """Gives every number what it has. Before the calls come in, as minutes decide what they cost."""
    subscribers = {row.phone: row for row in Subscriber.objects.select_related("account", "plan").order_by("pk")}
    _give_everybody(subscribers.values())
    for had in SERVICES:
        _give(subscribers[had.phone], had)
    for phone, packages in CHANNELS.items():
        for channels, days in packages:
            _change_channels(subscribers[phone], channels, _moment(days))
    for phone, (minutes, months) in MINUTES.items():
        _give_minutes(subscribers[phone], minutes, Month.current().shift(-months).start)
    provisioning.want_all([subscriber.pk for subscriber in subscribers.values()])


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
    row = ServiceAssignment(
        account=subscriber.account, subscriber=subscriber, service=service, parameters=dict(had.parameters)
    )
    row.started_at = _moment(had.since)
    row.started_by = _operation(
        subscriber, OperationKind.SERVICES_ADDED, row.started_at, _change(service.name, "нет", "подключена")
    )
    if had.until is not None:
        row.ended_at = _moment(had.until)
        row.ended_by = _operation(
            subscriber, OperationKind.SERVICES_REMOVED, row.ended_at, _change(service.name, "подключена", "отключена")
        )
    row.save()


def _change_channels(trunk: Subscriber, channels: int, at: datetime) -> None:
    package = ChannelPackage.objects.get(channels=channels)
    former = ChannelAssignment.objects.select_related("package").get(subscriber=trunk, ended_at=None)
    change = _change("SIP-многоканальность", former.package.name, package.name)
    operation = _operation(trunk, OperationKind.CHANNELS, at, change)
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


def _give_minutes(trunk: Subscriber, minutes: int, at: datetime) -> None:
    package = MinutePackage.objects.get(minutes=minutes)
    reason = "Заявление № 41 от " + (clock.minsk(at) - timedelta(days=3)).strftime("%d.%m.%Y")
    operation = _operation(trunk, OperationKind.MINUTES, at, _change("Пакет минут", "нет", package.name), reason)
    MinuteAssignment.objects.create(
        account=trunk.account, subscriber=trunk, package=package, started_at=at, started_by=operation
    )


def _change(name: str, was: str, now: str) -> operations.Change:
    return operations.Change(name=name, was=was, now=now, price="")


def _operation(
    subscriber: Subscriber, kind: OperationKind, at: datetime, change: operations.Change, reason: str = ""
) -> Operation:
    """The customer's own doing, or with a reason the staff's."""
    user = None if reason else User.objects.filter(account=subscriber.account, is_active=True).order_by("pk").first()
    return operations.begin(
        subscriber=subscriber, kind=kind, changes=[change], user=user, reason=reason, audited=False, at=at
    )


def _moment(days_ago: int) -> datetime:
    return midnight(clock.today() - timedelta(days=days_ago)) + timedelta(hours=11, minutes=days_ago % 50)
