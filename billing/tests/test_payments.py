"""Booking payments: once per key, on an account or in suspense until staff choose the account (2.2.1, 4.6)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError

from accounts.models import AuditEvent, User
from accounts.tests.factories import AccountFactory
from billing.models import LedgerEntry, Payment, SuspensePayment
from billing.selectors import balance, debts
from billing.services import payments
from billing.services.payments import PaymentError
from billing.tests import money

pytestmark = pytest.mark.django_db
TOLD: dict[str, Any] = {
    "amount": Decimal("125.00"),
    "received_on": date(2026, 11, 9),
    "source": "bank",
    "source_key": "bank:BY1:OP1",
    "reference": "362",
}


def test_a_payment_is_booked_with_its_ledger_entry() -> None:
    account = AccountFactory.create()
    payment = payments.book(account=account, **TOLD)
    assert payment is not None
    entry = LedgerEntry.objects.get(account=account)
    assert (entry.kind, entry.amount, entry.booked_on) == ("payment", Decimal("125.00"), date(2026, 11, 9))
    assert (entry.source_key, entry.title) == (f"payment:{payment.pk}", "Платёж № 362, банковский перевод")
    assert balance.balance(account) == Decimal("125.00")


def test_a_known_key_is_not_booked_again_whatever_else_is_told() -> None:
    account, other = AccountFactory.create(), AccountFactory.create()
    payments.book(account=account, **TOLD)
    assert payments.book(account=other, **{**TOLD, "amount": Decimal(1)}) is None
    assert payments.suspend(reason="счёт не найден", **TOLD) is None
    assert (Payment.objects.count(), SuspensePayment.objects.count(), LedgerEntry.objects.count()) == (1, 0, 1)


def test_what_waits_in_suspense_is_known_too() -> None:
    assert payments.suspend(reason="счёт не найден", **TOLD) is not None
    assert payments.suspend(reason="счёт не найден", **TOLD) is None
    assert payments.book(account=AccountFactory.create(), **TOLD) is None
    assert not Payment.objects.exists()


def test_the_oldest_invoice_is_paid_first() -> None:
    account = AccountFactory.create()
    money.invoice_of(account, "2026-08", "100.00")
    money.invoice_of(account, "2026-09", "100.00")
    payments.book(account=account, **{**TOLD, "amount": Decimal("130.00")})
    oldest, newest = debts.of(account)
    assert (oldest.is_paid, newest.unpaid) == (True, Decimal("120.00"))


@pytest.mark.parametrize("amount", ["0", "-1", "0.001"])
def test_an_amount_that_cannot_be_is_refused(amount: str) -> None:
    with pytest.raises(PaymentError, match="больше нуля"):
        payments.book(account=AccountFactory.create(), **{**TOLD, "amount": Decimal(amount)})
    with pytest.raises(PaymentError, match="больше нуля"):
        payments.suspend(reason="-", **{**TOLD, "amount": Decimal(amount)})
    assert not LedgerEntry.objects.exists()


def test_a_day_to_come_is_refused(at: Any) -> None:
    at("2026-11-08 12:00")
    with pytest.raises(PaymentError, match="ещё не наступила"):
        payments.book(account=AccountFactory.create(), **TOLD)


def test_staff_say_whose_it_is_and_it_is_booked_as_it_came(staff: User) -> None:
    account = AccountFactory.create()
    row = payments.suspend(reason="счёт не найден", payer_name="ООО «Ромашка»", **TOLD)
    assert row is not None
    payment = payments.resolve(suspense=row, account=account, staff=staff, address="192.0.2.1")
    row.refresh_from_db()
    assert (payment.source_key, payment.received_on, payment.payer_name) == (
        TOLD["source_key"],
        TOLD["received_on"],
        "ООО «Ромашка»",
    )
    assert (row.payment, row.resolved_by) == (payment, staff)
    assert row.resolved_at is not None
    assert balance.balance(account) == Decimal("125.00")


def test_a_suspended_payment_is_resolved_once(staff: User) -> None:
    row = payments.suspend(reason="счёт не найден", **TOLD)
    assert row is not None
    payments.resolve(suspense=row, account=AccountFactory.create(), staff=staff)
    with pytest.raises(PaymentError, match="уже разобран"):
        payments.resolve(suspense=row, account=AccountFactory.create(), staff=staff)
    assert Payment.objects.count() == LedgerEntry.objects.count() == 1


def test_without_its_row_in_suspense_the_key_alone_still_refuses_a_second_payment(staff: User) -> None:
    """The constraint behind the check: two payments cannot have the same key, nor the same row in suspense."""
    account = AccountFactory.create()
    payments.book(account=account, **TOLD)
    with pytest.raises(IntegrityError):
        Payment.objects.create(account=account, **TOLD)


def test_each_payment_is_in_the_journal(staff: User) -> None:
    account = AccountFactory.create()
    payment = payments.book(account=account, entered_by=staff, address="192.0.2.1", **TOLD)
    assert payment is not None
    event = AuditEvent.objects.get(account=account)
    assert (event.action, event.user, event.by_staff, event.address) == ("payment.booked", staff, True, "192.0.2.1")
    assert event.summary == "Зачислен платёж 125,00\u00a0BYN (банковский перевод)"
    assert event.details == {"payment_id": payment.pk, "statement_id": None}
