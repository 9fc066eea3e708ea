"""Accounts that owe, promise and pay: the dates are those of the invoice for October 2026, due on 25 November."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from accounts.models import Account, User
from accounts.tests.factories import StaffFactory, UserFactory
from billing.models import Invoice, Payment, PaymentGuarantee, PaymentSource
from billing.selectors import balance
from billing.services import guarantees, payments
from billing.tests.money import invoice_of
from sipcabinet.lib import clock

DUE = date(2026, 11, 25)


def owes(account: Account, gross: str = "125.00", month: str = "2026-10", **fields: Any) -> Invoice:
    """An unpaid invoice over `gross` BYN, VAT in it."""
    return invoice_of(account, month, Decimal(gross) / Decimal("1.25"), **fields)


def pays(account: Account, amount: str) -> Payment:
    """A bank transfer, booked as payments are, with all that follows."""
    payment = payments.book(
        account=account,
        amount=Decimal(amount),
        received_on=clock.today(),
        source=PaymentSource.BANK,
        source_key=f"test:{uuid4().hex}",
    )
    assert payment is not None
    return payment


def promises(account: Account, amount: str = "125.00", user: User | None = None) -> PaymentGuarantee:
    """A request that waits for staff."""
    user = user or User.objects.filter(account=account).first() or UserFactory.create(account=account)
    return guarantees.register(account=account, user=user, amount=Decimal(amount), token=uuid4().hex)


def promised(account: Account, amount: str = "125.00") -> PaymentGuarantee:
    """An accepted promise."""
    return guarantees.accept(guarantee=promises(account, amount), staff=StaffFactory.create())


def unpaid(account: Account) -> Decimal:
    """What the regular invoice lacks."""
    return balance.settled(account)[0].unpaid
