"""What staff want to do with a customer's money, and how it is carried out: the same terms are rehearsed for the
review, proposed, and carried out by one or two people (4.12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account
from billing.models import Adjustment, Correction, Invoice, MoneyProposal, Payment, PaymentReturn, ProposalKind
from billing.selectors import corrections as correction_selectors
from billing.selectors.balance import ZERO
from billing.services import adjustments, corrections, returns
from billing.services.adjustments import MoneyError
from sipcabinet.lib import money
from subscribers.models import Charge

REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class ChargeChange:
    """The net that a charge should have, and the net that it had when staff saw it, BYN."""

    charge: Charge
    net: Decimal
    was: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Checked inputs of one change of money. `account` loses the money, or is the invoice's; `amount` in BYN is empty
    for a correction, whose `changes` give it. `booked_on`: the day of a cancelled payment that the bank took back."""

    kind: ProposalKind
    account: Account
    reason: str
    amount: Decimal = ZERO
    payment: Payment | None = None
    to_account: Account | None = None
    invoice: Invoice | None = None
    changes: Sequence[ChargeChange] = ()
    payment_return: PaymentReturn | None = None
    document_number: str = ""
    document_date: date | None = None

    @classmethod
    def of(cls, row: MoneyProposal) -> "Terms":
        """The terms that a proposal stored."""
        told = row.terms.get("changes", [])
        charges = Charge.objects.select_related("subscriber").in_bulk([one["charge"] for one in told])
        return cls(
            kind=ProposalKind(row.kind),
            account=row.account,
            reason=row.reason,
            amount=row.amount,
            payment=row.payment,
            to_account=row.to_account,
            invoice=row.invoice,
            changes=[ChargeChange(charges[one["charge"]], Decimal(one["net"]), Decimal(one["was"])) for one in told],
            payment_return=row.payment_return,
            document_number=row.document_number,
            document_date=row.document_date,
        )

    @property
    def accounts(self) -> list[Account]:
        """The accounts whose money changes."""
        return [self.account, self.to_account] if self.to_account else [self.account]

    @property
    def stored(self) -> dict[str, Any]:
        """The changes of a correction as JSON keeps them."""
        told = [{"charge": one.charge.pk, "net": str(one.net), "was": str(one.was)} for one in self.changes]
        return {"changes": told} if told else {}


@dataclass(frozen=True, slots=True)
class Made:
    """What carrying out the terms made: one of the two documents. `amount`: its sum; `weight`: what the limit of the
    second person counts, for a correction both what it adds and what it takes off."""

    adjustment: Adjustment | None
    correction: Correction | None
    amount: Decimal
    weight: Decimal


def carry_out(terms: Terms, by: Actor) -> Made:
    """Writes the document, its entries and their consequences inside the caller's transaction.

    Takes the ledger's locks of the accounts, in their order. Raises DomainError when the facts do not allow it (any
    more); the caller rolls back.
    """
    adjustments.lock(terms.accounts)
    if terms.kind == ProposalKind.CORRECTION:
        return _correct(terms, by)
    made = _adjust(terms, by)
    returns.settle_by(adjustment=made, row=terms.payment_return, by=by)
    return Made(made, None, made.amount, made.amount)


def _adjust(terms: Terms, by: Actor) -> Adjustment:
    paper: dict[str, Any] = {"document_number": terms.document_number, "document_date": terms.document_date}
    if terms.kind == ProposalKind.WRITE_OFF:
        return adjustments.write_off(account=terms.account, amount=terms.amount, by=by, **paper)
    if terms.kind == ProposalKind.REFUND:
        return adjustments.refund(account=terms.account, amount=terms.amount, payment=terms.payment, by=by, **paper)
    payment = terms.payment
    if payment is None:
        raise MoneyError(_("Выберите платёж."), code="money.payment")
    if terms.kind == ProposalKind.MOVE:
        if terms.to_account is None:
            raise MoneyError(_("Выберите лицевой счёт."), code="money.account")
        return adjustments.move(payment=payment, to_account=terms.to_account, amount=terms.amount, by=by)
    day = terms.payment_return.returned_on if terms.payment_return else payment.received_on
    return adjustments.reverse(payment=payment, amount=terms.amount, booked_on=day, by=by)


def _correct(terms: Terms, by: Actor) -> Made:
    if terms.invoice is None:
        raise MoneyError(_("Выберите счёт."), code="money.invoice")
    before = correction_selectors.added([one.charge for one in terms.changes])
    for one in terms.changes:
        if one.charge.net + before[one.charge.pk][0] != one.was:
            told = {"name": one.charge.name}
            raise MoneyError(_("Начисление уже исправлено другой корректировкой: %(name)s.") % told, code="money.known")
    made = corrections.issue(
        invoice=terms.invoice,
        changes=[(one.charge, one.net) for one in terms.changes],
        reason=terms.reason,
        staff=by.user,
        address=by.address,
    )
    weight = sum((abs(line.net + line.vat) for line in made.lines.all()), ZERO)
    return Made(None, made, abs(made.total), weight)


def read_sum(text: str) -> Decimal:
    """A sum of money as a person types it: `1 234,56`. Raises MoneyError for anything else."""
    try:
        found = Decimal("".join(text.split()).replace(",", "."))
    except InvalidOperation:
        raise MoneyError(_("Введите сумму числом: 125,00."), code="money.amount") from None
    if not found.is_finite() or abs(found) >= Decimal(10) ** 12 or found != money.kopecks(found):
        raise MoneyError(_("Сумма должна быть в целых копейках."), code="money.amount")
    return found
