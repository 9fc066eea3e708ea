"""Made files, as far as an account may reach them (2.3.2, 2.5)."""

from accounts.models import Account
from billing.models import Document
from sipcabinet.lib import tenancy


def of_order(account: Account, number: str) -> Document | None:
    """The file of the account's order of that number, once it is made."""
    return tenancy.of(account).rows(Document).filter(order__number=number).first()


def by_id(account: Account, document_id: str) -> Document | None:
    """The account's document with that id; another account's is as good as missing."""
    if not document_id.isascii() or not document_id.isdecimal():
        return None
    return tenancy.of(account).rows(Document).filter(pk=int(document_id)).select_related("order").first()
