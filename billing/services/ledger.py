"""The ledger of an account: booked entries never change; the balance is their sum (2.1).

Code that writes a document (an invoice, a payment, a correction) books it here in the same transaction. Entries
below zero become debts with a due day.
"""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Account
from billing.models import Correction, Debt, EntryKind, Invoice, LedgerEntry
from billing.services import new_debt_letters
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
    """Books an entry, BYN, positive in the customer's favour. Call it in the transaction that writes the document.

    An entry below zero also creates a Debt, of `invoice` or `correction`. It is due on `due_on` if the document itself
    names the day, otherwise DEBT_NOTICE from today; the letter about it is written by the caller
    (`new_debt_letters.tell`) or by the next dunning run. `source_key` names the source, such as `invoice:12`; booking a
    source twice raises IntegrityError.
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


def book_invoices(invoices: Sequence[Invoice]) -> None:
    """Books issued invoices with their debts, in the transaction that writes them; 2 queries."""
    entries = LedgerEntry.objects.bulk_create(_entry_of(invoice) for invoice in invoices)
    Debt.objects.bulk_create(
        Debt(account_id=entry.account_id, entry=entry, invoice=invoice, amount=-entry.amount, due_on=invoice.due_on)
        for invoice, entry in zip(invoices, entries, strict=True)
        if entry.amount < 0
    )


def _entry_of(invoice: Invoice) -> LedgerEntry:
    title = _("Счёт № %(number)s за %(month)s") % {"number": invoice.number, "month": invoice.period.label}
    return LedgerEntry(
        account_id=invoice.account_id, kind=EntryKind.INVOICE, amount=-invoice.total, booked_on=invoice.issued_on,
        title=title, source_key=f"invoice:{invoice.pk}",
    )  # fmt: skip


def open_balance(*, account: Account, amount: Decimal, booked_on: date, title: str) -> LedgerEntry:
    """Books the balance that an account brings from an older system, BYN; a debt is negative (4.11). Once per account.

    A letter reports what is to be paid. Locks the account's money until the caller's transaction ends.
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
    new_debt_letters.tell(account=account)
    return entry


def lock(account: Account) -> None:
    """Locks the account's money until the caller's transaction ends, so that balances read in it stay true.

    Everything that decides by the balance takes this lock first: issuing, booking payments, guarantees, restrictions.
    It is an advisory lock, because a customer's page may not update the account's row.
    """
    locks.hold(_name(account.pk))


def lock_free(accounts: Collection[int]) -> set[int]:
    """Locks the money of those of the accounts (primary keys) that nobody has locked, without waiting; returns them."""
    names = {_name(pk): pk for pk in accounts}
    return {names[name] for name in locks.hold_free(list(names))}


def _name(account_id: int) -> str:
    return f"money of account {account_id}"
