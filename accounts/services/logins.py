"""Who may administer an account: one login per trunk (1.1a). The app `subscribers` opens and closes the logins."""

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
    """Opens the login of a trunk's number, in any spelling, without a password: «Забыли пароль» issues the first one.

    Returns an open login of the account unchanged and opens a closed one again. Locks only existing logins of the
    number; two simultaneous calls create one login (unique constraint). Raises PhoneError, and LoginError while another
    open login has the number.
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
    """Closes the login of a number that is no longer a trunk: ends its sessions and voids its passwords.

    The login's history stays; the number may become another customer's login. Without an open login does nothing.
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
    """Records the event. `staff` is the person who acted by hand; None: the login changed together with its trunk."""
    audit.record(
        action=action, user=staff, account=user.account, summary=f"{action.label}: {user}", details={"user_id": user.pk}
    )
