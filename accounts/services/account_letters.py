"""Letters of the accounts app to the registered E-mail, and to no other address (1.1b)."""

from contextlib import suppress

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Account, TemporaryPassword, User, WrittenApplication
from notifications.services import letters
from sipcabinet.lib import clock, phones, requests

log = structlog.get_logger(__name__)


def temporary_password(*, user: User, text: str, temporary: TemporaryPassword, dedupe_key: str) -> None:
    """Queues the sealed letter with a temporary password, in the caller's transaction."""
    account = user.account
    if account is None:
        return
    letters.write(
        kind="temporary_password",
        recipient=account.cabinet_email,
        account_id=account.pk,
        context={
            "password": text,
            "phone": phones.display(user.phone),
            "expires_at": temporary.expires_at,
            "url": settings.SITE_URL + reverse("accounts:sign_in"),
        },
        sealed=True,
        dedupe_key=dedupe_key,
    )


def email_changed(*, account: Account, former: str) -> None:
    """Notifies the former and the new address that the operator changed the registered E-mail.

    The letter to the former address does not show the new one: the former mailbox may be in the wrong hands.
    """
    context = {"number": account.number, "at": clock.now()}
    letters.write(
        kind="email_changed",
        recipient=account.cabinet_email,
        account_id=account.pk,
        context={**context, "email": account.cabinet_email},
    )
    with suppress(letters.LetterError):  # the former address may be invalid: a reason for the change
        letters.write(kind="email_changed", recipient=former, account_id=account.pk, context={**context, "email": ""})


def application_refused(*, application: WrittenApplication) -> None:
    """Tells the registered E-mail that the operator refuses a written application, and why; in the caller's
    transaction. Writes nothing if no E-mail is known, or it is written wrongly: staff tell the customer themselves."""
    account = application.account
    if not account.cabinet_email:
        return
    try:
        letters.write(
            kind="application_refused",
            recipient=account.cabinet_email,
            account_id=account.pk,
            context={"application": application, "account": account},
            dedupe_key=f"application:{application.pk}:refused",
        )
    except letters.LetterError as refusal:
        log.warning("application.letter_refused", application_id=application.pk, code=refusal.code)


def credentials_changed(*, user: User, kind: str, request: HttpRequest | None) -> None:
    """Notifies that a password or the second factor was changed, when and from where; `request` None: staff did it.

    Logins of staff have no registered E-mail, so they get no letter.
    """
    account = user.account
    if account is None:
        return
    letters.write(
        kind=kind,
        recipient=account.cabinet_email,
        account_id=account.pk,
        context={
            "phone": phones.display(user.phone),
            "at": clock.now(),
            "address": requests.client_address(request) if request else "",
            "url": settings.SITE_URL + reverse("accounts:forgot"),
        },
    )
