"""The balance of an account (2.1). Which documents are unpaid: see selectors/debts.py."""

from datetime import date
from decimal import Decimal

from django.db.models import Sum

from accounts.models import Account
from billing.models import LedgerEntry
from sipcabinet.lib import tenancy

ZERO = Decimal("0.00")


def balance(account: Account, until: date | None = None) -> Decimal:
    """сальдо, BYN: payments − issued invoices; a debt is negative. With `until`: the balance at the end of that day."""
    rows = tenancy.of(account).rows(LedgerEntry)
    if until is not None:
        rows = rows.filter(booked_on__lte=until)
    return rows.aggregate(sum=Sum("amount"))["sum"] or ZERO


def to_pay(account: Account) -> Decimal:
    """сумма к оплате, BYN: the unpaid total of all documents."""
    return max(ZERO, -balance(account))
