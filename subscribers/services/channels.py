"""SIP-многоканальность: the package of a trunk, changed at most once in CHANNEL_CHANGE_INTERVAL (3.3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from sipcabinet.lib import clock, constraints, money, words
from sipcabinet.lib.errors import DomainError
from subscribers.models import (
    ChannelAssignment,
    ChannelPackage,
    Operation,
    OperationKind,
    Subscriber,
    SubscriberStatus,
)
from subscribers.selectors import channels, prices
from subscribers.services import operations
from subscribers.switch import provisioning

NAME = "SIP-многоканальность"
# Constraints violated when a package begins within the lock of another package, or while another one is active.
_CONSTRAINTS = ("channels_change_is_locked", "channels_never_twice")
_UNITS = (
    (86400, ("день", "дня", "дней")),
    (3600, ("час", "часа", "часов")),
    (60, ("минуту", "минуты", "минут")),
    (1, ("секунду", "секунды", "секунд")),
)


class ChannelsError(DomainError):
    """The change of a package is refused."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=f"channels.{code}")


class ChannelsLockedError(ChannelsError):
    """Too early: a change is possible again at `until`; None if another change has just been saved first."""

    def __init__(self, until: datetime | None) -> None:
        super().__init__("locked", _("Пакет каналов меняется не чаще 1 раза в %(time)s.") % {"time": interval()})
        self.until = until


@dataclass(frozen=True, slots=True)
class Possible:
    """An allowed change: the trunk's packages, its present one, and the monthly fee of the new one (net BYN)."""

    had: Sequence[ChannelAssignment]
    now: ChannelAssignment | None
    monthly_fee: Decimal


def interval() -> str:
    """CHANNEL_CHANGE_INTERVAL in words, to follow «раз в»: `7 дней`."""
    seconds = int(settings.CHANNEL_CHANGE_INTERVAL.total_seconds())
    for size, forms in _UNITS:
        if seconds % size == 0:
            return words.counted(seconds // size, *forms)
    raise AssertionError("unreachable")


def connect(*, trunk: Subscriber, package: ChannelPackage, at: datetime) -> ChannelAssignment:
    """Assigns the first package of a new trunk. This does not count as a change, so the next one is not locked."""
    return ChannelAssignment.objects.create(
        account_id=trunk.account_id,
        subscriber=trunk,
        package=package,
        started_at=at,
        locked_until=at,
    )


def change(*, trunk: Subscriber, package: ChannelPackage, by: Actor) -> Operation:
    """Changes the package at once and locks the next change for CHANNEL_CHANGE_INTERVAL. Locks the trunk.

    The same form sent twice returns the first operation. With a reason, staff may change the package within a lock too:
    the former lock ends now. Raises ChannelsError, ChannelsLockedError.
    """
    with transaction.atomic():
        trunk = operations.locked(trunk)
        key = f"channels:{package.pk}:{by.token}" if by.token else ""
        if done := operations.known(trunk, key):
            return done
        reason = " ".join(by.reason.split())
        if reason and not by.is_staff:
            raise ChannelsError("override", _("Сменить пакет раньше срока может только оператор."))
        moment = clock.now()
        possible = check(trunk=trunk, package=package, at=moment, override=bool(reason))
        operation = operations.begin(
            subscriber=trunk,
            kind=OperationKind.CHANNELS,
            changes=[_told(possible, package)],
            by=replace(by, reason=reason, token=key),
            at=moment,
        )
        with constraints.refused(partial(ChannelsLockedError, None), *_CONSTRAINTS):
            _replace(trunk, possible.now, package, operation, override=bool(reason))
        provisioning.want(subscriber=trunk)
    return operation


def check(*, trunk: Subscriber, package: ChannelPackage, at: datetime, override: bool = False) -> Possible:
    """Checks whether the trunk may have the package from `at` on. Raises ChannelsError, ChannelsLockedError."""
    require_open_trunk(trunk)
    had = channels.of_trunk(trunk)
    if not override:
        require_unlocked(had, at)
    now = channels.current_of(had)
    if now is not None and now.package_id == package.pk:
        raise ChannelsError("same", _("Этот пакет каналов уже подключён."))
    if not package.is_offered:
        raise ChannelsError("not_offered", _("Этот пакет каналов больше не подключается."))
    fee = prices.price_on(package, clock.minsk(at).date())
    if fee is None:
        raise ChannelsError("no_price", _("У этого пакета каналов сейчас нет цены, поэтому подключить его нельзя."))
    return Possible(had, now, fee)


def require_open_trunk(subscriber: Subscriber) -> None:
    """Only a connected «SIP-соединение» has its own channels. Raises ChannelsError."""
    if not subscriber.is_trunk:
        raise ChannelsError("not_trunk", _("SIP-номер использует каналы своего SIP-соединения."))
    if subscriber.status == SubscriberStatus.CLOSED:
        raise ChannelsError("closed", _("Это SIP-соединение отключено."))


def require_unlocked(had: Iterable[ChannelAssignment], at: datetime) -> None:
    """Checks that no earlier change, by staff or customer, is younger than the interval. Raises ChannelsLockedError.

    `had`: all packages of the trunk.
    """
    until = channels.locked_by(had, at)
    if until is not None:
        raise ChannelsLockedError(until)


def _told(possible: Possible, package: ChannelPackage) -> operations.Change:
    was = possible.now.package.name if possible.now else _("нет")
    return operations.Change(name=NAME, was=was, now=package.name, price=money.show_byn(possible.monthly_fee))


def _replace(
    trunk: Subscriber,
    former: ChannelAssignment | None,
    package: ChannelPackage,
    operation: Operation,
    *,
    override: bool,
) -> None:
    """Ends the former package and begins the new one. Locks change only with `override`, never for the portal."""
    moment = operation.made_at
    if former is not None:
        mine = ChannelAssignment.objects.filter(pk=former.pk, ended_at__isnull=True)
        mine.update(ended_at=moment, ended_by=operation)
    if override:
        ChannelAssignment.objects.filter(subscriber=trunk, locked_until__gt=moment).update(locked_until=moment)
    ChannelAssignment.objects.create(
        account_id=trunk.account_id,
        subscriber=trunk,
        package=package,
        started_at=moment,
        locked_until=moment + settings.CHANNEL_CHANGE_INTERVAL,
        started_by=operation,
    )
