"""Logins of a customer with their live sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, F, OuterRef, Subquery

from accounts.models import Customer, Session, User
from accounts.selectors.devices import describe
from sipcabinet.lib import clock

LOGINS = 5


@dataclass(frozen=True, slots=True)
class Login:
    """A login with the count of its live sessions; `seen_at` is the last use of the newest one."""

    user: User
    sessions: int
    seen_at: datetime | None
    device: str


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
