"""The ledger: what was booked on an account, never changed; the balance is its sum (2.1).

Whoever writes a fact (an invoice, a payment, a correction) books it here in the same transaction.
"""

from datetime import date
from decimal import Decimal

from django.db import connection

from accounts.models import Account
from billing.models import EntryKind, LedgerEntry


def book(
    *, account: Account, kind: EntryKind, amount: Decimal, booked_on: date, title: str, source_key: str
) -> LedgerEntry:
    """Adds a line, BYN: positive in the customer's favour. Inside the transaction of its fact.

    `source_key` names the fact, such as `invoice:12`; booking it twice raises IntegrityError.
    """
    return LedgerEntry.objects.create(
        account=account, kind=kind, amount=amount, booked_on=booked_on, title=title, source_key=source_key
    )


def open_balance(*, account: Account, amount: Decimal, booked_on: date, title: str) -> LedgerEntry:
    """The balance an account comes with from an older system, BYN: negative is a debt (4.11). Once for an account."""
    return book(
        account=account,
        kind=EntryKind.OPENING,
        amount=amount,
        booked_on=booked_on,
        title=title,
        source_key=f"opening:{account.pk}",
    )


def lock(account: Account) -> None:
    """Holds the account's money until the caller's transaction ends, so that what it reads of it stays true.

    Taken first by everything that decides by the balance: issuing, booking payments, guarantees, restriction. An
    advisory lock, since a customer's page may update no account.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"money of account {account.pk}"])
