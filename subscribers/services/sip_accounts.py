"""SIP access of trunks: issued with the trunk, the password stored sealed, shown and changed (3.4)."""

from typing import NamedTuple

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import User
from accounts.services import audit
from sipcabinet.lib import clock, phones, tenancy
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.seals import InvalidToken
from subscribers.models import (
    Operation,
    OperationKind,
    SipAccount,
    SipPlatform,
    Subscriber,
    SubscriberStatus,
    Transport,
)
from subscribers.services import operations
from subscribers.services.operations import Change
from subscribers.switch import provisioning, sip_passwords

log = structlog.get_logger(__name__)


class SipError(DomainError):
    """A rule of SIP access refused the change; `field` is the argument at fault, or empty."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message, code=f"sip.{code}")
        self.field = field


class PasswordChanged(NamedTuple):
    """A change of password. `password` is shown once: it is empty if the same form had changed it before."""

    operation: Operation
    password: str


def issue(*, trunk: Subscriber, platform: SipPlatform | None = None) -> SipAccount | None:
    """Issues SIP access for a new trunk on a platform, else on the default one; None if the operator has none yet."""
    platform = platform or SipPlatform.objects.filter(is_default=True).first()
    if platform is None:
        return None
    login = trunk.phone.removeprefix("+")
    return SipAccount.objects.create(
        trunk=trunk,
        account_id=trunk.account_id,
        platform=platform,
        login=login,
        auth_name=_free_auth_name(platform, login),
        transport=platform.transports[0] if platform.transports else Transport.UDP,
        password_sealed=sip_passwords.seal(trunk, sip_passwords.new_password()),
    )


def issue_later(*, trunk: Subscriber, user: User | None, address: str | None = None) -> Operation:
    """Issues SIP access for a connected trunk that was opened without it. Locks the trunk. Raises SipError."""
    with transaction.atomic():
        trunk = operations.locked(trunk)
        if not trunk.is_trunk:
            raise SipError("not_trunk", _("Параметры SIP есть только у SIP-соединения"))
        require_open(trunk)
        if SipAccount.objects.filter(trunk=trunk).exists():
            raise SipError("issued", _("Параметры SIP уже выданы"))
        if issue(trunk=trunk) is None:
            raise SipError("no_platform", _("Нет платформы SIP для новых соединений"))
        operation = operations.begin(
            subscriber=trunk,
            kind=OperationKind.SIP_ACCESS,
            changes=[Change(name=_("Параметры SIP"), was=_("нет"), now=_("выданы"), price="")],
            by=Actor(user, address),
        )
        provisioning.want(subscriber=trunk)
    return operation


def show_password(*, trunk: Subscriber, user: User, address: str | None, where: str) -> str:
    """The SIP password in clear; the user has proved his identity. `where` goes to the journal. Raises SipError."""
    with transaction.atomic():
        password = _opened(account_of(trunk))
        audit.record(
            account=trunk.account,
            user=user,
            action="sip.password_shown",
            summary=_("Показан пароль SIP, %(phone)s: %(where)s")
            % {"phone": phones.display(trunk.phone), "where": where},
            details={"subscriber_id": trunk.pk},
            address=address,
        )
    return password


def change_password(*, trunk: Subscriber, by: Actor) -> PasswordChanged:
    """Sets a new random password for the trunk and sends it to the switch. Locks the trunk. Raises SipError.

    The same form sent twice makes one change.
    """
    with transaction.atomic():
        trunk = operations.locked(trunk)
        if done := operations.known(trunk, by.token):
            return PasswordChanged(done, "")
        require_open(trunk)
        row, password = account_of(trunk), sip_passwords.new_password()
        operation = operations.begin(
            subscriber=trunk,
            kind=OperationKind.SIP_PASSWORD,
            changes=[_changed_on(row)],
            by=by,
        )
        row.password_sealed, row.password_changed_at = sip_passwords.seal(trunk, password), clock.now()
        row.save(update_fields=["password_sealed", "password_changed_at"])
        provisioning.want(subscriber=trunk)
    return PasswordChanged(operation, password)


def account_of(trunk: Subscriber) -> SipAccount:
    """The trunk's SIP access with its sealed password; only the application's role may read it. Raises SipError."""
    rows = tenancy.of(trunk.account).rows(SipAccount).select_related("platform")
    row = rows.filter(trunk=trunk).first()
    if row is None:
        raise SipError("not_issued", _("Параметры SIP ещё не выданы"))
    return row


def require_open(trunk: Subscriber) -> None:
    """Raises SipError if the trunk is disconnected."""
    if trunk.status == SubscriberStatus.CLOSED:
        raise SipError("closed", _("SIP-соединение отключено"))


def _opened(row: SipAccount) -> str:
    """The password; if it is unreadable, writes to the log and raises SipError that advises to change it."""
    try:
        return sip_passwords.password_of(row)
    except (InvalidToken, ValueError):
        log.exception("sip.password_unreadable", trunk_id=row.pk)
        raise SipError("unreadable", _("Этот пароль прочитать нельзя. Смените его.")) from None


def _free_auth_name(platform: SipPlatform, login: str) -> str:
    """The login; with a suffix if an earlier trunk with the same number has taken the login."""
    taken = set(
        SipAccount.objects.filter(platform=platform, auth_name__startswith=login).values_list("auth_name", flat=True)
    )
    return next(name for name in (login, *(f"{login}-{n}" for n in range(2, len(taken) + 3))) if name not in taken)


def _changed_on(row: SipAccount) -> Change:
    was = _("изменён %(moment)s") % {"moment": clock.show_moment(row.password_changed_at)}
    return Change(name=_("Пароль SIP"), was=was, now=_("новый"), price="")
