"""Пакеты минут в другие сети: connected and disconnected by staff alone, on a written application (2.4).

A package adds minutes to those of the plan. The calls of the month are recounted in the same transaction, so that the
order of an application and an import changes no price (4.5).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from sipcabinet.lib import clock, money
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from subscribers.calls import allowances, months
from subscribers.models import (
    BillingMonth,
    MinuteAssignment,
    MinutePackage,
    Operation,
    OperationKind,
    Subscriber,
    SubscriberStatus,
)
from subscribers.selectors import prices
from subscribers.services import operations
from subscribers.switch import provisioning

log = structlog.get_logger(__name__)
REASON_LENGTH = 200


class MinutesError(DomainError):
    """A rule of minute packages refused the change; `field` is the argument at fault, or empty."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message, code=f"minutes.{code}")
        self.field = field


def connect(
    *,
    trunk: Subscriber,
    package: MinutePackage,
    by: Actor,
    at: datetime | None = None,
) -> Operation:
    """Connects this package to a trunk, instead of its present one if any, and recounts the month's calls.

    `at` is now, or the first moment of the next month; `by.reason` names the application. Locks the subscriber, the
    month, its Allowance. Raises MinutesError.
    """

    def change(trunk: Subscriber, held: list[MinuteAssignment], moment: datetime) -> operations.Change:
        if any(row.package_id == package.pk and row.started_at <= moment and row.ended_at is None for row in held):
            raise MinutesError("connected", _("Этот пакет уже подключён"), "package")
        fee = prices.price_on(package, clock.minsk(moment).date())
        if not package.is_offered or fee is None:
            raise MinutesError("not_offered", _("Этот пакет не подключается"), "package")
        return _change(held, moment, package.name, money.show_byn(fee))

    return _switched(trunk, package, change, by=by, at=at)


def disconnect(
    *,
    trunk: Subscriber,
    by: Actor,
    at: datetime | None = None,
) -> Operation:
    """Ends a trunk's package, or cancels one that has not begun; otherwise like `connect`. Raises MinutesError."""

    def change(trunk: Subscriber, held: list[MinuteAssignment], moment: datetime) -> operations.Change:
        if not held:
            raise MinutesError("not_connected", _("У этого абонента нет пакета минут, который можно отключить"))
        return _change(held, moment, _("нет"), "")

    return _switched(trunk, None, change, by=by, at=at)


def _switched(
    trunk: Subscriber,
    package: MinutePackage | None,
    change: Callable[[Subscriber, list[MinuteAssignment], datetime], operations.Change],
    *,
    by: Actor,
    at: datetime | None,
) -> Operation:
    """Makes `package` the only minute package of the trunk from the moment `at`; None = no package."""
    by = replace(by, reason=_checked(by))
    with transaction.atomic():
        trunk = operations.locked(trunk)
        if done := operations.known(trunk, by.token):
            return done
        _require_connected_trunk(trunk)
        moment = _moment(at)
        _hold_open(Month.of(moment))
        held = _still_held(trunk, moment)
        operation = operations.begin(
            subscriber=trunk,
            kind=OperationKind.MINUTES,
            changes=[change(trunk, held, moment)],
            by=by,
        )
        for row in held:
            _end(row, moment, operation)
        if package is not None:
            MinuteAssignment.objects.create(
                account_id=trunk.account_id, subscriber=trunk, package=package, started_at=moment, started_by=operation
            )
        allowances.set_included(trunk=trunk, since=Month.of(moment))
        provisioning.want(subscriber=trunk)
    log.info("minutes.switched", subscriber_id=trunk.pk, package_id=package.pk if package else None)
    return operation


def _checked(by: Actor) -> str:
    if not by.is_staff:
        raise MinutesError("staff_only", _("Пакеты минут подключаются и отключаются только по заявлению"))
    reason = " ".join(by.reason.split())
    if not reason:
        raise MinutesError("reason", _("Укажите номер и дату заявления"), "reason")
    if len(reason) > REASON_LENGTH:
        raise MinutesError("reason", _("Не длиннее %(most)d знаков") % {"most": REASON_LENGTH}, "reason")
    return reason


def _require_connected_trunk(trunk: Subscriber) -> None:
    if not trunk.is_trunk:
        raise MinutesError("trunk_only", _("Пакет минут подключается только на «SIP-соединение»"))
    if trunk.status == SubscriberStatus.CLOSED:
        raise MinutesError("closed", _("Этот номер отключён"))


def _moment(at: datetime | None) -> datetime:
    if at is None:
        return clock.now()
    if at != Month.current().end:
        raise MinutesError("moment", _("Пакет меняется сейчас или с первого числа следующего месяца"), "at")
    return at


def _hold_open(month: Month) -> None:
    """Keeps the month from closing until the transaction ends; refuses if the month or a later one is closed."""
    later = BillingMonth.objects.filter(month__gt=month.first_day).values_list("month", flat=True)
    if months.hold([month.first_day, *later]):
        raise MinutesError("month_closed", _("%(month)s уже закрыт для расчётов") % {"month": month.label_title}, "at")


def _still_held(trunk: Subscriber, moment: datetime) -> list[MinuteAssignment]:
    """Packages of the trunk that are active at the moment or begin later, the earliest first."""
    rows = MinuteAssignment.objects.filter(subscriber=trunk).select_related("package").order_by("started_at", "pk")
    return [row for row in rows if row.ended_at is None or row.ended_at > moment]


def _change(held: list[MinuteAssignment], moment: datetime, name: str, price: str) -> operations.Change:
    if moment > clock.now():
        name = _("%(name)s, с %(day)s") % {"name": name, "day": clock.show_date(moment)}
    was = held[0].package.name if held else _("нет")
    return operations.Change(name=_("Пакет минут в другие сети"), was=was, now=name, price=price)


def _end(row: MinuteAssignment, moment: datetime, operation: Operation) -> None:
    """Ends a package; one that would begin at or after the moment gets an empty period, not later than now."""
    if row.started_at >= moment:
        row.started_at = moment = min(moment, clock.now())
    row.ended_at, row.ended_by = moment, operation
    row.save(update_fields=["started_at", "ended_at", "ended_by"])
