"""Importing statements: the rows written for a file, and that they are written once (4.6)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Account, AuditEvent, User
from billing.models import LedgerEntry, Payment, StatementImport, SuspensePayment
from billing.selectors import balance
from billing.services import payments, statements
from billing.statements import StatementError
from billing.tests import bank_files
from billing.tests.bank_files import Doc
from billing.tests.taken import NUMBER, counts, take

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(at: Any) -> None:
    at("2026-11-25 12:00")


def test_the_row_of_a_statement_counts_its_credits(payer: Account, staff: User) -> None:
    docs = [
        Doc(credit="125.00", id="1", purpose=NUMBER),
        Doc(credit="5.00", id="2", purpose="-"),
        Doc(debit="9.00", id="3"),
    ]
    payments.book(
        account=payer, amount=Decimal("7.00"), received_on=date(2026, 11, 9), source="bank",
        source_key=f"bank:{bank_files.OURS}:4",
    )  # fmt: skip
    content = bank_files.client_bank_4([*docs, Doc(credit="7.00", id="4", purpose=NUMBER)])
    row = statements.take_in(content, file_name="выписка.txt", user=staff, address="192.0.2.1").row
    assert row is not None
    row.refresh_from_db()
    assert (row.credits, row.booked, row.duplicate, row.suspended, row.debits) == (3, 1, 1, 1, 1)
    assert (row.opening, row.closing) == (Decimal("1000.00"), Decimal("1128.00"))
    assert (row.iban, row.format, row.imported_by) == (bank_files.OURS, "client-bank", staff)
    assert Payment.objects.get(statement=row).entered_by == staff
    event = AuditEvent.objects.get(action="payment.imported")
    assert (event.account, event.user, event.details) == (None, staff, {"statement_id": row.pk})


def test_importing_twice_changes_nothing(payer: Account) -> None:
    docs = [Doc(credit="125.00", id="1", purpose=NUMBER), Doc(credit="5.00", id="2", purpose="-")]
    take(*docs)
    assert counts(take(*docs)) == (0, 2, 0)
    assert (Payment.objects.count(), SuspensePayment.objects.count(), StatementImport.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(
    ("first", "then"), [("client-bank 4", "1c"), ("1c", "client-bank 4"), ("1c", "csv"), ("client-bank 400", "1c")]
)
def test_the_same_days_in_another_format_are_not_booked_twice(payer: Account, first: str, then: str) -> None:
    docs = [
        Doc(credit="125.00", id="1", number="361", purpose=NUMBER),
        Doc(credit="5.00", id="2", number="362", purpose="-"),
    ]
    take(*docs, name=first)
    assert counts(take(*docs, name=then)) == (0, 2, 0)
    assert counts(take(*docs, Doc(credit="5.00", number="363", purpose=NUMBER, id="3"), name=then)) == (1, 2, 0)
    assert counts(take(*docs, Doc(credit="5.00", number="363", purpose=NUMBER, id="3"), name=first)) == (0, 3, 0)
    assert balance.balance(payer) == Decimal("130.00")


def test_documents_alike_count_as_often_as_any_format_tells_of_them(payer: Account, staff: User) -> None:
    twins = [Doc(credit="5.00", id="1", purpose="-"), Doc(credit="5.00", id="2", purpose="-")]
    take(twins[0])
    payments.resolve(suspense=SuspensePayment.objects.get(), account=payer, staff=staff)
    assert counts(take(*twins, name="1c")) == (0, 1, 1)
    assert counts(take(*twins, name="1c")) == (0, 2, 0)
    assert counts(take(*twins)) == (0, 2, 0)
    assert Payment.objects.count() + SuspensePayment.objects.filter(resolved_at=None).count() == 2


def test_what_staff_resolved_is_known_when_the_file_comes_again(payer: Account, staff: User) -> None:
    docs = [Doc(credit="5.00", id="2", purpose="-")]
    take(*docs)
    payments.resolve(suspense=SuspensePayment.objects.get(), account=payer, staff=staff)
    assert counts(take(*docs)) == (0, 1, 0)
    assert balance.balance(payer) == Decimal("5.00")


def test_a_known_operation_with_another_sum_refuses_the_file(payer: Account) -> None:
    take(Doc(credit="125.00", id="1", purpose=NUMBER))
    with pytest.raises(StatementError, match="загружена раньше с другой суммой"):
        take(Doc(credit="125.01", id="1", purpose=NUMBER), Doc(credit="5.00", id="2", purpose=NUMBER))
    assert balance.balance(payer) == Decimal("125.00")


def test_a_day_to_come_refuses_the_file(payer: Account) -> None:
    with pytest.raises(StatementError, match=r"датирован будущим: 26\.11\.2026"):
        take(Doc(credit="5.00", id="1", purpose=NUMBER), Doc(credit="5.00", id="2", day="26.11.2026"))
    assert not LedgerEntry.objects.exists()


def test_a_file_is_taken_in_whole_or_not_at_all(payer: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**told: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(payments, "suspend", fail)
    with pytest.raises(RuntimeError):
        take(Doc(credit="5.00", id="1", purpose=NUMBER), Doc(credit="5.00", id="2", purpose="-"))
    assert not (Payment.objects.exists())
    assert not (StatementImport.objects.exists())
    assert not (LedgerEntry.objects.exists())


def test_a_rehearsal_tells_the_same_and_writes_nothing(payer: Account) -> None:
    docs = [Doc(credit="125.00", id="1", purpose=NUMBER), Doc(credit="5.00", id="2", purpose="-", unp="")]
    first = statements.rehearse(bank_files.client_bank_4(docs))
    more = bank_files.client_bank_4([*docs, Doc(credit="1.00", id="3", purpose="-", unp="")])
    second = statements.rehearse(more, before=[first])
    assert (counts(first), counts(second)) == ((1, 0, 1), (0, 2, 1))
    assert not (StatementImport.objects.exists())
    assert not (AuditEvent.objects.exists())
    assert counts(take(*docs)) == (1, 0, 1)


def test_queries_do_not_grow_with_the_credits(payer: Account, django_assert_max_num_queries: Any) -> None:
    docs = [Doc(credit="1.00", id=str(n), purpose=f"за связь {700000000 + n}") for n in range(200)]
    with django_assert_max_num_queries(14):
        statements.rehearse(bank_files.client_bank_4(docs))
