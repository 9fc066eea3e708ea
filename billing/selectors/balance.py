"""The balance of an account (2.1). Which documents are unpaid: see selectors/debts.py."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from accounts.models import Account
from billing.models import LedgerEntry
from sipcabinet.lib import tenancy
from sipcabinet.lib.prepared import Prepared
from sipcabinet.lib.tenancy import HasId

ZERO = Decimal("0.00")


def balance(account: Account, until: date | None = None) -> Decimal:
    """сальдо, BYN: payments − issued invoices; a debt is negative. With `until`: the balance at the end of that day."""
    found = _SUM.first(account.pk) if until is None else _SUM_UNTIL.first(account.pk, until)
    return found[0] if found else ZERO


def sum_of(account: HasId, *until: Any) -> QuerySet[LedgerEntry, Any]:
    """The balance as a query of one row and one column, or of none; `until` as in `balance`."""
    rows = tenancy.of(account).rows(LedgerEntry).order_by()
    if until:
        rows = rows.filter(booked_on__lte=until[0])
    return rows.values("account").annotate(sum=Sum("amount")).values_list("sum")


_SUM, _SUM_UNTIL = Prepared(sum_of, 1), Prepared(sum_of, 2)


def to_pay(account: Account) -> Decimal:
    """сумма к оплате, BYN: the unpaid total of all documents."""
    return to_pay_of(balance(account))


def to_pay_of(standing: Decimal) -> Decimal:
    """сумма к оплате, BYN, of a balance."""
    return max(ZERO, -standing)
