"""Who may administer an account: one login for each of its trunks (1.1a). The room of numbers opens and closes them."""

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Account, User
from accounts.services import audit, passwords, sessions
from sipcabinet.lib import phones
from sipcabinet.lib.errors import DomainError

log = structlog.get_logger(__name__)


class LoginError(DomainError):
    """The number cannot be a login of this account."""

    code = "login.taken"


def open_login(*, account: Account, phone: str, name: str = "", staff: User | None = None) -> User:
    """Opens the login of a trunk's number, in any spelling, without a password: «Забыли пароль» makes the first one.

    An open login of the account is returned as it is, a closed one is opened again. Locks nothing; two at once end in
    one. Raises PhoneError, and LoginError while somebody else's login has the number.
    """
    phone = phones.parse(phone)
    with transaction.atomic():
        known = User.objects.select_for_update().filter(phone=phone).order_by("-is_active", "-pk")
        other = known.filter(is_active=True).exclude(account=account).first()
        if other is not None:
            raise LoginError(_("С этим номером уже входит другой пользователь."))
        user = known.filter(account=account).first()
        if user is not None and user.is_active:
            return user
        user = user or User(account=account, phone=phone)
        user.name = name or user.name
        user.is_active = True
        user.set_unusable_password()
        user.save()
        _record(audit.Action.LOGIN_OPENED, user, staff)
    log.info("login.opened", user_id=user.pk, account_id=account.pk)
    return user


def close_login(*, account: Account, phone: str, staff: User | None = None) -> None:
    """Closes the login of a number that is a trunk no more: its sessions end, its passwords open nothing.

    Its history stays; the number may become another customer's login. Without such a login nothing happens.
    """
    with transaction.atomic():
        logins = User.objects.select_for_update().filter(account=account, is_active=True)
        user = logins.filter(phone=phones.parse(phone)).first()
        if user is None:
            return
        user.is_active = False
        user.set_unusable_password()
        user.save(update_fields=["is_active", "password"])
        passwords.void_temporary(user=user)
        sessions.end_others(user=user)
        _record(audit.Action.LOGIN_CLOSED, user, staff)
    log.info("login.closed", user_id=user.pk, account_id=account.pk)


def _record(action: audit.Action, user: User, staff: User | None) -> None:
    """`staff` did it by hand; else it comes with the trunk."""
    audit.record(
        action=action, user=staff, account=user.account, summary=f"{action.label}: {user}", details={"user_id": user.pk}
    )
