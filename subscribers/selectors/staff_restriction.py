"""Restrictions of outgoing calls that staff made for a whole account (4.1, 4.8)."""

from accounts.models import Account
from sipcabinet.lib import tenancy
from subscribers.models import StaffRestriction


def in_force(account: Account) -> StaffRestriction | None:
    """The restriction by staff that bars the account's calls now; None if there is none."""
    return tenancy.of(account).rows(StaffRestriction).filter(lifted_at__isnull=True).first()
