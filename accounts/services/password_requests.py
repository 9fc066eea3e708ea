"""«Забыли пароль» (1.1a, 1.1b): the page writes a row for any number; a worker looks up the number's login."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction

from accounts.models import AccountStatus, PasswordRequest, TemporaryPassword, User
from accounts.services import account_letters, audit, budgets, passwords
from sipcabinet.lib import clock, durable

log = structlog.get_logger(__name__)
DRAIN_TASK = "accounts.drain_password_requests"
LIMIT_PERIOD = timedelta(hours=1)


def ask(*, phone: str, address: str) -> None:
    """Stores the request without looking up the number. Raises ThrottledError, which never depends on the number."""
    budgets.of_forgotten(address=address)
    with transaction.atomic():
        PasswordRequest.objects.create(phone=phone, address=address)
        durable.hint(DRAIN_TASK)


def answer(request: PasswordRequest) -> None:
    """Sends a temporary password to the registered E-mail, if the number has a login and is within the hourly limit.

    Locks the login, so that requests for one number are counted one after another. Stores the password, its letter and
    the outcome in one transaction.
    """
    with transaction.atomic():
        user = _entitled(request.phone)
        sent = user is not None and not _had_enough(user)
        if user is not None and sent:
            _send(user, request)
        durable.finish(request)
    log.info("password_request.answered", request_id=request.pk, sent=sent)


def _entitled(phone: str) -> User | None:
    """An open login of an account that is not closed (only trunks have logins). Staff get no temporary passwords."""
    logins = User.objects.select_for_update(of=("self",)).select_related("account__customer")
    return logins.filter(phone=phone, is_active=True, account__status=AccountStatus.ACTIVE).first()


def _had_enough(user: User) -> bool:
    issued = TemporaryPassword.objects.filter(user=user, issued_at__gt=clock.now() - LIMIT_PERIOD)
    most: int = settings.TEMPORARY_PASSWORDS_PER_HOUR
    return issued.count() >= most


def _send(user: User, request: PasswordRequest) -> None:
    text, temporary = passwords.issue_temporary(user=user)
    account_letters.temporary_password(
        user=user, text=text, temporary=temporary, dedupe_key=f"password_request:{request.pk}"
    )
    audit.record(
        action=audit.Action.TEMPORARY_PASSWORD_SENT,
        account=user.account,
        summary=f"{audit.Action.TEMPORARY_PASSWORD_SENT.label}: {user}",
        details={"user_id": user.pk, "request_id": request.pk},
        address=request.address,
    )
