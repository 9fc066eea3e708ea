"""What staff do for a login: a temporary password by letter, the end of all sessions (1.1b, 1.3, 4.1)."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import AccountStatus, User
from accounts.services import account_letters, audit, passwords, sessions
from notifications.models import Letter
from sipcabinet.lib.errors import DomainError


class LoginHelpError(DomainError):
    """The login cannot get what staff want to send."""

    code = "login.no_email"


def send_temporary_password(*, user: User, by: Actor) -> None:
    """Sends a temporary password to the account's registered E-mail; nobody else sees it. Voids the former one.

    The same form (`by.token`) sent twice sends one letter. Audited; locks the login. Raises LoginHelpError for a closed
    login, a login of staff and a closed account.
    """
    if user.account is None or not user.is_active or user.account.status == AccountStatus.CLOSED:
        raise LoginHelpError(_("Временный пароль получают только действующие логины клиентов"))
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        key = f"temporary-password:desk:{user.pk}:{by.token}" if by.token else ""
        if key and Letter.objects.filter(dedupe_key=key).exists():
            return
        text, temporary = passwords.issue_temporary(user=user)
        key = key or f"temporary-password:staff:{temporary.pk}"
        account_letters.temporary_password(user=user, text=text, temporary=temporary, dedupe_key=key)
        _record(audit.Action.TEMPORARY_PASSWORD_SENT, user, by)


def end_sessions(*, user: User, by: Actor) -> int:
    """Ends all sessions of a login; returns how many. Its devices become unknown. Audited if there was any."""
    with transaction.atomic():
        ended = sessions.end_others(user=user)
        if ended:
            _record(audit.Action.OTHER_SESSIONS_ENDED, user, by)
    return ended


def _record(action: audit.Action, user: User, by: Actor) -> None:
    details = {"login_id": user.pk} | ({"reason": by.reason} if by.reason else {})
    audit.record(action=action, account=user.account, user=by.user, address=by.address, details=details)
