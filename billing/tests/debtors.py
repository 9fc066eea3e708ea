"""Accounts that owe, promise and pay; the default dates fit the invoice for October 2026, due on 25 November."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from accounts.actor import Actor
from accounts.models import Account, User
from accounts.tests.factories import StaffFactory, UserFactory
from billing.models import Debt, Invoice, Payment, PaymentGuarantee, PaymentSource
from billing.selectors import debts
from billing.services import dunning, guarantees, payments
from billing.tests.money import invoice_of
from notifications.models import Letter
from sipcabinet.lib import clock

REMINDED = ("2026-11-22", "2026-11-26", "2026-12-02")  # the days of the letters about a debt due on DUE
DUE = date(2026, 11, 25)


def owes(account: Account, gross: str = "125.00", month: str = "2026-10", **fields: Any) -> Invoice:
    """Creates an unpaid invoice of `gross` BYN, VAT included."""
    return invoice_of(account, month, Decimal(gross) / Decimal("1.25"), **fields)


def debt_of(invoice: Invoice) -> Debt:
    """The invoice's own debt, not that of a correction."""
    return invoice.debts.get(correction=None)


def pays(account: Account, amount: str, on: date | None = None) -> Payment:
    """Books a bank transfer of today, or of an earlier day, with all consequences of a payment."""
    payment = payments.book(
        account=account,
        amount=Decimal(amount),
        received_on=on or clock.today(),
        source=PaymentSource.BANK,
        source_key=f"test:{uuid4().hex}",
    )
    assert payment is not None
    return payment


def promises(account: Account, amount: str = "125.00", user: User | None = None) -> PaymentGuarantee:
    """Creates a request that waits for staff."""
    user = user or User.objects.filter(account=account).first() or UserFactory.create(account=account)
    return guarantees.register(account=account, amount=Decimal(amount), by=Actor(user, token=uuid4().hex))


def promised(account: Account, amount: str = "125.00") -> PaymentGuarantee:
    """Creates an accepted guarantee."""
    return guarantees.accept(guarantee=promises(account, amount), staff=StaffFactory.create())


def unpaid(account: Account) -> Decimal:
    """The unpaid part of the debt with the last due day."""
    return debts.of(account)[-1].unpaid


def days(first: str, last: str) -> list[date]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [begin + timedelta(days=offset) for offset in range((end - begin).days + 1)]


def run_each_day(at: Callable[[str], Any], first: str, last: str) -> dict[str, list[str]]:
    """The letters that each day's run wrote, by day; days without letters are left out."""
    return run_on(at, *(day.isoformat() for day in days(first, last)))


def run_on(at: Callable[[str], Any], *days: str) -> dict[str, list[str]]:
    """As `run_each_day`, but only on these days: enough where nothing is due on the days between."""
    told: dict[str, list[str]] = {}
    for day in days:
        known = Letter.objects.count()
        at(f"{day} 09:30")
        dunning.run_due()
        if fresh := list(Letter.objects.order_by("pk").values_list("subject", flat=True)[known:]):
            told[day] = fresh
    return told
