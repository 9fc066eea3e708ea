"""Many accounts issued in one transaction: the same documents as one by one, and each once (4.7)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, User
from billing.models import Debt, DocumentOrder, Invoice, InvoiceMailing, LedgerEntry, MonthIssue, ServiceAct
from billing.services import closing, invoice_batches, issuing, ledger, month_issues
from billing.services.closing import Outcome
from billing.tests.issued import ISSUED_ON, OCTOBER, account_with_trunk, issued
from billing.tests.money import corrected, paid
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.killer import worker
from sipcabinet.tests.processes import ended
from subscribers.calls import months
from subscribers.models import Charge, Subscriber
from subscribers.services import charging
from subscribers.tests.factories import (
    CallFactory,
    NumberFactory,
    PlanTermsFactory,
    ServiceAssignmentFactory,
    ServiceFactory,
    TariffPlanFactory,
    TrunkFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("invoicing_day")]
MANY = closing.FEW + 1  # the fewest accounts that are issued in batches
WORKER = worker("from billing.services import month_issues, issuing, mailings, closing", "month_issues.drain()")


def batch(accounts: list[Account]) -> invoice_batches.Issued:
    return invoice_batches.issue(accounts=[one.pk for one in accounts], month=OCTOBER, issued_on=ISSUED_ON)


def ordered(accounts: int = MANY) -> MonthIssue:
    for _ in range(accounts):
        account_with_trunk()
    months.close(OCTOBER)
    return month_issues.order(month=OCTOBER, by=Actor())


def all_issued_once(count: int) -> bool:
    serials = [sorted(table.objects.values_list("serial", flat=True)) for table in (Invoice, ServiceAct)]
    books = [table.objects.count() for table in (LedgerEntry, InvoiceMailing, Debt)]
    return serials == [list(range(1, count + 1))] * 2 and books == [count] * 3


def rows(table: Any, *without: str) -> list[dict[str, Any]]:
    """All rows without ids of new documents and without moments of writing."""
    skipped = {"id", "_state", "issued_at", "created_at", "closed_at", "at", "due_at", "details", *without}
    return [
        {name: value for name, value in vars(row).items() if name not in skipped}
        for row in table.objects.order_by("pk")
    ]


def books() -> list[Any]:
    return [
        rows(Invoice, "closing_id"),
        rows(ServiceAct, "invoice_id"),
        rows(LedgerEntry, "source_key"),
        rows(Debt, "invoice_id", "entry_id"),
        rows(InvoiceMailing, "invoice_id", "dedupe_key"),
        [row for row in rows(AuditEvent) if row["action"] == "invoice.issued"],
        rows(Charge, "closing_id"),
        rows(DocumentOrder, "number"),  # numbers of orders may have gaps
    ]


def various() -> list[Account]:
    """Accounts with all that an invoice depends on, in the order of their numbers."""
    plain, busy, former, early, empty = (account_with_trunk() for _ in range(5))
    trunk = busy.subscribers.get()
    plan = PlanTermsFactory.create(plan__kind="number", monthly_fee="3.20").plan
    number = NumberFactory.create(trunk=trunk, plan=plan)
    NumberFactory.create(trunk=trunk, plan=plan, connected_at=datetime(2026, 10, 20, tzinfo=UTC))
    detail = ServiceFactory.create(code="monthly-detail")
    ServiceAssignmentFactory.create(subscriber=number, service=detail, started_at=datetime(2026, 10, 2, tzinfo=UTC))
    CallFactory.create(subscriber=trunk, started_at=datetime(2026, 10, 15, tzinfo=UTC))
    CallFactory.create(subscriber=number, started_at=datetime(2026, 9, 15, tzinfo=UTC), charged_in=OCTOBER.first_day)
    paid(former, "10.00")
    issued(former, OCTOBER.shift(-1))
    paid(former, "7.00")
    corrected(former, "-1.00", ISSUED_ON)
    ledger.open_balance(account=early, amount=Decimal("-5.50"), booked_on=ISSUED_ON, title="Сальдо")
    empty.subscribers.update(status="closed", closed_at=datetime(2026, 9, 5, tzinfo=UTC))
    months.close(OCTOBER)
    return [plain, busy, former, early, empty]


def test_a_batch_writes_what_issuing_one_by_one_writes() -> None:
    accounts = various()
    with transaction.atomic():
        for account in accounts:
            issuing.issue(account=account, month=OCTOBER, issued_on=ISSUED_ON)
        alone = books()
        transaction.set_rollback(True)
    found = batch(accounts)
    assert books() == alone
    assert [isinstance(found[one.pk], Invoice) for one in accounts] == [True] * 4 + [False]
    assert len(Charge.objects.filter(account=accounts[1])) == 6
    assert DocumentOrder.objects.get().account == accounts[1]


def test_the_queries_of_a_batch_do_not_grow_with_its_accounts() -> None:
    accounts = [account_with_trunk() for _ in range(12)]
    months.close(OCTOBER)
    counts = []
    for part in (accounts[:3], accounts[3:]):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            batch(part)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 32


def test_an_account_without_a_price_is_refused_and_the_others_are_issued() -> None:
    good, bad = account_with_trunk(), account_with_trunk()
    NumberFactory.create(trunk=TrunkFactory.create(account=bad), plan=TariffPlanFactory.create(kind="number"))
    months.close(OCTOBER)
    outcomes = closing.issue_batch([good, bad], OCTOBER, ISSUED_ON)
    assert outcomes[bad.pk] == (Outcome.FAILED, "На 01.10.2026 не задана цена: SIP-номер")
    assert outcomes[good.pk] == (Outcome.ISSUED, "")
    assert all_issued_once(1)


def test_an_account_that_has_its_invoice_is_left_out() -> None:
    known, new = account_with_trunk(), account_with_trunk()
    issued(known)
    assert batch([known, new]).keys() == {new.pk}
    assert all_issued_once(2)
    assert batch([known, new]) == {}


def test_a_month_stored_before_its_invoice_is_issued_from_what_is_stored() -> None:
    account = account_with_trunk()
    months.close(OCTOBER)
    stored = charging.freeze(account=account, month=OCTOBER)
    Subscriber.objects.update(status="closed", closed_at=datetime(2026, 9, 1, tzinfo=UTC))
    invoice = batch([account])[account.pk]
    assert isinstance(invoice, Invoice)
    assert (invoice.closing, invoice.total) == (stored, Decimal("15.00"))


def test_the_worker_issues_all_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "BATCH", 4)
    monkeypatch.setattr(closing, "issue", None)  # one by one nothing is issued
    issue = ordered()
    month_issues.drain()
    issue.refresh_from_db()
    assert (issue.state, issue.done, issue.whole) == (JobState.DONE, MANY, MANY)
    assert all_issued_once(MANY)


def test_an_error_in_a_batch_fails_its_account_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    issue = ordered()
    bad = Account.objects.order_by("number")[5]
    sums = issuing.facts_of

    def broken(account: Account, *args: Any, **fields: Any) -> Any:
        return 1 / 0 if account == bad else sums(account, *args, **fields)

    monkeypatch.setattr(issuing, "facts_of", broken)
    month_issues.drain()
    assert issue.failures.get().account == bad
    assert all_issued_once(MANY - 1)
    issue.refresh_from_db()
    assert (issue.state, issue.done) == (JobState.DONE, MANY)


def test_a_stop_between_batches_leaves_the_rest(monkeypatch: pytest.MonkeyPatch, staff: User) -> None:
    monkeypatch.setattr(closing, "BATCH", 4)
    issue = ordered()
    issue_batch, done = closing.issue_batch, []

    def stopping(*args: Any) -> Any:
        done.append(args)
        if len(done) == 2:
            month_issues.stop(issue=issue, by=Actor(staff))
        return issue_batch(*args)

    monkeypatch.setattr(closing, "issue_batch", stopping)
    month_issues.drain()
    issue.refresh_from_db()
    assert (Invoice.objects.count(), issue.done, issue.state, issue.stopped_by) == (8, 8, JobState.DONE, staff)
    month_issues.go_on(issue=issue, by=Actor(staff))
    month_issues.drain()
    assert all_issued_once(MANY)


@pytest.mark.django_db(transaction=True)
def test_a_stop_waits_for_the_batch_and_no_invoice_comes_after_it(monkeypatch: pytest.MonkeyPatch, staff: User) -> None:
    monkeypatch.setattr(closing, "BATCH", 4)
    issue = ordered()
    begun, counted = Event(), []
    issue_batch = closing.issue_batch

    def slow(*args: Any) -> Any:
        begun.set()
        return issue_batch(*args)

    def stop() -> None:
        begun.wait(60)
        try:
            month_issues.stop(issue=issue, by=Actor(staff))
            counted.append(Invoice.objects.count())
        finally:
            connection.close()

    monkeypatch.setattr(closing, "issue_batch", slow)
    thread = Thread(target=stop)
    thread.start()
    month_issues.drain()
    thread.join()
    assert counted == [Invoice.objects.count()]


FAULTS = {
    "in a batch": "issuing.tell = die",
    "in the second batch": "closing.BATCH = 4; before = closing.issue_batch; closing.issue_batch = lambda *a: die() if "
    "issuing.Invoice.objects.count() == 4 else before(*a)",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("fault", "left"),
    [
        pytest.param(fault, left, marks=() if left else pytest.mark.full, id=name)
        for (name, fault), left in zip(FAULTS.items(), (0, 4), strict=True)
    ],
)
def test_a_killed_worker_s_successor_issues_the_rest_once(fault: str, left: int) -> None:
    ordered()
    assert ended("-c", WORKER.format(fault=fault)) == -9
    assert Invoice.objects.count() == MonthIssue.objects.get().done == left
    MonthIssue.objects.update(due_at=clock.now(), claimed_until=None)
    month_issues.drain()
    issue = MonthIssue.objects.get()
    assert (issue.state, issue.done) == (JobState.DONE, MANY)
    assert all_issued_once(MANY)


@contextmanager
def money_locked(account: Account) -> Iterator[Callable[[], None]]:
    """Another transaction holds the account's money until the function is called."""
    held, free = Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                ledger.lock(account)
                held.set()
                free.wait(60)
        finally:
            connection.close()

    thread = Thread(target=hold)
    thread.start()
    held.wait(60)
    try:
        yield free.set
    finally:
        free.set()
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_a_batch_does_not_wait_for_an_account_in_use() -> None:
    first, used, last = sorted((account_with_trunk() for _ in range(3)), key=lambda one: one.number)
    months.close(OCTOBER)
    with money_locked(used):
        assert batch([first, used, last]).keys() == {first.pk, last.pk}
    issuing.issue(account=used, month=OCTOBER, issued_on=ISSUED_ON)
    assert all_issued_once(3)


@pytest.mark.django_db(transaction=True)
def test_batches_at_once_issue_each_invoice_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the lock of the month: the locks of the accounts keep their invoices single."""
    monkeypatch.setattr(closing, "BATCH", 4)
    names = iter("abc")
    monkeypatch.setattr(closing, "lock_name", lambda _month: next(names))
    ordered()
    at_once([lambda: closing.run(month=OCTOBER), month_issues.drain, lambda: closing.run(month=OCTOBER)])
    assert all_issued_once(MANY)


def test_numbers_follow_the_accounts_numbers() -> None:
    ordered()
    month_issues.drain()
    numbers = Invoice.objects.order_by("serial").values_list("account__number", flat=True)
    assert all(one < other for one, other in pairwise(numbers))
