"""A credit counts once in any order, split and format of its day's files, in this release or an earlier one (4.6)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account, User
from accounts.tests.factories import AccountFactory
from billing.models import Payment, SuspensePayment
from billing.selectors import balance, ledger_check
from billing.services import payments, statements
from billing.services.payments import PaymentError
from billing.statements import StatementError
from billing.tests import bank_files, days
from billing.tests.bank_files import MONTH, PAYER, Doc, Span
from billing.tests.taken import NUMBER, counts, take

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(at: Any) -> None:
    at("2026-11-25 12:00")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random=st.randoms(use_true_random=False))
def test_any_order_and_split_of_a_day_in_any_formats_books_each_document_once(random: Random, payer: Account) -> None:
    """Books to the right account or to suspense; billing/tests/test_identity.py checks thousands of such days."""
    day = days.made(random, most=7)
    with transaction.atomic():
        for number in days.ACCOUNTS[1:]:
            AccountFactory.create(number=number)
        for told in day.statements:
            span = Span(Decimal(told.opening) / 100, first="09.11.2026", last="09.11.2026")
            content = bank_files.MAKERS[told.format](day.of(told), span=span)
            statements.take_in(content, file_name="statement.txt")
        _each_counts_once(day)
        assert ledger_check.differences() == []
        transaction.set_rollback(True)


def _each_counts_once(day: days.Day) -> None:
    true = Counter((Decimal(doc.credit), doc.purpose[-9:]) for doc in day.documents if doc.credit != "0.00")
    booked = Counter(Payment.objects.values_list("amount", "account__number"))
    waiting = Counter((row.amount, row.purpose[-9:]) for row in SuspensePayment.objects.all())
    assert not booked - true  # never twice, never to another account
    assert not true - (booked + waiting)


def morning(*docs: Doc, opening: str = "100.00", name: str = "1c") -> statements.Taken:
    span = Span(Decimal(opening), first="26.11.2026", last="26.11.2026")
    return statements.take_in(bank_files.MAKERS[name](docs, span=span), file_name="e.txt")


def erip(account: str) -> Doc:
    purpose = f"ЕРИП, оплата услуг связи, л/с {account}"
    return Doc(
        credit="15.00", number="1", day="26.11.2026", iban="BY10AKBB38190000000000000000", unp="", purpose=purpose
    )


@pytest.fixture
def two_accounts(at: Any) -> list[Account]:
    at("2026-11-26 20:00")
    return [AccountFactory.create(number=number) for number in ("400100017", "400100025")]


def balances(accounts: Sequence[Account]) -> list[Decimal]:
    return [balance.balance(account) for account in accounts]


FIFTEEN = Decimal("15.00")


@pytest.mark.parametrize("name", bank_files.MAKERS)
def test_the_day_s_file_after_the_morning_s_brings_the_other_customer_s_payment(
    two_accounts: list[Account], name: str
) -> None:
    """The same bank, day, sum and number; the day's file begins with the new document."""
    morning(erip("400100017"), name=name)
    taken = morning(erip("400100025"), erip("400100017"), name=name)
    assert (counts(taken), balances(two_accounts)) == ((1, 1, 0), [FIFTEEN, FIFTEEN])
    assert counts(morning(erip("400100025"), erip("400100017"), name="1c")) == (0, 2, 0)


@pytest.mark.parametrize("name", bank_files.MAKERS)
def test_a_file_that_follows_the_first_brings_new_documents(two_accounts: list[Account], name: str) -> None:
    """Its opening balance is the first file's closing balance, and its document has exactly the same words."""
    morning(erip("400100017"), name=name)
    assert counts(morning(erip("400100017"), opening="115.00", name=name)) == (1, 0, 0)
    assert counts(morning(erip("400100017"), erip("400100017"), name=name)) == (0, 2, 0)
    assert balances(two_accounts) == [2 * FIFTEEN, 0]
    assert ledger_check.differences() == []


def came_back() -> None:
    """Returns the balance to its value of the morning."""
    morning(erip("400100017"))
    morning(Doc(debit="15.00", day="26.11.2026", purpose="Комиссия банка"), opening="115.00")


def test_what_cannot_be_told_waits_with_what_it_looks_like(two_accounts: list[Account], staff: User) -> None:
    """The document may be the same one again, or another one: it waits for staff."""
    came_back()
    assert counts(morning(replace(erip("400100017"), payer="Банк"))) == (0, 0, 1)
    row, payment = SuspensePayment.objects.get(), Payment.objects.get()
    assert (row.resembles, row.reason.partition(":")[0]) == (payment.source_key, "похоже на уже зачисленное")
    assert ledger_check.differences() == []
    payments.resolve(suspense=row, account=two_accounts[0], staff=staff)
    assert balances(two_accounts) == [2 * FIFTEEN, 0]
    assert ledger_check.differences() == []


def test_staff_say_that_it_is_the_same(two_accounts: list[Account], staff: User) -> None:
    came_back()
    morning(replace(erip("400100017"), payer="Банк"))
    row = payments.settle_as_same(suspense=SuspensePayment.objects.get(), staff=staff)
    assert (row.is_same, row.resolved_by, balances(two_accounts)) == (True, staff, [FIFTEEN, 0])
    assert ledger_check.differences() == []
    for again in (payments.settle_as_same, partial(payments.resolve, account=two_accounts[0])):
        with pytest.raises(PaymentError, match="уже разобран"):
            again(suspense=row, staff=staff)


def test_the_same_bytes_are_known_whatever_the_balances_say(two_accounts: list[Account]) -> None:
    came_back()
    assert counts(morning(erip("400100017"))) == (0, 1, 0)


def test_only_what_looks_like_a_payment_can_be_the_same(payer: Account, staff: User) -> None:
    take(Doc(credit="5.00", id="2", purpose="-", unp=""))
    with pytest.raises(PaymentError, match="ни на какой не похож"):
        payments.settle_as_same(suspense=SuspensePayment.objects.get(), staff=staff)


# --- Rows of an earlier release ---------------------------------------------------------------------------------------
def as_before(docs: Sequence[Doc], *keys: str, span: Span = MONTH) -> None:
    """Creates the rows that an earlier release wrote for a file: keys without purposes, and no lines."""
    taken = statements.take_in(bank_files.one_c(docs, span=span), file_name="old.txt")
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM billing_statementline")
        for outcome, key in zip(taken.outcomes, keys, strict=True):
            told = [f"bank:{bank_files.OURS}:{key}", outcome.key]
            cursor.execute("UPDATE billing_payment SET source_key = %s WHERE source_key = %s", told)
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute(f"SET ROLE {django_settings.DATABASE_ROLE}")


def test_old_rows_keep_their_keys_and_are_known(payer: Account) -> None:
    made = f"362|09.11.2026|5.00|{PAYER}|"
    docs = [Doc(credit="5.00", purpose=NUMBER, unp="")] * 2
    as_before(docs, made, f"{made}#2")
    before = set(Payment.objects.values_list("source_key", flat=True))
    assert counts(take(*docs, name="1c")) == (0, 2, 0)  # the same file
    assert counts(take(*docs, Doc(credit="7.00", purpose=NUMBER, unp=""), name="1c")) == (1, 2, 0)  # a longer file
    assert counts(take(*docs, name="csv")) == (0, 2, 0)  # another format
    assert before <= set(Payment.objects.values_list("source_key", flat=True))
    assert (balance.balance(payer), ledger_check.differences()) == (Decimal("17.00"), [])


def test_an_old_row_of_a_stretch_that_is_not_known_may_be_the_new_document(payer: Account) -> None:
    day = Span(first="09.11.2026", last="09.11.2026")
    docs = [Doc(credit="5.00", purpose=NUMBER, unp="")]
    as_before(docs, f"362|09.11.2026|5.00|{PAYER}|", span=day)
    onward = bank_files.one_c(docs, span=replace(day, opening=Decimal("1005.00")))
    assert counts(statements.take_in(onward, file_name="next.txt")) == (0, 0, 1)


def test_an_old_key_with_the_bank_s_id_is_known(payer: Account) -> None:
    as_before([Doc(credit="5.00", purpose=NUMBER)], "OP9")
    assert counts(take(Doc(credit="5.00", id="OP9", purpose=NUMBER))) == (0, 1, 0)
    with pytest.raises(StatementError, match="загружена раньше с другой суммой"):
        take(Doc(credit="6.00", id="OP9", purpose=NUMBER))
