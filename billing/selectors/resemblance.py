"""Finds payments entered by hand that a bank credit may repeat (4.6): booking both would count the money twice."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Protocol

from django.db.models import F, Q, QuerySet, Sum

from accounts.models import Account
from billing.models import Adjustment, AdjustmentKind, Payment, PaymentSource, SuspensePayment
from billing.selectors.payers import plain_iban
from billing.statements.documents import plain

DAYS = timedelta(days=3)  # allowed distance between the day that staff entered and the bank's day
_OF_THE_CUSTOMER = {PaymentSource.BANK, PaymentSource.OTHER}  # without a payer's data, treated as paid by the customer


class Told(Protocol):
    """What is compared with a payment: a document of a bank, or a payment that is about to be entered."""

    @property
    def day(self) -> date: ...
    @property
    def reference(self) -> str: ...
    @property
    def payer_unp(self) -> str: ...
    @property
    def payer_iban(self) -> str: ...


@dataclass(slots=True)
class ByHand:
    """Payments of no statement that no credit in suspense looks like yet. `take` returns each payment only once."""

    payments: list[Payment] = field(default_factory=list)

    @classmethod
    def of(cls, accounts: Collection[Account], amounts: Collection[Decimal], days: Collection[date]) -> "ByHand":
        """Loads the payments by hand of these accounts near these days. One query; none without accounts or days."""
        if not accounts or not days:
            return cls()
        claimed = SuspensePayment.objects.filter(Q(resolved_at__isnull=True) | Q(is_same=True)).exclude(resembles="")
        found = (
            Payment.objects.filter(statement__isnull=True, account__in=accounts, amount__in=amounts)
            .filter(received_on__range=(min(days) - DAYS, max(days) + DAYS))
            .exclude(source_key__startswith="bank:")
            .exclude(source_key__in=claimed.values("resembles"))
            .exclude(pk__in=_cancelled(accounts))
        )
        return cls(list(found.select_related("account__customer").order_by("received_on", "pk")))

    def take(self, account: Account, amount: Decimal, told: Told) -> Payment | None:
        """The payment that the credit looks like; removes the payment, so that no other credit can match it."""
        for payment in self.payments:
            if (payment.account_id, payment.amount) == (account.pk, amount) and looks_like(payment, told):
                self.payments.remove(payment)
                return payment
        return None


def looks_like(payment: Payment, told: Told) -> bool:
    """Whether the days are at most DAYS apart and the document number or the payer is the same."""
    if abs(payment.received_on - told.day) > DAYS:
        return False
    number = _number(told.reference)
    return bool(number and number == _number(payment.reference)) or _is_payer(payment, told)


def booked_like(account: Account, amount: Decimal, told: Told) -> Payment | None:
    """A booked payment, from a statement or entered by hand, that a payment about to be entered looks like."""
    near: Iterable[Payment] = (
        Payment.objects.filter(account=account, amount=amount, received_on__range=(told.day - DAYS, told.day + DAYS))
        .exclude(pk__in=_cancelled([account]))
        .order_by("-received_on", "-pk")
    )
    return next((payment for payment in near if looks_like(payment, told)), None)


def _cancelled(accounts: Collection[Account]) -> QuerySet[Any, Any]:
    """Payments that were cancelled as a whole (4.12): no money came, so a credit that looks like one is new."""
    rows = Adjustment.objects.filter(account__in=accounts, kind=AdjustmentKind.REVERSAL).order_by()
    sums = rows.values("payment").annotate(sum=Sum("amount")).filter(sum=F("payment__amount"))
    return sums.values("payment")


def _is_payer(payment: Payment, told: Told) -> bool:
    if payment.payer_unp or payment.payer_iban:
        unp, iban = payment.payer_unp, payment.payer_iban
    elif payment.source in _OF_THE_CUSTOMER:
        unp, iban = payment.account.customer.unp, payment.account.customer.iban
    else:
        return False
    same_unp = bool(unp) and unp == told.payer_unp
    return same_unp or bool(iban and plain_iban(iban) == plain_iban(told.payer_iban))


def _number(reference: str) -> str:
    """The digits of «№ 362» or «ПП-362»; without digits, the letters."""
    digits = "".join(sign for sign in reference if sign.isdigit()).lstrip("0")
    return digits or plain(reference)
