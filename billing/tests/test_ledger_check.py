"""The nightly check of the books finds every difference; the tests create them as the owner, without triggers (2.1)."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import Min
from pytest_django import DjangoDbBlocker

from accounts.models import Account, User
from billing import tasks
from billing.models import Invoice, Payment
from billing.selectors import ledger_check
from billing.services import statements
from billing.statements import clusters, identity, overlap
from billing.tests import bank_files
from billing.tests.bank_files import Doc, Span
from billing.tests.books import NOW, account_with_books, checks, kept, tamper
from subscribers.calls import partitions
from subscribers.models import CallRecord
from subscribers.tests.imported import take
from subscribers.tests.price_list import cast
from subscribers.tests.switch_files import Line, write

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept_books(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Account]:
    with kept(django_db_blocker, account_with_books) as account:
        yield account


@pytest.fixture
def books(kept_books: Account, at: Callable[[str], Any]) -> Account:
    at(f"{NOW:%Y-%m-%d %H:%M}")
    return Account.objects.get(pk=kept_books.pk)


def test_true_books_have_no_differences(books: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert ledger_check.differences() == []
    call_command("check_ledger")
    assert capsys.readouterr().out.startswith("accounts 1, checks 23, differences 0")


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE billing_ledgerentry SET amount = amount + 0.01 WHERE kind = 'payment'", {"balance", "entry"}),
        (("DELETE FROM billing_debt WHERE invoice_id IS NOT NULL;"
         " DELETE FROM billing_ledgerentry WHERE kind = 'invoice'"), {"balance", "entry"}),
        ("DELETE FROM billing_dunningnotice; DELETE FROM billing_debt WHERE invoice_id IS NULL", {"debt"}),
        ("UPDATE billing_debt SET amount = amount + 1", {"debt"}),
        ("UPDATE billing_debt SET due_on = due_on + 1", {"due day"}),
        ("UPDATE billing_payment SET amount = amount + 1 WHERE suspense_id IS NULL", {"balance", "entry", "credits"}),
        (("UPDATE billing_ledgerentry SET source_key = 'payment:0' WHERE kind = 'payment'"
         " AND id = (SELECT max(id) FROM billing_ledgerentry)"), {"entry"}),
        ("DELETE FROM subscribers_charge", {"charges"}),
        ("UPDATE subscribers_charge SET net = net + 1, vat = vat - 1", {"charges"}),
        ("UPDATE billing_serviceact SET net = net - 1, vat = vat + 1", {"act"}),
        ("DELETE FROM billing_serviceact", {"act", "numbers"}),
        ("UPDATE billing_documentcounter SET last = last + 1 WHERE kind = 'invoice'", {"numbers"}),
        ("UPDATE billing_invoice SET serial = 9 WHERE serial = 2", {"numbers"}),
        ("UPDATE billing_suspensepayment SET resolved_at = NULL", {"suspense"}),
        ("UPDATE billing_suspensepayment SET amount = 6", {"suspense"}),
        ("UPDATE billing_suspensepayment SET is_returned = true", {"suspense", "paid back"}),
        ("UPDATE billing_suspensepayment SET is_same = true, resembles = 'nothing'", {"suspense", "same"}),
        # A lost credit: its line is missing, or has another sum, or the credit was not booked.
        ("DELETE FROM billing_statementline WHERE place = 0", {"credits", "lines"}),
        ("UPDATE billing_statementline SET amount = amount + 1 WHERE place = 0", {"lines"}),
        ("DELETE FROM billing_payment WHERE suspense_id IS NULL", {"entry", "balance", "credits", "statement"}),
        ("UPDATE billing_statementimport SET booked = 0, duplicate = 1", {"statement"}),
        ("UPDATE billing_statementimport SET credits = 7", {"statement"}),
    ],
)  # fmt: skip
def test_each_difference_is_found(books: Account, sql: str, found: set[str]) -> None:
    tamper(sql)
    assert checks() == found


def bank_day(day: str, opening: str, *amounts: str) -> None:
    docs = [Doc(credit=amount, number=str(n), day=day, purpose="л/с 700990001") for n, amount in enumerate(amounts, 1)]
    span = Span(Decimal(opening), first=day, last=day)
    statements.take_in(bank_files.one_c(docs, span=span), file_name=f"{day}.txt")


def test_the_chain_of_balances_tells_of_a_gap_by_its_day(books: Account) -> None:
    bank_day("20.11.2026", "1150.00", "5.00")
    bank_day("22.11.2026", "1155.00", "3.00", "4.00")
    bank_day("23.11.2026", "1162.00")
    assert ledger_check.differences() == []
    bank_day("25.11.2026", "1172.50", "2.00")
    (gap,) = ledger_check.differences()
    assert (gap.check, gap.what) == ("gap", f"{bank_files.OURS} 25.11.2026")
    assert (gap.expected, gap.found) == (Decimal("1162.00"), Decimal("1172.50"))
    bank_day("24.11.2026", "1162.00", "10.50")  # the missing statement arrives later
    assert ledger_check.differences() == []


def test_the_chain_of_balances_tells_of_an_overlap_by_its_day(books: Account) -> None:
    bank_day("20.11.2026", "1150.00", "5.00")
    bank_day("20.11.2026", "1150.00", "5.00", "6.00")
    bank_day("22.11.2026", "1161.00", "1.00")
    assert ledger_check.differences() == []
    line = "(SELECT max(id) FROM billing_statementline WHERE day = '2026-11-20' AND place = 0)"
    tamper(f"UPDATE billing_statementline SET source_key = 'another' WHERE id = {line}")
    found = [one for one in ledger_check.differences() if one.check != "credits"]
    assert [(one.check, one.what) for one in found] == [("overlap", f"{bank_files.OURS} 20.11.2026")]


def test_a_stretch_that_is_counted_twice_is_found(books: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the guard removed: every file brings new documents."""
    bank_day("20.11.2026", "1150.00", "5.00")
    monkeypatch.setattr(clusters, "relate", lambda *_told: overlap.APART)
    bank_day("20.11.2026", "1150.00", "5.00", "6.00")
    assert checks() == {"overlap"}


def test_a_credit_that_is_taken_for_a_known_one_is_found(books: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the guard removed: documents with the same content count as one, even if the balances differ."""
    bank_day("20.11.2026", "1150.00", "5.00")
    monkeypatch.setattr(overlap, "_ways", lambda _known, _new, _pairs, _free: [Counter()])
    monkeypatch.setattr(overlap, "_is_firm", lambda *_told: True)
    monkeypatch.setattr(identity, "_may_follow", lambda *_told: False)
    bank_day("20.11.2026", "1155.00", "5.00")
    bank_day("22.11.2026", "1160.00", "1.00")
    assert checks() == {"gap"}


def test_a_call_that_two_sources_bring_is_found(staff: User, at: Callable[[str], Any], tmp_path: Path) -> None:
    at("2026-11-25 12:00")
    partitions.open_ahead()
    trunk = cast(included_minutes=1).trunk
    call = Line("u-1", datetime(2026, 10, 5, 12), talked=90)  # noqa: DTZ001 - a switch writes local time
    other = Line("u-2", call.start + timedelta(hours=1))
    take(write(tmp_path / "main.csv", [call, other]))
    assert ledger_check.differences() == []
    take(write(tmp_path / "spare.csv", [call]), "spare")
    (doubled,) = ledger_check.differences()
    assert (doubled.check, doubled.what, doubled.account_id) == ("doubled call", "u-1", trunk.account_id)
    cost = CallRecord.objects.filter(call_id="u-1").aggregate(Min("cost"))["cost__min"]
    assert (doubled.expected, doubled.found) == (Decimal(0), cost)
    assert cost > 0


def test_charges_without_an_invoice_are_found(books: Account) -> None:
    invoice = Invoice.objects.order_by("-pk")[0]
    tamper(f"DELETE FROM billing_serviceact WHERE invoice_id = {invoice.pk}")
    tamper(f"DELETE FROM billing_debt WHERE invoice_id = {invoice.pk}")
    tamper(f"DELETE FROM billing_ledgerentry WHERE source_key = 'invoice:{invoice.pk}'")
    tamper(f"DELETE FROM billing_invoice WHERE id = {invoice.pk}")
    tamper("UPDATE billing_documentcounter SET last = last - 1")
    (difference,) = ledger_check.differences()
    assert (difference.check, difference.what) == ("unbilled", str(invoice.closing_id))
    assert (difference.account_id, difference.expected) == (books.pk, Decimal("125.00"))


def test_the_command_names_them_and_ends_with_3(books: Account, capsys: pytest.CaptureFixture[str]) -> None:
    payment = Payment.objects.get(suspense=None)
    tamper(f"UPDATE billing_ledgerentry SET amount = 100 WHERE source_key = 'payment:{payment.pk}'")
    with pytest.raises(SystemExit) as ended:
        call_command("check_ledger")
    assert ended.value.code == 3
    assert f"  balance {books.pk}, account {books.pk}: expected -120.00, found -165.00" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        call_command("check_ledger", "--json")
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["differences"][1] == {
        "check": "entry",
        "what": f"payment:{payment.pk}",
        "account_id": books.pk,
        "expected": "145.00",
        "found": "100.00",
    }


def test_the_nightly_task_logs_them_as_errors(books: Account, caplog: pytest.LogCaptureFixture) -> None:
    tasks.check_ledger()
    assert caplog.records == []
    tamper("UPDATE billing_documentcounter SET last = 7 WHERE kind = 'act'")
    tasks.check_ledger()
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert "ledger_differs" in record.getMessage()


def test_it_runs_every_night() -> None:
    assert {row["task"] for row in settings.CELERY_BEAT_SCHEDULE.values()} >= {tasks.check_ledger.name}
