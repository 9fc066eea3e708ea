"""«Безопасность» (1.3): the sign-ins and sessions of one login."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Session, SignIn, User
from accounts.selectors.devices import describe
from sipcabinet.lib import clock, tenancy

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
    live = _sessions_of(user).filter(expire_date__gt=now, last_seen_at__gt=now - settings.SESSION_IDLE)
    rows = live.order_by("-last_seen_at").values_list(
        "public_id", "started_at", "last_seen_at", "address", "user_agent"
    )
    found = [
        ActiveSession(key, started, seen, address or "", describe(agent), key == current)
        for key, started, seen, address, agent in rows
    ]
    return sorted(found, key=lambda session: not session.current)


def sign_ins(user: User) -> list[Attempt]:
    """The LATEST last attempts of the login, newest first."""
    rows = tenancy.of(user.account).rows(SignIn) if user.account else SignIn.objects.all()
    return [
        Attempt(row.at, row.address, describe(row.user_agent), row.get_outcome_display(), row.is_refusal)
        for row in rows.filter(user=user).order_by("-at", "-pk")[:LATEST]
    ]


def second_factor(user: User) -> SecondFactor:
    """Whether the second factor is on, and how many recovery codes are left; reads no secret."""
    return SecondFactor(
        on=TOTPDevice.objects.filter(user=user, confirmed=True).exists(),
        codes_left=StaticToken.objects.filter(device__user=user).count(),
    )


def _sessions_of(user: User) -> QuerySet[Session]:
    rows = tenancy.of(user.account).rows(Session) if user.account else Session.objects.all()
    return rows.filter(user=user)
