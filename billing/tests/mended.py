"""Changes of money for tests: terms, people of the staff, and the ways through one or two of them."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from accounts.actor import Actor
from accounts.models import Account
from accounts.tests.factories import StaffFactory
from billing.models import MoneyProposal, Payment, ProposalKind
from billing.services import proposals
from billing.services.money_terms import Terms
from sipcabinet.lib import clock


def clerk(**fields: Any) -> Actor:
    """A person of the staff who sends a new form."""
    return Actor(StaffFactory.create(**fields), "198.51.100.7", token=uuid4().hex)


def again(by: Actor) -> Actor:
    """The same person with another form."""
    return Actor(by.user, by.address, token=uuid4().hex)


def move_of(payment: Payment, to: Account, amount: str | Decimal | None = None) -> Terms:
    amount = payment.amount if amount is None else Decimal(amount)
    return Terms(
        kind=ProposalKind.MOVE, account=payment.account, payment=payment, to_account=to, amount=amount,
        reason="Платёж другого клиента",
    )  # fmt: skip


def reversal_of(payment: Payment, amount: str | Decimal | None = None, **more: Any) -> Terms:
    amount = payment.amount if amount is None else Decimal(amount)
    told = {"reason": "Внесён дважды", **more}
    return Terms(kind=ProposalKind.REVERSAL, account=payment.account, payment=payment, amount=amount, **told)


def refund_of(
    account: Account, amount: str | Decimal, number: str = "17", day: date | None = None, **more: Any
) -> Terms:
    return Terms(
        kind=ProposalKind.REFUND, account=account, amount=Decimal(amount), document_number=number,
        document_date=day or clock.today(), reason="Заявление клиента", **more,
    )  # fmt: skip


def write_off_of(account: Account, amount: str | Decimal, number: str = "12-ф", day: date | None = None) -> Terms:
    return Terms(
        kind=ProposalKind.WRITE_OFF, account=account, amount=Decimal(amount), document_number=number,
        document_date=day or clock.today(), reason="Истёк срок давности",
    )  # fmt: skip


def done(terms: Terms, by: Actor | None = None) -> MoneyProposal:
    """Carries the terms out: by one person, or with the confirmation of another."""
    row = proposals.propose(terms=terms, by=by or clerk())
    return proposals.confirm(proposal=row, by=clerk()) if row.is_waiting else row
