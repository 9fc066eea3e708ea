"""акт сверки: everything booked on an account over a period, between two balances (2.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from accounts.models import Account
from billing.models import LedgerEntry
from billing.selectors import balance, debts
from billing.selectors.debts import Owed
from sipcabinet.lib import tenancy
from sipcabinet.lib.prepared import Prepared

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class ReconciliationLine:
    """A document, BYN: the debit is what the customer owes by it, the credit what it takes off the debt."""

    day: date
    title: str
    debit: Decimal
    credit: Decimal

    @classmethod
    def of(cls, entry: LedgerEntry) -> "ReconciliationLine":
        return cls(entry.booked_on, entry.title, max(ZERO, -entry.amount), max(ZERO, entry.amount))


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The entries of the days `[start, end]`, and the documents unpaid at the end of `end`, by what was booked up to
    then. A balance below zero is the customer's debt."""

    start: date
    end: date
    opening: Decimal
    entries: Sequence[ReconciliationLine]
    unpaid: Sequence[Owed] = ()

    @property
    def debit(self) -> Decimal:
        """Turnover, BYN: the sum of all debits."""
        return sum((entry.debit for entry in self.entries), ZERO)

    @property
    def credit(self) -> Decimal:
        """Turnover, BYN: the sum of all credits (payments and reductions)."""
        return sum((entry.credit for entry in self.entries), ZERO)

    @property
    def closing(self) -> Decimal:
        return self.opening + self.credit - self.debit

    @property
    def opening_debit(self) -> Decimal:
        return max(ZERO, -self.opening)

    @property
    def opening_credit(self) -> Decimal:
        return max(ZERO, self.opening)

    @property
    def closing_debit(self) -> Decimal:
        return max(ZERO, -self.closing)

    @property
    def closing_credit(self) -> Decimal:
        return max(ZERO, self.closing)


def of(account: Account, start: date, end: date) -> Reconciliation:
    """The account's reconciliation of a period; in 4 queries."""
    rows = _ENTRIES.rows(account.pk, start, end)
    opening = balance.balance(account, until=start - timedelta(days=1))
    unpaid = [one for one in debts.of(account, until=end) if not one.is_paid]
    return Reconciliation(start, end, opening, [ReconciliationLine.of(row) for row in rows], unpaid)


_ENTRIES = Prepared(
    lambda account, start, end: (
        tenancy.of(account).rows(LedgerEntry).filter(booked_on__range=(start, end)).order_by("booked_on", "pk")
    ),
    3,
)
