"""Logins of a customer with their live sessions, and the newest attempts to sign in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, F, OuterRef, Subquery

from accounts.models import Customer, Session, SignIn, User
from accounts.selectors.devices import describe
from desk.selectors.of_each import first_of_each
from sipcabinet.lib import clock

LOGINS, ATTEMPTS = 5, 5


@dataclass(frozen=True, slots=True)
class Login:
    """A login with the count of its live sessions; `seen_at` is the last use of the newest one."""

    user: User
    sessions: int
    seen_at: datetime | None
    device: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to sign in, with the login's number and name."""

    at: datetime
    phone: str
    name: str
    address: str
    device: str
    outcome: str
    is_refusal: bool


def logins(customer: Customer) -> Sequence[Login]:
    """The customer's first logins: open ones first, the latest used first; one query. Reads no password and no key."""
    now = clock.now()
    live = Session.objects.filter(
        user=OuterRef("pk"), expire_date__gt=now, last_seen_at__gt=now - settings.SESSION_IDLE
    ).order_by()
    newest = live.order_by("-last_seen_at")
    rows: Any = (
        User.objects.filter(account__customer=customer)
        .defer("password")
        .select_related("account")
        .annotate(
            live=Subquery(live.values("user").annotate(count=Count("pk")).values("count")),
            seen_at=Subquery(newest.values("last_seen_at")[:1]),
            agent=Subquery(newest.values("user_agent")[:1]),
        )
        .order_by("-is_active", F("last_login").desc(nulls_last=True), "phone")
    )
    return [Login(row, row.live or 0, row.seen_at, describe(row.agent) if row.live else "") for row in rows[:LOGINS]]


def attempts(customer: Customer) -> Sequence[Attempt]:
    """The newest attempts of all the customer's logins; one query."""
    users = User.objects.filter(account__customer=customer)
    newest = first_of_each(users, SignIn.objects.all(), by="user", order=("-at", "-pk"), count=ATTEMPTS)
    rows = SignIn.objects.filter(pk__in=newest).select_related("user").defer("user__password")
    return [_attempt(row) for row in rows.order_by("-at", "-pk")[:ATTEMPTS]]


def _attempt(row: SignIn) -> Attempt:
    phone, name = (row.user.phone, row.user.name) if row.user else ("", "")
    return Attempt(
        row.at, phone, name, row.address, describe(row.user_agent), str(row.get_outcome_display()), row.is_refusal
    )
