"""Beginning and ending of sessions (1.2, 1.3)."""

import uuid
from datetime import datetime, timedelta
from typing import cast

import django_otp
import structlog
from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest
from django_otp.models import Device

from accounts.models import Session, User
from accounts.services import known_devices
from accounts.sessions import SessionStore
from sipcabinet.lib import clock

log = structlog.get_logger(__name__)
MUST_CHANGE_PASSWORD = "must_change_password"  # noqa: S105 - a key of the session
SECOND_FACTOR_DUE = "second_factor_due"
NEW_KEY = "new_second_factor_key"
STEPPED_UP = "stepped_up_at"


def begin(*, request: HttpRequest, user: User, temporary: bool, second_factor: bool) -> None:
    """Signs the browser in under a new key, for SESSION_LIFETIME at most.

    Stores in the session which steps are still missing (a new password, a code): pages open after these steps.
    """
    request.session.flush()
    auth.login(request, user)
    request.session.set_expiry(clock.now() + settings.SESSION_LIFETIME)
    if temporary:
        request.session[MUST_CHANGE_PASSWORD] = True
    if second_factor:
        request.session[SECOND_FACTOR_DUE] = True
    log.info("session.begun", user_id=user.pk, temporary=temporary)


def go_on_alone(*, request: HttpRequest, user: User) -> None:
    """After a change of the password: gives this session a new key and ends all other sessions of the login."""
    request.session.pop(MUST_CHANGE_PASSWORD, None)
    request.session.pop(NEW_KEY, None)
    request.session.pop(STEPPED_UP, None)
    auth.update_session_auth_hash(request, user)
    request.session.save()
    end_others(user=user, keep=store(request).public_id)


def prove(*, request: HttpRequest, device: Device) -> None:
    """After a correct second factor: lets the session open pages, under a new key."""
    request.session.pop(SECOND_FACTOR_DUE, None)
    request.session.pop(NEW_KEY, None)
    request.session.pop(STEPPED_UP, None)
    django_otp.login(request, device)
    request.session.cycle_key()


def step_up(*, request: HttpRequest) -> None:
    """After a repeated password and code: the session may change rights for STEP_UP_LIFETIME, under a new key."""
    request.session[STEPPED_UP] = clock.now().isoformat()
    request.session.cycle_key()


def is_stepped_up(request: HttpRequest) -> bool:
    """Whether the user of this session repeated password and code less than STEP_UP_LIFETIME ago."""
    since: str = request.session.get(STEPPED_UP) or ""
    lifetime: timedelta = settings.STEP_UP_LIFETIME
    return bool(since) and clock.now() - datetime.fromisoformat(since) < lifetime


def step_up_minutes() -> int:
    """How long a step-up is valid, in minutes, for the text of pages."""
    return max(1, round(settings.STEP_UP_LIFETIME.total_seconds() / 60))


def show_key(request: HttpRequest, pk: int) -> None:
    """Stores in the session the id of a new key of the second factor, and the time. Call it after the user has given
    the password.
    """
    request.session[NEW_KEY] = [pk, clock.now().isoformat()]


def new_key(request: HttpRequest, *, within: timedelta) -> int | None:
    """The id of the new key stored by `show_key`, or None if it was stored longer than `within` ago."""
    pk, since = request.session.get(NEW_KEY) or (None, "")
    return pk if since and clock.now() - datetime.fromisoformat(since) <= within else None


def must_change_password(request: HttpRequest) -> bool:
    """Whether the session began with a temporary password that has not been replaced yet (1.1c)."""
    return bool(request.session.get(MUST_CHANGE_PASSWORD))


def second_factor_due(request: HttpRequest) -> bool:
    """Whether the session still waits for the second factor's code after a correct password."""
    return bool(request.session.get(SECOND_FACTOR_DUE))


def end(*, user: User, public_id: uuid.UUID) -> bool:
    """Ends one session of the login; False if the login has no such session."""
    return bool(Session.objects.filter(user=user, public_id=public_id).delete()[0])


def end_others(*, user: User, keep: uuid.UUID | None = None) -> int:
    """Ends all sessions of the login except `keep` and makes all devices unknown; returns how many sessions ended."""
    others = Session.objects.filter(user=user)
    if keep is not None:
        others = others.exclude(public_id=keep)
    with transaction.atomic():
        known_devices.forget(user=user)
        return others.delete()[0]


def store(request: HttpRequest) -> SessionStore:
    """The request's session with its real type."""
    return cast(SessionStore, request.session)
