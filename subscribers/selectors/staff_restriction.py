"""Restrictions of outgoing calls that staff made for a whole account (4.1, 4.8)."""

from django.db.models import Q

from accounts.models import Account
from sipcabinet.lib import tenancy
from sipcabinet.lib.periods import Month
from subscribers.models import StaffRestriction


def in_force(account: Account) -> StaffRestriction | None:
    """The restriction by staff that bars the account's calls now; None if there is none."""
    return tenancy.of(account).rows(StaffRestriction).filter(lifted_at__isnull=True).first()


def suspended_in(month: Month) -> int:
    """How many accounts were suspended at their customers' request on some day of the month, for the operator."""
    overlapping = Q(lifted_at__isnull=True) | Q(lifted_at__gt=month.start)
    rows = StaffRestriction.objects.filter(overlapping, at_request=True, started_at__lt=month.end)
    return rows.values("account").distinct().count()
