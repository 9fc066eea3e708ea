"""What follows from an account's debt and from paying it (4.8)."""

from accounts.models import Account
from billing.services import ledger


def after_payment(account: Account) -> None:
    """Looks at the account again once it owes less: inside the transaction of the payment, under the ledger's lock."""
    ledger.lock(account)
