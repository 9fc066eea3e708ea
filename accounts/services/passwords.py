"""Temporary and permanent passwords (1.1b, 1.1c)."""

import re
import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import TemporaryPassword, User
from accounts.services import account_letters, audit, sessions
from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without characters that look alike: 0 O, 1 I L
GROUPS, GROUP_LENGTH = 3, 4  # 31 ** 12 passwords: 59 bits


class PasswordError(DomainError):
    """The new password is not allowed."""

    code = "password.refused"


def new_temporary() -> str:
    """A random password that is easy to read in a letter and to type: `K7PD-4MXR-W2TH`."""
    groups = ("".join(secrets.choice(ALPHABET) for _place in range(GROUP_LENGTH)) for _group in range(GROUPS))
    return "-".join(groups)


def normalised(typed: str) -> str:
    """The typed temporary password in one form: without hyphens and spaces, in capitals."""
    return re.sub(r"[\s\u2010-\u2015-]+", "", typed).upper()


def looks_temporary(typed: str) -> bool:
    """Whether the typed text could be a temporary password, in any spelling."""
    text = normalised(typed)
    return len(text) == GROUPS * GROUP_LENGTH and set(text) <= set(ALPHABET)


def issue_temporary(*, user: User) -> tuple[str, TemporaryPassword]:
    """Creates the only valid temporary password of a login and returns its text, which is not stored, and its row.

    Locks the login's row. The permanent password stays valid too.
    """
    text, now = new_temporary(), clock.now()
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        void_temporary(user=user)
        temporary = TemporaryPassword.objects.create(
            user=user,
            password=make_password(normalised(text)),
            issued_at=now,
            expires_at=now + settings.TEMPORARY_PASSWORD_LIFETIME,
        )
    return text, temporary


def void_temporary(*, user: User) -> None:
    """Voids the unused temporary passwords of a login."""
    unused = TemporaryPassword.objects.filter(user=user, used_at__isnull=True, voided_at__isnull=True)
    unused.update(voided_at=clock.now())


def spend(temporary: TemporaryPassword) -> bool:
    """Marks a temporary password as used. Of several simultaneous calls only one returns True."""
    now = clock.now()
    live = TemporaryPassword.objects.filter(pk=temporary.pk, used_at__isnull=True, voided_at__isnull=True)
    return live.filter(expires_at__gt=now).update(used_at=now) == 1


def change(*, request: HttpRequest, user: User, password: str) -> None:
    """Sets a permanent password that passed the validators, and ends every other session of the login.

    Notifies the registered E-mail; the session of `request` continues under a new key. Raises PasswordError for the
    current permanent password and for the latest temporary one (a letter contained it).
    """
    _refuse_known(user, password)
    with transaction.atomic():
        user.set_password(password)
        user.password_changed_at = clock.now()
        user.save(update_fields=["password", "password_changed_at"])
        void_temporary(user=user)
        sessions.go_on_alone(request=request, user=user)
        audit.record(action=audit.Action.PASSWORD_CHANGED, user=user, request=request)
        account_letters.credentials_changed(user=user, kind="password_changed", request=request)


def _refuse_known(user: User, password: str) -> None:
    if check_password(password, user.password):
        raise PasswordError(_("Новый пароль совпадает с текущим. Придумайте другой."))
    latest: Any = TemporaryPassword.objects.filter(user=user).order_by("-issued_at").first()
    if latest is not None and check_password(normalised(password), latest.password):
        raise PasswordError(_("Временный пароль не может стать постоянным. Придумайте другой."))
