"""The ledger: what was booked on an account, never changed; the balance is its sum (2.1).

Whoever writes a fact (an invoice, a payment, a correction) books it here in the same transaction. What is booked
against the customer becomes a debt with a due day.
"""

from datetime import date
from decimal import Decimal

from django.conf import settings

from accounts.models import Account
from billing.models import Correction, Debt, EntryKind, Invoice, LedgerEntry
from billing.services import debt_notices
from sipcabinet.lib import clock, locks


def book(
    *,
    account: Account,
    kind: EntryKind,
    amount: Decimal,
    booked_on: date,
    title: str,
    source_key: str,
    due_on: date | None = None,
    invoice: Invoice | None = None,
    correction: Correction | None = None,
) -> LedgerEntry:
    """Adds a line, BYN: positive in the customer's favour. Inside the transaction of its fact.

    A line below zero is a Debt too, of `invoice` or `correction`: due on `due_on` where the document itself names the
    day, else DEBT_NOTICE from today; whoever books it has its letter written by `debt_notices.tell`, else the next run
    of dunning does. `source_key` names the fact, such as `invoice:12`; booking it twice raises IntegrityError.
    """
    entry = LedgerEntry.objects.create(
        account=account, kind=kind, amount=amount, booked_on=booked_on, title=title, source_key=source_key
    )
    if amount < 0:
        Debt.objects.create(
            account=account,
            entry=entry,
            invoice=invoice,
            correction=correction,
            amount=-amount,
            due_on=due_on or clock.today() + settings.DEBT_NOTICE,
        )
    return entry


def open_balance(*, account: Account, amount: Decimal, booked_on: date, title: str) -> LedgerEntry:
    """The balance an account comes with from an older system, BYN: negative is a debt (4.11). Once for an account.

    What is to be paid of a debt is told by a letter. Holds the account's money until the caller's transaction ends.
    """
    lock(account)
    entry = book(
        account=account,
        kind=EntryKind.OPENING,
        amount=amount,
        booked_on=booked_on,
        title=title,
        source_key=f"opening:{account.pk}",
    )
    debt_notices.tell(account=account)
    return entry


def lock(account: Account) -> None:
    """Holds the account's money until the caller's transaction ends, so that what it reads of it stays true.

    Taken first by everything that decides by the balance: issuing, booking payments, guarantees, restriction. An
    advisory lock, since a customer's page may update no account.
    """
    locks.hold(f"money of account {account.pk}")
