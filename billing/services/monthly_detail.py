"""«Ежемесячная детализация»: the report of a closed month for subscribers with the service (3.2, 4.7)."""

from accounts.models import Account
from billing.models import DocumentOrder, OrderKind
from billing.selectors import monthly_detail
from billing.services import orders
from sipcabinet.lib.periods import Month


def order_for(*, account: Account, month: Month) -> DocumentOrder | None:
    """Orders the account's report of a closed month, due at once; a second call returns the same order.

    None if no subscriber had the service in that month. Runs in the caller's transaction.
    """
    terms = monthly_detail.terms(account, month)
    if terms is None:
        return None
    key = f"{OrderKind.MONTHLY_DETAIL.value}:{account.pk}:{month.code}"
    return orders.place(account=account, kind=OrderKind.MONTHLY_DETAIL, terms=terms, dedupe_key=key)
