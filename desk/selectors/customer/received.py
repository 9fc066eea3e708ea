"""Money received from a customer: his newest payments, and credits in suspense that he seems to have paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet, Value
from django.utils.functional import Promise

from accounts.models import Account, Customer
from billing.models import Payment, PaymentSource, SuspensePayment
from billing.selectors import adjustments
from desk.selectors.customer.sight import Sight
from desk.selectors.of_each import first_of_each

PAYMENTS, CREDITS = 3, 3
COLUMNS = ("pk", "amount", "received_on", "source", "payer_name", "reference", "purpose")


@dataclass(frozen=True, slots=True)
class Credit:
    """A payment to the account `number`, or a credit in suspense (`waits`) and why it waits; `amount` in BYN, and what
    `remains` of a payment after it was moved, cancelled or returned."""

    pk: int
    amount: Decimal
    received_on: date
    source: str
    payer_name: str
    reference: str
    purpose: str
    waits: bool
    why: str
    number: str
    remains: Decimal

    @property
    def source_label(self) -> str | Promise:
        return PaymentSource(self.source).label


@dataclass(frozen=True, slots=True)
class Received:
    payments: Sequence[Credit]
    waiting: Sequence[Credit]


def of(customer: Customer, sight: Sight) -> Received:
    """The newest payments, and the oldest credits in suspense whose payer has the customer's УНП or IBAN; one query."""
    parts = [
        rows for rows, seen in ((_payments(customer), sight.payments), (_waiting(customer), sight.suspense)) if seen
    ]
    if not parts:
        return Received((), ())
    rows = parts[0].union(parts[1], all=True) if len(parts) > 1 else parts[0]
    found = [Credit(**row) for row in rows]
    payments = sorted((one for one in found if not one.waits), key=_newest, reverse=True)
    return Received(payments[:PAYMENTS], sorted((one for one in found if one.waits), key=_newest))


def _newest(credit: Credit) -> tuple[date, int]:
    return credit.received_on, credit.pk


def _payments(customer: Customer) -> QuerySet[Any, Any]:
    accounts = Account.objects.filter(customer=customer)
    order = ("-received_on", "-pk")
    newest = first_of_each(accounts, Payment.objects.all(), by="account", order=order, count=PAYMENTS)
    rows: QuerySet[Any, Any] = adjustments.with_left(Payment.objects.filter(pk__in=newest))
    return rows.values(*COLUMNS, waits=Value(False), why=Value(""), number=F("account__number"), remains=F("left"))


def _waiting(customer: Customer) -> QuerySet[Any, Any]:
    paid_by_him = Q(payer_unp=customer.unp)
    if customer.iban:
        paid_by_him |= Q(payer_iban=customer.iban)
    rows: QuerySet[Any, Any] = SuspensePayment.objects.filter(paid_by_him, resolved_at__isnull=True)
    told = {"waits": Value(True), "why": F("reason"), "number": Value(""), "remains": F("amount")}
    return rows.order_by("received_on", "pk").values(*COLUMNS, **told)[:CREDITS]
