"""лимиты расходов: set and changed by the customer, with his password, and by staff; bars lifted by hand (16.6)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.services import audit
from sipcabinet.lib import changes, clock, phones
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import midnight
from subscribers.models import (
    BarCause,
    LimitMeasure,
    LimitOwner,
    LimitPeriod,
    Subscriber,
    SubscriberStatus,
    TrunkBar,
    TrunkLimit,
)
from subscribers.selectors import limits
from subscribers.selectors.limit_words import amount, kind_name
from subscribers.services import limit_checks, limit_letters, limit_usage, operations

log = structlog.get_logger(__name__)
REASON_LENGTH = 200
Amounts = Mapping[str, Decimal | int | None]  # by the names of the columns: `day_cost`, `month_minutes`
COLUMNS = tuple(f"{period}_{measure}" for measure in LimitMeasure.values for period in LimitPeriod.values)


class LimitError(DomainError):
    """The limit cannot be set, or the bar cannot be lifted; `field` is the column at fault, or empty."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message, code=f"limit.{code}")
        self.field = field


def set_limits(*, trunk: Subscriber, owner: str, amounts: Amounts, by: Actor) -> TrunkLimit | None:
    """Replaces the limit of `owner` by these bounds (net BYN and minutes); without any bound the limit ends.

    Returns the limit in force. It counts from now on: a bar of a former bound ends, and what is reached already bars at
    the next check. Audited; locks the trunk. Raises LimitError for a number, a closed trunk, a bound that is not above
    zero, a day's bound above the month's, and for staff without a reason.
    """
    if not trunk.is_trunk:
        raise LimitError("number", _("Лимит задаётся для SIP-соединения, а не для отдельного номера"))
    wanted = {name: amounts.get(name) for name in COLUMNS}
    _check(wanted)
    reason = _reason(by) if owner == LimitOwner.OPERATOR else by.reason
    usage = limit_usage.of([trunk.pk])[trunk.pk]
    with transaction.atomic():
        held = operations.locked(trunk)
        if held.status == SubscriberStatus.CLOSED:
            raise LimitError("closed", _("Номер отключён: лимит ему не нужен"))
        now, former = clock.now(), limits.limits_in_force(held).get(owner)
        if _amounts(former) == wanted:
            return former
        if former is not None:
            former.ended_at, former.ended_by = now, by.user
            former.save(update_fields=["ended_at", "ended_by"])
        row = None
        if any(value is not None for value in wanted.values()):
            row = TrunkLimit.objects.create(
                account_id=held.account_id, trunk=held, owner=owner, started_at=now, started_by=by.user, **wanted
            )
        # Whoever sets a limit wants it to hold: an earlier «снять до полуночи» ends.
        TrunkBar.objects.filter(trunk=held, cause=owner, waived_until__gt=now).update(waived_until=now)
        _record_limit(held, owner, _amounts(former), wanted, replace(by, reason=reason))
        limit_checks.settle(trunk_id=held.pk, usage=usage)
    return row


def lift(*, trunk: Subscriber, cause: str, by: Actor) -> TrunkBar:
    """Opens the paid directions again. A bar of a limit does not return before midnight in Minsk; after that the check
    bars again if the month's limit is still used up.

    The customer lifts the bars of his own limit; the others need staff and a reason. Audited; locks the trunk and its
    numbers. Raises LimitError.
    """
    if cause != BarCause.CUSTOMER and not by.is_staff:
        raise LimitError("not_yours", _("Это закрыл оператор. Обратитесь в поддержку."))
    reason = _reason(by) if by.is_staff else _("клиент, с паролем")
    with transaction.atomic():
        held = operations.locked(trunk)
        bar = TrunkBar.objects.filter(trunk=held, cause=cause, lifted_at__isnull=True).first()
        if bar is None:
            raise LimitError("open", _("Платные направления уже открыты"))
        now = clock.now()
        bar.lifted_at, bar.lifted_by, bar.lifted_why = now, by.user, reason
        if cause != BarCause.ALARM:
            bar.waived_until = midnight(clock.minsk(now).date() + timedelta(days=1))
        bar.save(update_fields=["lifted_at", "lifted_by", "lifted_why", "waived_until"])
        limit_checks.tell_switch(held)
        told = {"phone": phones.display(held.phone), "cause": bar.get_cause_display(), "why": reason}
        summary = _("Снято закрытие платных направлений, %(phone)s (%(cause)s): %(why)s") % told
        _record(held, "limit.lifted", summary, {"bar_id": bar.pk, "cause": bar.cause}, by)
    return bar


def bar_for_alarm(*, trunk: Subscriber, by: Actor) -> TrunkBar | None:
    """Closes the paid directions because the PBX is broken into, until staff lift that; the customer gets a letter.

    None if they are closed so already. Call it in the transaction of the decision. Audited; locks the trunk and its
    numbers.
    """
    held = operations.locked(trunk)
    if TrunkBar.objects.filter(trunk=held, cause=BarCause.ALARM, lifted_at__isnull=True).exists():
        return None
    bar = TrunkBar.objects.create(
        account_id=held.account_id, trunk=held, cause=BarCause.ALARM, started_by=by.user, reason=by.reason
    )
    limit_checks.tell_switch(held)
    told = {"phone": phones.display(held.phone), "why": by.reason}
    summary = _("Закрыты платные направления, %(phone)s: похоже на взлом АТС. %(why)s") % told
    _record(held, "limit.barred", summary, {"bar_id": bar.pk, "cause": bar.cause}, by)
    limit_letters.closed_for_alarm(trunk=held, bar=bar)
    return bar


def _check(wanted: Amounts) -> None:
    for name, value in wanted.items():
        if value is not None and value <= 0:
            raise LimitError("positive", _("Лимит должен быть больше нуля; без лимита оставьте поле пустым"), name)
    for measure in LimitMeasure.values:
        day, month = wanted[f"day_{measure}"], wanted[f"month_{measure}"]
        if day is not None and month is not None and day > month:
            raise LimitError("order", _("Лимит на день не может быть больше лимита на месяц"), f"day_{measure}")


def _reason(by: Actor) -> str:
    text = " ".join(by.reason.split())
    if not text:
        raise LimitError("reason", _("Укажите основание: клиент прочтёт его в журнале действий"), "reason")
    if len(text) > REASON_LENGTH:
        raise LimitError("reason", _("Основание не длиннее %(most)d знаков") % {"most": REASON_LENGTH}, "reason")
    return text


def _amounts(row: TrunkLimit | None) -> dict[str, Any]:
    return {name: getattr(row, name) if row else None for name in COLUMNS}


def _record_limit(trunk: Subscriber, owner: str, before: Amounts, wanted: Amounts, by: Actor) -> None:
    changed: changes.Changes = {}
    for name in COLUMNS:
        period, _sep, measure = name.partition("_")
        if before[name] != wanted[name]:
            label = _("Лимит %(kind)s") % {"kind": kind_name(period, measure)}
            changed |= changes.of(name, label, _shown(measure, before[name]), _shown(measure, wanted[name]))
    told = {"whose": LimitOwner(owner).label, "phone": phones.display(trunk.phone)}
    summary = _("Изменён %(whose)s, %(phone)s") % told
    details = {"owner": str(owner), "reason": by.reason, changes.KEY: changed}
    _record(trunk, "limit.set", f"{summary}: {by.reason}" if by.reason else summary, details, by)


def _shown(measure: str, value: Decimal | int | None) -> str:
    return _("нет") if value is None else amount(measure, Decimal(value))


def _record(trunk: Subscriber, action: str, summary: str, details: dict[str, Any], by: Actor) -> None:
    audit.record(
        account=trunk.account,
        user=by.user,
        action=action,
        summary=summary,
        details={"subscriber_id": trunk.pk, **details},
        address=by.address,
    )
    log.info(action, trunk_id=trunk.pk)
