"""«Безопасность» (1.3): the sign-ins and sessions of one login."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Model, QuerySet
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Session, SignIn, User
from accounts.selectors.devices import describe
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.prepared import Prepared

LATEST = 10


@dataclass(frozen=True, slots=True)
class ActiveSession:
    """A browser that is signed in. The session's key is never read."""

    public_id: UUID
    started_at: datetime
    last_seen_at: datetime
    address: str
    device: str
    current: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """A successful or refused sign-in."""

    at: datetime
    address: str
    device: str
    outcome: str
    refused: bool


@dataclass(frozen=True, slots=True)
class SecondFactor:
    on: bool
    codes_left: int


def sessions(user: User, *, current: UUID | None) -> list[ActiveSession]:
    """Live sessions of the login: the current one first, then the latest used."""
    now = clock.now()
    rows = _asked(_SESSIONS, user, now, now - settings.SESSION_IDLE)
    found = [
        ActiveSession(key, started, seen, address or "", describe(agent), key == current)
        for key, started, seen, address, agent in rows
    ]
    return sorted(found, key=lambda session: not session.current)


def sign_ins(user: User) -> list[Attempt]:
    """The LATEST last attempts of the login, newest first."""
    return [
        Attempt(row.at, row.address, describe(row.user_agent), row.get_outcome_display(), row.is_refusal)
        for row in _asked(_SIGN_INS, user)
    ]


def second_factor(user: User) -> SecondFactor:
    """Whether the second factor is on, and how many recovery codes are left; reads no secret."""
    return SecondFactor(
        on=bool(_DEVICES.rows(user.pk)),
        codes_left=len(_CODES.rows(user.pk)),
    )


def _asked(queries: dict[bool, Prepared], user: User, *values: Any) -> list[Any]:
    """The rows of a login: of a customer's among those of the account, of a staff member's among all."""
    account = user.account_id
    return queries[False].rows(user.pk, *values) if account is None else queries[True].rows(account, user.pk, *values)


def _both(build: Callable[..., QuerySet[Any, Any]], model: type[Model], count: int) -> dict[bool, Prepared]:
    """A query of `count` values, by whether the login belongs to an account."""
    return {
        True: Prepared(lambda account, *values: build(tenancy.of(account).rows(model), *values), count + 1),
        False: Prepared(lambda *values: build(model._default_manager.all(), *values), count),
    }


def _live(rows: QuerySet[Any], user: Any, now: Any, idle_since: Any) -> QuerySet[Any, Any]:
    live = rows.filter(user=user, expire_date__gt=now, last_seen_at__gt=idle_since).order_by("-last_seen_at")
    return live.values_list("public_id", "started_at", "last_seen_at", "address", "user_agent")


_SESSIONS = _both(_live, Session, 3)
_SIGN_INS = _both(lambda rows, user: rows.filter(user=user).order_by("-at", "-pk")[:LATEST], SignIn, 1)
_DEVICES = Prepared(lambda user: TOTPDevice.objects.filter(user=user, confirmed=True).values_list("pk")[:1], 1)
_CODES = Prepared(lambda user: StaticToken.objects.filter(device__user=user).values_list("pk"), 1)
