"""Where an account stands with its money, for «Персональная информация» and the home page (2.1)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import structlog
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, Subquery, Sum, TextField
from django.db.models.functions import Cast, JSONObject

from accounts.models import Account
from billing.models import CorrectionLine, Invoice, LedgerEntry, Payment
from billing.selectors import balance
from billing.selectors.balance import ZERO, Settled
from sipcabinet.lib import tenancy
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from subscribers.models import AccountMonth, Charge, Subscriber
from subscribers.selectors import charges

log = structlog.get_logger(__name__)
MOST_SUBSCRIBERS = 300  # whose charges are counted while a page waits


@dataclass(frozen=True, slots=True)
class MonthSum:
    """What a month costs, BYN. Of a closed month it is final; else counted from what is known now.

    `known` is False where it is left uncounted: too many numbers for a page, or a price is missing.
    """

    month: Month
    net: Decimal = ZERO
    vat: Decimal = ZERO
    final: bool = False
    known: bool = True

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


class LastPayment(NamedTuple):
    """BYN, and the day it counts for."""

    amount: Decimal
    received_on: date


@dataclass(frozen=True, slots=True)
class Standing:
    """Balance and debt, BYN, and the invoices they come from, newest first. A negative balance is a debt."""

    balance: Decimal
    invoices: list[Settled]
    last_payment: LastPayment | None

    @property
    def to_pay(self) -> Decimal:
        """сумма к оплате: what all issued invoices leave unpaid."""
        return max(ZERO, -self.balance)

    @property
    def regular(self) -> Settled | None:
        """The newest invoice."""
        return self.invoices[0] if self.invoices else None

    @property
    def overdue(self) -> list[Settled]:
        """Unpaid invoices whose day has passed, oldest first."""
        return [one for one in reversed(self.invoices) if one.is_overdue]

    @property
    def overdue_sum(self) -> Decimal:
        return sum((one.unpaid for one in self.overdue), ZERO)


def of(account: Account) -> Standing:
    """In one query."""
    tenant = tenancy.of(account)
    corrections = tenant.rows(CorrectionLine).filter(correction__invoice=OuterRef("pk")).order_by()
    corrected = corrections.values("correction__invoice").annotate(sum=Sum(F("net") + F("vat"))).values("sum")
    invoices = tenant.rows(Invoice).order_by("-month").annotate(corrected=Subquery(corrected))
    entries = tenant.rows(LedgerEntry).order_by().values("account").annotate(sum=Sum("amount"))
    payments = tenant.rows(Payment).order_by("-received_on", "-pk")
    row = Account.objects.filter(pk=account.pk).values_list(
        Subquery(entries.values("sum")),
        ArraySubquery(invoices.values(json=_as_text("pk", "number", "month", "due_on", "total", "corrected"))),
        Subquery(payments.values(json=_as_text("amount", "received_on"))[:1]),
    )
    standing, told, paid = row.get()
    found = [_invoice(one) for one in told]
    corrected_by = {one["pk"]: one["corrected"] for one in told}
    sums = {invoice.pk: Decimal(corrected_by[str(invoice.pk)] or 0) for invoice in found}
    return Standing(standing or ZERO, balance.settle(found, sums, standing or ZERO), _payment(paid))


def _as_text(*fields: str) -> JSONObject:
    """Fields as JSON strings: as numbers, sums would come back as floats."""
    return JSONObject(**{name: Cast(F(name), TextField()) for name in fields})


def _invoice(told: dict[str, str]) -> Invoice:
    return Invoice(
        pk=int(told["pk"]),
        number=told["number"],
        month=date.fromisoformat(told["month"]),
        due_on=date.fromisoformat(told["due_on"]),
        total=Decimal(told["total"]),
    )


def _payment(told: dict[str, str] | None) -> LastPayment | None:
    return LastPayment(Decimal(told["amount"]), date.fromisoformat(told["received_on"])) if told else None


def month_sum(account: Account, month: Month) -> MonthSum:
    """What the month costs the whole account."""
    if tenancy.of(account).rows(AccountMonth).filter(month=month.first_day).exists():
        sums = tenancy.of(account).rows(Charge).filter(month=month.first_day).aggregate(net=Sum("net"), vat=Sum("vat"))
        return MonthSum(month, sums["net"] or ZERO, sums["vat"] or ZERO, final=True)
    if _numbers(account, month) > MOST_SUBSCRIBERS:
        return MonthSum(month, known=False)
    try:
        counted = charges.of_account(account, month).values()
    except DomainError as refusal:
        log.error("charges.unknown", account_id=account.pk, month=month.code, code=refusal.code)  # noqa: TRY400
        return MonthSum(month, known=False)
    return MonthSum(month, sum((one.net for one in counted), ZERO), sum((one.vat for one in counted), ZERO))


def _numbers(account: Account, month: Month) -> int:
    """How many of the account's numbers were there in the month, one more than a page counts at most."""
    there = Q(closed_at__isnull=True) | Q(closed_at__gte=month.start)
    rows = tenancy.of(account).rows(Subscriber).filter(there, connected_at__lt=month.end)
    return rows.order_by()[: MOST_SUBSCRIBERS + 1].count()
