"""What a customer still owes when his account closes: the charges that no invoice has yet, and the balance (4.11)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounts.models import Account
from billing.models import Invoice
from billing.selectors import balance
from billing.selectors.balance import ZERO
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.money import Taxed
from sipcabinet.lib.periods import Month
from subscribers.charges import GROUPS, ChargeKind
from subscribers.selectors import charges

MONTHS = 3  # the current one and two before it; earlier months have been invoiced long ago


@dataclass(frozen=True, slots=True)
class Line:
    """Charges of one kind of all numbers in a month, BYN."""

    title: str
    sums: Taxed


@dataclass(frozen=True, slots=True)
class MonthToInvoice:
    """A month without an invoice: its charges up to today."""

    month: Month
    lines: Sequence[Line]

    @property
    def sums(self) -> Taxed:
        return Taxed.sum_of(line.sums for line in self.lines)


@dataclass(frozen=True, slots=True)
class LastInvoice:
    """The months to invoice, oldest first; `trouble` says why they cannot be counted. `balance` is today's, BYN."""

    months: Sequence[MonthToInvoice]
    balance: Decimal
    trouble: str = ""

    @property
    def sums(self) -> Taxed:
        return Taxed.sum_of(one.sums for one in self.months)

    @property
    def after(self) -> Decimal:
        """The balance after the last invoice: a debt is negative, the rest is to be returned."""
        return self.balance - self.sums.gross

    @property
    def to_pay(self) -> Decimal:
        return max(ZERO, -self.after)

    @property
    def to_return(self) -> Decimal:
        return max(ZERO, self.after)


def of(account: Account) -> LastInvoice:
    """The charges up to today that no invoice has; some six queries for each of MONTHS."""
    issued = set(Invoice.objects.filter(account=account).values_list("month", flat=True))
    months = [month for month in reversed(Month.current().last(MONTHS)) if month.first_day not in issued]
    now = balance.balance(account)
    try:
        found = [_month(account, month) for month in months]
    except DomainError as refusal:
        return LastInvoice([], now, refusal.message)
    return LastInvoice([one for one in found if one.lines], now)


def _month(account: Account, month: Month) -> MonthToInvoice:
    sums: dict[ChargeKind, list[Taxed]] = defaultdict(list)
    for of_number in charges.of_account(account, month).values():
        for group in of_number.groups:
            sums[group.kind].append(group.taxed)
    lines = [Line(str(GROUPS[kind]), Taxed.sum_of(sums[kind])) for kind in ChargeKind if kind in sums]
    return MonthToInvoice(month, lines)
