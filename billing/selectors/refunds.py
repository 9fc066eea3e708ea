"""Refunds and the debits of bank statements that they are: by sum, number of the payment order, and day (4.12)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet

from billing.models import (
    Adjustment,
    AdjustmentKind,
    PaymentReturn,
    ReturnState,
    SuspenseRefund,
    SuspenseRefundState,
)
from billing.models.payment_return import ReturnOutcome
from billing.statements import Movement
from billing.statements.documents import plain

Refund = Adjustment | SuspenseRefund
DAYS = timedelta(days=10)  # allowed distance between the day of the payment order and the bank's day


@dataclass(slots=True)
class Refunds:
    """Refunds that no debit has been matched to. `take` returns each only once."""

    rows: list[Refund] = field(default_factory=list)

    @classmethod
    def of(cls, amounts: Collection[Decimal]) -> "Refunds":
        """Loads the refunds with these sums; two queries, none without sums."""
        if not amounts:
            return cls()
        return cls([*unmatched().filter(amount__in=amounts), *_paybacks().filter(amount__in=amounts)])

    def take(self, movement: Movement) -> Refund | None:
        """The refund that a debit is; the one with the nearest day."""
        found = [one for one in self.rows if _is(one, movement.debit, movement.reference, movement.day)]
        best = min(found, key=lambda one: abs(one.booked_on - movement.day), default=None)
        if best is not None:
            self.rows.remove(best)
        return best


def unmatched() -> QuerySet[Adjustment]:
    """Refunds whose debit no statement has brought yet, oldest first."""
    rows = Adjustment.objects.filter(kind=AdjustmentKind.REFUND, payment_return__isnull=True)
    return rows.select_related("account__customer").order_by("pk")


def _paybacks() -> QuerySet[SuspenseRefund]:
    """Credits of suspense that went back to their payers, whose debit no statement has brought yet."""
    taken = PaymentReturn.objects.filter(outcome=ReturnOutcome.PAYBACK).values("suspense")
    rows = SuspenseRefund.objects.filter(state=SuspenseRefundState.DONE).exclude(suspense__in=taken)
    return rows.select_related("suspense").order_by("pk")


def like(row: PaymentReturn) -> Sequence[Adjustment]:
    """Booked refunds of a debit's sum that staff may choose from, the nearest day first."""
    found = list(unmatched().filter(amount=row.amount)[:20])
    return sorted(found, key=lambda one: abs(one.booked_on - row.returned_on))


def waiting_debit(refund: Refund) -> PaymentReturn | None:
    """The waiting debit that a refund is: a statement brought it before staff entered the refund."""
    rows = PaymentReturn.objects.filter(state=ReturnState.WAITING, amount=refund.amount).order_by("pk")
    if isinstance(refund, SuspenseRefund):  # a debit that takes back a booked payment is another one
        rows = rows.filter(payment__isnull=True).filter(Q(suspense__isnull=True) | Q(suspense=refund.suspense_id))
    fits = (row for row in rows if _is(refund, row.amount, row.reference, row.returned_on))
    return next(fits, None)


def _is(refund: Refund, amount: Decimal, reference: str, day: date) -> bool:
    number = plain(reference)
    same = bool(number) and number == plain(refund.document_number)
    return same and refund.amount == amount and abs(refund.booked_on - day) <= DAYS
