"""The same money reported at the same moment over several connections is counted once (4.6)."""

import threading
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db.models import Sum

from accounts.models import Account
from accounts.tests.factories import AccountFactory, StaffFactory
from billing.models import LedgerEntry, Payment, StatementImport, SuspensePayment
from billing.selectors import balance
from billing.services import payments, statements
from billing.services.payments import PaymentError
from billing.tests import bank_files
from billing.tests.bank_files import Doc
from sipcabinet.lib import locks
from sipcabinet.tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "700990001"


@pytest.fixture(autouse=True)
def today(at: Any) -> None:
    at("2026-11-25 12:00")


def faults_of(works: Sequence[Callable[[], object]]) -> list[Exception]:
    """Exceptions raised by works that start at the same moment."""

    def fault(work: Callable[[], object]) -> Exception | None:
        try:
            work()
        except Exception as found:  # noqa: BLE001 - told to the test
            return found
        return None

    return [found for found in at_once([partial(fault, work) for work in works]) if found is not None]


def import_at_once(count: int) -> list[Exception]:
    """Imports the same file `count` times at once."""
    docs = [Doc(credit="1.00", id=str(n), purpose=NUMBER if n % 2 else "-") for n in range(20)]
    content = bank_files.client_bank_4(docs)
    return faults_of([lambda: statements.take_in(content, file_name="statement.txt")] * count)


def test_imports_at_once_book_each_payment_once() -> None:
    account = AccountFactory.create(number=NUMBER)
    assert import_at_once(4) == []
    assert (Payment.objects.count(), SuspensePayment.objects.count(), StatementImport.objects.count()) == (10, 10, 1)
    assert balance.balance(account) == Decimal("10.00")


def test_without_the_lock_counts_would_be_wrong_but_unique_keys_still_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the guard removed: several statements claim credits that only one of them booked."""
    AccountFactory.create(number=NUMBER)
    planned = threading.Barrier(4)
    hold = locks.hold
    monkeypatch.setattr(locks, "hold", lambda name: None if name == "bank statements" else hold(name))
    real = statements._write_row

    def together(*args: Any) -> StatementImport:
        planned.wait()
        return real(*args)

    monkeypatch.setattr(statements, "_write_row", together)
    assert import_at_once(4) == []
    assert StatementImport.objects.count() == 4
    assert StatementImport.objects.aggregate(Sum("booked"))["booked__sum"] == 40
    assert (Payment.objects.count(), SuspensePayment.objects.count()) == (10, 10)


def _waiting() -> tuple[SuspensePayment, list[Account]]:
    statements.take_in(bank_files.client_bank_4([Doc(credit="5.00", id="1", purpose="-", unp="")]), file_name="x")
    return SuspensePayment.objects.get(), AccountFactory.create_batch(4)


def test_a_suspended_payment_that_several_resolve_at_once_is_booked_once() -> None:
    (row, accounts), staff = _waiting(), StaffFactory.create()
    works = [
        lambda account=account: payments.resolve(suspense=row, account=account, staff=staff) for account in accounts
    ]
    faults = faults_of(works)
    assert [type(fault) for fault in faults] == [PaymentError] * 3
    assert {fault.code for fault in faults if isinstance(fault, PaymentError)} == {"payment.resolved"}
    assert Payment.objects.count() == LedgerEntry.objects.count() == 1


def test_without_the_row_s_lock_the_unique_key_alone_refuses_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the guard removed: every thread sees a waiting credit, and only the payment's unique key stops them."""
    (row, accounts), staff = _waiting(), StaffFactory.create()
    monkeypatch.setattr(type(SuspensePayment.objects.all()), "select_for_update", lambda query: query)
    works = [
        lambda account=account: payments.resolve(suspense=row, account=account, staff=staff) for account in accounts
    ]
    faults = faults_of(works)
    assert len(faults) == 3
    assert Payment.objects.count() == LedgerEntry.objects.count() == 1
