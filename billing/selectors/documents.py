"""Created files that an account may download (2.3.2, 2.5)."""

from accounts.models import Account
from billing.models import Document
from sipcabinet.lib import tenancy


def of_order(account: Account, number: str) -> Document | None:
    """The file of the account's order with that number; None until it is created."""
    return tenancy.of(account).rows(Document).filter(order__number=number).first()


def by_id(account: Account, document_id: str) -> Document | None:
    """The account's document with that id; None for another account's, as for a missing one."""
    if not document_id.isascii() or not document_id.isdecimal():
        return None
    return tenancy.of(account).rows(Document).filter(pk=int(document_id)).select_related("order").first()
