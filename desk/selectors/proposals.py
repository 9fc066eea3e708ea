"""Proposals of changes of money, page by page (4.12)."""

from billing.models import MoneyProposal, ProposalState
from sipcabinet.lib import keyset

PAGE_SIZE = 30
EVERY = "all"
OLDEST_FIRST, NEWEST_FIRST = ("proposed_at", "id"), ("-proposed_at", "-id")


def page(state: str, *, onward: str = "", back: str = "") -> keyset.Page[MoneyProposal]:
    """Those of a state (EVERY for all): waiting ones the oldest first, others the newest first."""
    rows = MoneyProposal.objects.select_related(
        "account__customer", "to_account__customer", "invoice", "proposed_by", "decided_by"
    )
    if state != EVERY:
        rows = rows.filter(state=state)
    order = OLDEST_FIRST if state == ProposalState.WAITING else NEWEST_FIRST
    return keyset.page(rows, order=order, size=PAGE_SIZE, onward=onward, back=back)
