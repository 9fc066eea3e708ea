"""Exemptions from restriction for debt: which one is in force, and the first day that none covers (4.8)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Account
from billing.models import DunningExemption
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.prepared import Prepared
from sipcabinet.lib.tenancy import HasId

DAY = timedelta(days=1)


def on(day: date) -> QuerySet[DunningExemption]:
    """Exemptions of all accounts that cover the day."""
    return DunningExemption.objects.filter(withdrawn_at__isnull=True, since__lte=day, until__gte=day)


def covers(day: date) -> Exists:
    """The condition, in a query of accounts, that an exemption covers the day."""
    return Exists(on(day).filter(account=OuterRef("pk")))


def in_force(account: Account) -> DunningExemption | None:
    """The account's exemption that covers today."""
    found: DunningExemption | None = _IN_FORCE.first(account.pk, clock.today())
    return found


def _on(account: HasId, day: Any) -> QuerySet[DunningExemption]:
    rows = tenancy.of(account).rows(DunningExemption).filter(withdrawn_at__isnull=True, since__lte=day, until__gte=day)
    return rows.order_by("pk")[:1]


_IN_FORCE = Prepared(_on, 2)


def first_after(account: Account, day: date) -> date:
    """The day itself, or the first day after the exemption in force if that one covers it."""
    exemption = in_force(account)
    return max(day, exemption.until + DAY) if exemption is not None else day


def history(accounts: Sequence[int]) -> list[DunningExemption]:
    """Exemptions of these accounts (ids), the newest first."""
    rows = DunningExemption.objects.filter(account__in=accounts).select_related("granted_by", "withdrawn_by", "account")
    return list(rows.order_by("-granted_at", "-pk"))
