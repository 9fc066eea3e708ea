"""The nightly check of the books finds every difference of moved, cancelled, refunded and written-off money (2.1)."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from accounts.models import Account
from accounts.tests.factories import AccountFactory
from billing.models import Payment
from billing.services import ledger, statements
from billing.tests import bank_files
from billing.tests.bank_files import Doc, Span
from billing.tests.books import NOW, account_with_books, checks, kept, tamper
from billing.tests.debtors import pays
from billing.tests.mended import done, move_of, refund_of, reversal_of, write_off_of

pytestmark = pytest.mark.django_db


def mended_books() -> Account:
    """The account after a moved, a cancelled and a refunded sum, with the refund's debit, and a debt written off
    on the other account."""
    books = account_with_books()
    payment, other = Payment.objects.get(suspense=None), AccountFactory.create()
    back = pays(books, "40.00")
    done(move_of(payment, other, "45.00"))
    done(reversal_of(back, "10.00"))
    pays(books, "200.00")
    done(refund_of(books, "25.00", "17"))
    debit = Doc(debit="25.00", id="R1", number="17", purpose="Возврат", day="25.11.2026")
    span = Span(Decimal("1150.00"), first="25.11.2026", last="25.11.2026")
    statements.take_in(bank_files.client_bank_4([debit], span=span), file_name="refund.txt")
    ledger.open_balance(account=other, amount=Decimal("-60.00"), booked_on=date(2026, 8, 1), title="Сальдо")
    done(write_off_of(other, "15.00"))
    return books


@pytest.fixture(scope="module")
def kept_mended(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Account]:
    with kept(django_db_blocker, mended_books) as account:
        yield account


@pytest.fixture
def mended(kept_mended: Account, at: Callable[[str], Any]) -> Account:
    at(f"{NOW:%Y-%m-%d %H:%M}")
    return Account.objects.get(pk=kept_mended.pk)


OF_THE_MOVE = "id = (SELECT min(id) FROM billing_adjustment WHERE kind = 'move')"


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT 1", set()),
        (f"UPDATE billing_adjustment SET amount = amount + 1 WHERE {OF_THE_MOVE}",
         {"balance", "entry", "moved", "proposal"}),
        ("UPDATE billing_adjustment SET amount = 26 WHERE kind = 'refund'",
         {"balance", "entry", "proposal", "returned"}),
        ("UPDATE billing_adjustment SET amount = 41 WHERE kind = 'reversal'", {"balance", "entry", "left", "proposal"}),
        ("UPDATE billing_payment SET amount = 46 WHERE source_key LIKE 'moved:%'", {"balance", "entry", "moved"}),
        ("UPDATE billing_payment SET source_key = 'moved:0' WHERE source_key LIKE 'moved:%'", {"moved"}),
        ("UPDATE billing_moneyproposal SET amount = amount - 1 WHERE kind = 'move'", {"proposal"}),
        ("DELETE FROM billing_moneyproposal WHERE kind = 'writeoff'", {"proposal"}),
        ("UPDATE billing_paymentreturn SET outcome = 'recalled'", {"returned"}),
        ("UPDATE billing_ledgerentry SET amount = amount + 1 WHERE kind = 'writeoff'", {"balance", "entry"}),
    ],
)  # fmt: skip
def test_each_difference_of_mended_money_is_found(mended: Account, sql: str, found: set[str]) -> None:
    tamper(sql)
    assert checks() == found
