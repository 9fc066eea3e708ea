"""Numbers and accounts that end, and an account that is opened again (4.11). The money stays with `billing`: the last
invoice is that of the month of the end."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account
from accounts.services import audit
from billing.services import ledger
from sipcabinet.lib import clock, phones
from subscribers.errors import NumberError
from subscribers.models import Subscriber, SubscriberStatus
from subscribers.services import numbers


def disconnect(*, subscriber: Subscriber, by: Actor, at: datetime | None = None, ported_out: bool = False) -> int:
    """Disconnects a number as of a moment (default: now), a «SIP-соединение» with its numbers; returns how many.

    The number goes into quarantine; with `ported_out` it leaves the operator, and the numbers of a trunk go into
    quarantine. Audited with the reason. Locks as `numbers.close`; raises NumberError.
    """
    _require_reason(by)
    moment = at or clock.now()
    with transaction.atomic():
        ledger.lock(subscriber.account)
        inner = list(
            subscriber.numbers.exclude(status=SubscriberStatus.CLOSED).select_related("account").order_by("pk")
        )
        for number in inner:
            numbers.close(subscriber=number, at=moment, by=by)
            _record(number, moment, by, ported_out=False)
        numbers.close(subscriber=subscriber, at=moment, ported_out=ported_out, by=by)
        _record(subscriber, moment, by, ported_out=ported_out)
    return 1 + len(inner)


def close_account(*, account: Account, by: Actor, at: datetime | None = None) -> None:
    """Disconnects all numbers of an account and closes it. Audited with the reason; raises NumberError."""
    _require_reason(by)
    with transaction.atomic():
        ledger.lock(account)
        numbers.close_account(account=account, at=at, by=by)
        _record_account(account, "account.closed", _("Лицевой счёт закрыт, номера отключены: %(why)s"), by)


def reopen_account(*, account: Account, by: Actor) -> None:
    """Opens a closed account again, without numbers. Audited with the reason; raises NumberError."""
    _require_reason(by)
    with transaction.atomic():
        ledger.lock(account)
        numbers.reopen_account(account=account)
        _record_account(account, "account.reopened", _("Лицевой счёт открыт снова: %(why)s"), by)


def _require_reason(by: Actor) -> None:
    if not by.reason.strip():
        raise NumberError("reason", _("Укажите основание: клиент прочтёт его в журнале действий"), "reason")


def _record(subscriber: Subscriber, moment: datetime, by: Actor, *, ported_out: bool) -> None:
    summary = _("Номер %(phone)s перенесён к другому оператору: %(why)s") if ported_out else _(
        "Номер %(phone)s отключён: %(why)s"
    )  # fmt: skip
    audit.record(
        action="number.ported_out" if ported_out else "number.closed",
        account=subscriber.account,
        user=by.user,
        address=by.address,
        summary=summary % {"phone": phones.display(subscriber.phone), "why": by.reason},
        details={"subscriber_id": subscriber.pk, "at": moment.isoformat(), "reason": by.reason},
    )


def _record_account(account: Account, action: str, summary: str, by: Actor) -> None:
    audit.record(
        action=action,
        account=account,
        user=by.user,
        address=by.address,
        summary=summary % {"why": by.reason},
        details={"account_id": account.pk, "reason": by.reason},
    )
