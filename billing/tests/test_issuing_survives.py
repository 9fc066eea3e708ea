"""Issuing at the same moment, aborted or killed: numbers 1..n without gaps, each invoice once with the same content
(4.7)."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from accounts.models import Account
from billing.models import CounterKind, Invoice, InvoiceFileKind, InvoiceMailing, IssuedFile, LedgerEntry, ServiceAct
from billing.services import closing, counters, invoice_files, issuing, ledger
from billing.tests.issued import ISSUED_ON, OCTOBER, account_with_trunk, issued
from sipcabinet.lib import files
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.processes import ended
from subscribers.calls import months
from subscribers.models import Charge

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("invoicing_day")]
ISSUERS = 32
ABORTED = 10  # every tenth transaction is rolled back after everything is written


def issued_at_once(work: Callable[[int], Any], count: int = ISSUERS) -> list[Any]:
    """The results of threads that run at the same moment, each with its index from 0."""
    return at_once([partial(work, index) for index in range(count)])


def issuer(accounts: list[Account]) -> Callable[[int], str]:
    def work(index: int) -> str:
        try:
            with transaction.atomic():
                issuing.issue(account=accounts[index], month=OCTOBER, issued_on=ISSUED_ON)
                if index % ABORTED == 0:
                    transaction.set_rollback(True)
                    return "aborted"
        except IntegrityError:
            return "doubled"
        return "issued"

    return work


def test_numbers_have_no_gap_whoever_issues_and_aborts() -> None:
    accounts = [account_with_trunk() for _ in range(ISSUERS)]
    months.close(OCTOBER)

    outcomes = issued_at_once(issuer(accounts))

    assert outcomes.count("aborted") == 4
    count = outcomes.count("issued")
    assert count == ISSUERS - 4
    serials = list(range(1, count + 1))
    assert sorted(Invoice.objects.values_list("serial", flat=True)) == serials
    assert sorted(ServiceAct.objects.values_list("serial", flat=True)) == serials


def test_without_the_counters_lock_numbers_would_be_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = [account_with_trunk() for _ in range(ISSUERS)]
    months.close(OCTOBER)

    def take(kind: CounterKind) -> int:
        rows: QuerySet[Any] = Invoice.objects.all() if kind == CounterKind.INVOICE else ServiceAct.objects.all()
        return int(rows.aggregate(last=Max("serial"))["last"] or 0) + 1

    monkeypatch.setattr(counters, "take", take)

    assert "doubled" in issued_at_once(issuer(accounts))


def test_one_account_issued_at_once_has_one_invoice() -> None:
    account = account_with_trunk()
    months.close(OCTOBER)

    found = issued_at_once(lambda _index: issuing.issue(account=account, month=OCTOBER, issued_on=ISSUED_ON), 12)

    assert len({invoice.pk for invoice in found}) == 1
    assert (Invoice.objects.count(), LedgerEntry.objects.count(), InvoiceMailing.objects.count()) == (1, 1, 1)


def test_without_the_accounts_lock_somebody_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    account = account_with_trunk()
    months.close(OCTOBER)
    monkeypatch.setattr(ledger, "lock", lambda _account: None)

    def work(_index: int) -> str:
        try:
            issuing.issue(account=account, month=OCTOBER, issued_on=ISSUED_ON)
        except IntegrityError:
            return "failed"
        return "issued"

    assert "failed" in issued_at_once(work, 12)


def test_a_file_asked_for_at_once_is_made_once(stored_files: Path) -> None:
    invoice = issued(account_with_trunk())

    found = issued_at_once(lambda _index: invoice_files.file_of(invoice=invoice, kind=InvoiceFileKind.CHARGES), 8)

    assert len({issued_file.pk for issued_file in found}) == 1
    kept = IssuedFile.objects.get()
    assert [path for path in stored_files.rglob("*") if path.is_file()] == [files.location(kept.path)]


# --- SIGKILL ---------------------------------------------------------------------------------------------------------
def killed(account: int, place: str) -> int:
    """The exit code of a billing run in a separate process."""
    return ended(Path(__file__).with_name("killed_close.py"), OCTOBER.code, account, place)


def books() -> list[Any]:
    """All issued documents as text that does not depend on primary keys."""
    return [
        list(
            Invoice.objects.order_by("serial").values_list("number", "account_id", "total", "due", "parties", "purpose")
        ),
        list(ServiceAct.objects.order_by("serial").values_list("number", "account_id", "total")),
        list(LedgerEntry.objects.order_by("account_id").values_list("account_id", "amount", "title", "booked_on")),
        list(Charge.objects.order_by("account_id", "place").values_list("account_id", "name", "net", "vat")),
        list(InvoiceMailing.objects.order_by("account_id").values_list("account_id", "invoice__number")),
    ]


@pytest.mark.parametrize(
    ("account", "place", "left"),
    [
        (2, "in", 1),
        *(pytest.param(*at, marks=pytest.mark.full) for at in ((0, "in", 0), (1, "in", 0), (2, "after", 2))),
    ],
)
def test_killed_and_run_again_it_gives_the_same_invoices(account: int, place: str, left: int) -> None:
    for _ in range(3):
        account_with_trunk()

    assert killed(account, place) == -9
    assert months.closed(OCTOBER)
    assert Invoice.objects.count() == left
    done = closing.run(month=OCTOBER)

    assert (done.issued, done.known, done.failures) == (3 - left, left, [])
    assert list(Invoice.objects.order_by("account__number").values_list("number", flat=True)) == [
        "000001",
        "000002",
        "000003",
    ]
    whole = books()
    again = closing.run(month=OCTOBER)
    assert (again.issued, again.known) == (0, 3)
    assert books() == whole
