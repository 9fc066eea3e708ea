"""A payment entered by hand that the bank reports later: it is counted once (4.6)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Account, User
from accounts.tests.factories import AccountFactory, CustomerFactory
from billing.models import Payment, SuspensePayment
from billing.selectors import balance, ledger_check
from billing.selectors.resemblance import ByHand
from billing.services import payments, statements
from billing.services.statements import Fate
from billing.tests import bank_files
from billing.tests.bank_files import PAYER, Doc

pytestmark = pytest.mark.django_db
NUMBER = "700990001"
AMOUNT = Decimal("125.00")
CREDIT = Doc(credit="125.00", number="362", unp="", iban="BY00BANK", purpose=f"л/с {NUMBER}")
BY_CUSTOMER = Doc(credit="125.00", number="7", unp="", iban=PAYER, purpose=f"л/с {NUMBER}")


@pytest.fixture(autouse=True)
def today(at: Any) -> None:
    at("2026-11-25 12:00")


@pytest.fixture
def account(db: None) -> Account:
    found: Account = AccountFactory.create(number=NUMBER, customer=CustomerFactory.create(iban=PAYER))
    return found


def by_hand(account: Account, **told: Any) -> Payment:
    said = {"source": "bank", "reference": "362", "received_on": date(2026, 11, 9), **told}
    payment = payments.book(account=account, amount=AMOUNT, source_key="staff:1", **said)
    assert payment is not None
    return payment


def take(*docs: Doc) -> tuple[int, int, int]:
    taken = statements.take_in(bank_files.one_c(docs), file_name="statement.txt")
    return taken.count(Fate.BOOKED), taken.count(Fate.DUPLICATE), taken.count(Fate.SUSPENDED)


@pytest.mark.parametrize(
    ("told", "doc"),
    [
        ({}, CREDIT),
        ({"source": "other", "reference": "ПП-000362"}, CREDIT),
        ({"source": "erip"}, CREDIT),
        ({"received_on": date(2026, 11, 12)}, CREDIT),
        ({"received_on": date(2026, 11, 6)}, CREDIT),
        ({"reference": "1"}, BY_CUSTOMER),  # entered without a payer, so the customer's data are compared
        ({"reference": "1", "source": "cash", "payer_iban": PAYER}, BY_CUSTOMER),
    ],
)
def test_a_credit_that_was_entered_by_hand_waits(account: Account, told: dict[str, Any], doc: Doc, staff: User) -> None:
    payment = by_hand(account, **told)
    assert take(doc) == (0, 0, 1)
    row = SuspensePayment.objects.get()
    assert (row.resembles, row.reason.partition(":")[0]) == (payment.source_key, "похоже на уже зачисленное")
    assert balance.balance(account) == AMOUNT
    payments.settle_as_same(suspense=row, staff=staff)
    assert take(doc, Doc(credit="1.00", number="9", purpose=f"л/с {NUMBER}")) == (1, 1, 0)
    assert (balance.balance(account), ledger_check.differences()) == (AMOUNT + 1, [])


@pytest.mark.parametrize(
    ("told", "doc"),
    [
        ({"received_on": date(2026, 11, 13)}, CREDIT),
        ({"received_on": date(2026, 11, 5)}, CREDIT),
        ({"reference": "363"}, CREDIT),
        ({"reference": ""}, CREDIT),
        ({"reference": "1", "source": "cash"}, BY_CUSTOMER),
        ({}, Doc(credit="125.01", number="362", purpose=f"л/с {NUMBER}")),
    ],
)
def test_another_one_is_booked(account: Account, told: dict[str, Any], doc: Doc) -> None:
    by_hand(account, **told)
    assert take(doc) == (1, 0, 0)


def test_another_customer_s_payment_is_booked(account: Account) -> None:
    by_hand(AccountFactory.create())
    assert take(CREDIT) == (1, 0, 0)


def test_two_equal_payments_of_one_statement_do_not_wait(account: Account) -> None:
    assert take(CREDIT, CREDIT) == (2, 0, 0)


def test_one_entry_is_one_of_two_equal_credits(account: Account) -> None:
    by_hand(account)
    assert take(CREDIT, CREDIT) == (1, 0, 1)


def test_staff_book_it_after_all(account: Account, staff: User) -> None:
    by_hand(account)
    take(CREDIT)
    payments.resolve(suspense=SuspensePayment.objects.get(), account=account, staff=staff)
    assert (balance.balance(account), ledger_check.differences()) == (2 * AMOUNT, [])


def test_without_the_guard_it_counts_twice(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ByHand, "take", lambda *_told: None)
    by_hand(account)
    assert take(CREDIT) == (1, 0, 0)
    assert balance.balance(account) == 2 * AMOUNT
