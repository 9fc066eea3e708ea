"""What an account has and owes: the balance, and which invoices it leaves unpaid, the oldest being paid first (2.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from accounts.models import Account
from billing.models import CorrectionLine, Invoice, LedgerEntry
from sipcabinet.lib import clock, tenancy

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Settled:
    """An invoice and how much of it is paid, BYN. `total` counts its corrections in."""

    invoice: Invoice
    total: Decimal
    unpaid: Decimal

    @property
    def paid(self) -> Decimal:
        return self.total - self.unpaid

    @property
    def is_paid(self) -> bool:
        return self.unpaid <= 0

    @property
    def is_overdue(self) -> bool:
        """Its day has passed and something is still to be paid."""
        return not self.is_paid and self.invoice.due_on < clock.today()


def balance(account: Account, until: date | None = None) -> Decimal:
    """сальдо, BYN: payments − issued invoices; negative is a debt. With `until`, of the end of that day."""
    rows = tenancy.of(account).rows(LedgerEntry)
    if until is not None:
        rows = rows.filter(booked_on__lte=until)
    return rows.aggregate(sum=Sum("amount"))["sum"] or ZERO


def settled(account: Account) -> list[Settled]:
    """The account's invoices, newest first. What is owed lies on the newest ones: the oldest are paid first.

    In 3 queries.
    """
    invoices = tenancy.of(account).rows(Invoice).order_by("-month").select_related("act")
    return settle(list(invoices), _corrections(account), balance(account))


def settle(invoices: Sequence[Invoice], corrections: dict[int, Decimal], standing: Decimal) -> list[Settled]:
    """Spreads the debt of a balance over invoices, newest first; a debt older than all of them lies on none."""
    left, found = max(ZERO, -standing), []
    for invoice in invoices:
        total = invoice.total + corrections.get(invoice.pk, ZERO)
        unpaid = min(left, max(ZERO, total))
        left -= unpaid
        found.append(Settled(invoice, total, unpaid))
    return found


def to_pay(account: Account) -> Decimal:
    """сумма к оплате, BYN."""
    return max(ZERO, -balance(account))


def _corrections(account: Account) -> dict[int, Decimal]:
    rows = (
        tenancy.of(account).rows(CorrectionLine).values_list("correction__invoice_id").annotate(Sum("net"), Sum("vat"))
    )
    return {invoice_id: net + vat for invoice_id, net, vat in rows}
