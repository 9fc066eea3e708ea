"""What the accounts room writes to the registered E-mail, and to no other address (1.1b)."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import TemporaryPassword, User
from notifications.services import letters
from sipcabinet.lib import clock, phones, requests


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


def credentials_changed(*, user: User, kind: str, request: HttpRequest) -> None:
    """Tells that a password or the second factor was changed, when and from where. Staff have no such address."""
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
            "address": requests.client_address(request),
            "url": settings.SITE_URL + reverse("accounts:forgot"),
        },
    )
