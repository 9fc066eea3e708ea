"""Finds bank debits that take a payment back, and the payment that each seems to take back (4.6)."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from accounts.models import Customer
from billing.models import Payment, PaymentReturn, ReturnKind, ReturnState, SuspensePayment
from billing.selectors.payers import plain_iban
from billing.selectors.refunds import Refund, Refunds
from billing.statements import Movement
from billing.statements.documents import plain
from billing.statements.purposes import numbers

_WORDS = re.compile(r"\b(возврат\w*|возвращ\w*|отзыв\w*|отозван\w*|сторн\w*|аннулир\w*)", re.IGNORECASE)
Credit = Payment | SuspensePayment


@dataclass(frozen=True, slots=True)
class Return:
    """A debit that looks like a returned payment, and the credit that it seems to take back, if one fits; or the refund
    of staff that it is, which settles it."""

    movement: Movement
    kind: ReturnKind
    credit: Credit | None
    refund: Refund | None = None


@dataclass(slots=True)
class Returns:
    """Credits with the sums of some debits, and the IBANs of customers and payers."""

    credits: list[Credit]
    ibans: set[str]
    refunds: Refunds = field(default_factory=Refunds)

    @classmethod
    def of(cls, debits: Sequence[Movement]) -> "Returns":
        """Loads the credits that these debits may take back, and known IBANs. 4 queries; none without debits."""
        if not debits:
            return cls([], set())
        amounts = {movement.debit for movement in debits}
        taken = PaymentReturn.objects.filter(statement__undone_at__isnull=True)
        payments = Payment.objects.filter(amount__in=amounts).exclude(
            pk__in=taken.filter(payment__isnull=False).values("payment")
        )
        payments = payments.exclude(statement__undone_at__isnull=False)
        waiting = SuspensePayment.objects.filter(amount__in=amounts, resolved_at__isnull=True)
        waiting = waiting.exclude(pk__in=taken.filter(suspense__isnull=False).values("suspense"))
        found: list[Credit] = [
            *payments.select_related("account__customer").order_by("-received_on", "-pk"),
            *waiting.order_by("-received_on", "-pk"),
        ]
        ibans = Customer.objects.exclude(iban="").values_list("iban", flat=True)
        known = {plain_iban(iban) for iban in ibans} | {credit.payer_iban for credit in found} - {""}
        return cls(found, known, Refunds.of(amounts))

    def take(self, movement: Movement) -> Return | None:
        """The return that a debit looks like, None for an ordinary debit. Each credit is used once."""
        if not movement.is_reversal and (refund := self.refunds.take(movement)) is not None:
            return Return(movement, ReturnKind.REFUND, None, refund)
        kind = self._kind(movement)
        if kind is None:
            return None
        credit = max(self._fitting(movement), key=lambda one: _fits(one, movement), default=None)
        if credit is not None:
            self.credits.remove(credit)
        return Return(movement, kind, credit)

    def _kind(self, movement: Movement) -> ReturnKind | None:
        if movement.is_reversal:
            return ReturnKind.REVERSAL
        if _WORDS.search(movement.purpose):
            return ReturnKind.WORDS
        is_payer = any(_paid_from(credit, movement.payer_iban) for credit in self._of_the_sum(movement))
        return ReturnKind.PAYER if movement.payer_iban in self.ibans and is_payer else None

    def _of_the_sum(self, movement: Movement) -> list[Credit]:
        return [one for one in self.credits if one.amount == movement.debit and one.received_on <= movement.day]

    def _fitting(self, movement: Movement) -> list[Credit]:
        return [one for one in self._of_the_sum(movement) if any(_fits(one, movement)[:4])]


def waiting() -> int:
    """How many returns wait for a decision of staff."""
    return PaymentReturn.objects.filter(state=ReturnState.WAITING).count()


def _fits(credit: Credit, movement: Movement) -> tuple[bool, bool, bool, bool, int]:
    """Sort key of a credit: signs that it is the returned one, the strongest first; among equals the newest wins."""
    number = plain(movement.reference)
    return (
        bool(number)
        and number == plain(credit.reference)
        and (movement.is_reversal or _paid_from(credit, movement.payer_iban)),
        _paid_from(credit, movement.payer_iban),
        isinstance(credit, Payment) and credit.account.number in numbers(movement.purpose).every,
        _is_payer(credit, movement.payer_unp),
        credit.received_on.toordinal(),
    )


def _paid_from(credit: Credit, iban: str) -> bool:
    own = credit.account.customer.iban if isinstance(credit, Payment) and not credit.payer_iban else ""
    return bool(iban) and iban in {credit.payer_iban, plain_iban(own)}


def _is_payer(credit: Credit, unp: str) -> bool:
    own = credit.account.customer.unp if isinstance(credit, Payment) and not credit.payer_unp else ""
    return bool(unp) and unp in {credit.payer_unp, own}


def total(returns: Collection[Return]) -> Decimal:
    """The sum of the debits, BYN."""
    return sum((one.movement.debit for one in returns), Decimal("0.00"))
