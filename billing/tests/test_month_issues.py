"""The close of a month at the desk and the issuing of its invoices: once each, whoever presses, whatever dies (4.7)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.actor import Actor
from accounts.models import AuditEvent, User
from billing.models import Invoice, InvoiceMailing, LedgerEntry, MonthIssue
from billing.selectors import month_review
from billing.services import closing, issuing, month_calculations, month_issues
from billing.services.closing import CloseError
from billing.tests.issued import OCTOBER, account_with_trunk
from sipcabinet.lib import clock, durable
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.errors import DomainError
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.killer import worker
from sipcabinet.tests.processes import ended
from subscribers.calls import months
from subscribers.models import CallReject, PlanTerms
from subscribers.tests.factories import CallImportFactory, NumberFactory, TariffPlanFactory, TrunkFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("invoicing_day")]
WORKER = worker("from billing.services import month_issues, issuing, closing", "month_issues.drain()")


def reviewed(accounts: int = 3) -> int:
    """So many accounts and the month's finished calculation; returns its id."""
    for _ in range(accounts):
        account_with_trunk()
    month_calculations.order(month=OCTOBER, by=Actor())
    month_calculations.drain()
    found = month_review.newest(OCTOBER)
    assert found is not None
    return found.pk


def closed(by: Actor | None = None, accounts: int = 3) -> MonthIssue:
    return month_issues.close(month=OCTOBER, by=by or Actor(), calculation_id=reviewed(accounts))


def again() -> MonthIssue:
    """After a killed worker its claim runs out."""
    MonthIssue.objects.update(due_at=clock.now(), claimed_until=None)
    month_issues.drain()
    return MonthIssue.objects.get()


def refused(work: Callable[..., Any], **fields: Any) -> str:
    with pytest.raises(DomainError) as refusal:
        work(**fields)
    return refusal.value.message


def all_issued_once(count: int) -> bool:
    serials = sorted(Invoice.objects.values_list("serial", flat=True))
    books = (LedgerEntry.objects.count(), InvoiceMailing.objects.count())
    return serials == list(range(1, count + 1)) and books == (count, count)


def reject() -> None:
    done = CallImportFactory.create(state="done")
    CallReject.objects.create(
        call_import=done, line_no=1, raw="&", code="no_rate", reason="?", content_key="k", source=done.source
    )


def test_the_month_closes_and_its_invoices_are_issued(staff: User) -> None:
    issue = closed(Actor(staff))
    assert months.closed(OCTOBER)
    assert not Invoice.objects.exists()
    month_issues.drain()
    issue.refresh_from_db()
    assert (issue.state, issue.done, issue.whole) == (JobState.DONE, 3, 3)
    assert all_issued_once(3)
    event = AuditEvent.objects.get(action="month.closed")
    assert (event.user, event.details) == (staff, {"month": "2026-10"})


def test_the_close_needs_the_newest_calculation_of_the_whole_month(at: Callable[[str], Any]) -> None:
    at("2026-10-31 12:00")
    early = reviewed()
    at("2026-11-10 09:00")
    assert "Сначала рассчитайте" in refused(month_issues.close, month=OCTOBER, by=Actor(), calculation_id=early)
    reviewed(0)
    told = refused(month_issues.close, month=OCTOBER, by=Actor(), calculation_id=early)
    assert told == "Месяц рассчитан заново, пока вы смотрели. Посмотрите новую сверку"
    assert not months.closed(OCTOBER)


def test_rejected_calls_stand_in_the_way_unless_there_is_a_reason(staff: User) -> None:
    calculation = reviewed()
    reject()
    told = refused(month_issues.close, month=OCTOBER, by=Actor(staff), calculation_id=calculation)
    assert told == "Ждут разбора отклонённые записи о звонках: 1. Разберите их"
    assert not months.closed(OCTOBER)
    by = Actor(staff, reason="Номер чужого оператора")
    issue = month_issues.close(month=OCTOBER, by=by, calculation_id=calculation)
    assert issue.reason == "Номер чужого оператора"
    assert AuditEvent.objects.get(action="month.closed").details["despite"] == "Номер чужого оператора"


def test_an_import_stands_in_the_way_whatever_the_reason() -> None:
    calculation = reviewed()
    CallImportFactory.create(state="waiting")
    by = Actor(reason="Очень надо")
    assert "Идёт импорт" in refused(month_issues.close, month=OCTOBER, by=by, calculation_id=calculation)


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_who_close_at_once_one_is_told(staff: User) -> None:
    calculation = reviewed()

    def close() -> str:
        try:
            month_issues.close(month=OCTOBER, by=Actor(staff), calculation_id=calculation)
        except CloseError as refusal:
            return refusal.message
        return "closed"

    assert sorted(at_once([close] * 3)) == ["closed", *["Октябрь 2026 уже закрыт"] * 2]
    assert AuditEvent.objects.filter(action="month.closed").count() == 1


def stopping_after(count: int, monkeypatch: pytest.MonkeyPatch, staff: User) -> None:
    """Somebody presses «Остановить» while the `count`-th invoice is being issued."""
    issue_one, done = closing.issue, []

    def issue(*args: Any) -> Any:
        done.append(args)
        if len(done) == count:
            month_issues.stop(issue=MonthIssue.objects.get(), by=Actor(staff))
        return issue_one(*args)

    monkeypatch.setattr(closing, "issue", issue)


def test_a_stop_leaves_the_rest_and_going_on_issues_it(monkeypatch: pytest.MonkeyPatch, staff: User) -> None:
    issue = closed()
    stopping_after(2, monkeypatch, staff)
    month_issues.drain()
    issue.refresh_from_db()
    assert (Invoice.objects.count(), issue.done, issue.state, issue.stopped_by) == (2, 2, JobState.DONE, staff)
    assert "останавливать нечего" in refused(month_issues.stop, issue=issue, by=Actor(staff))
    month_issues.go_on(issue=issue, by=Actor(staff))
    month_issues.drain()
    issue.refresh_from_db()
    assert (issue.stopped_at, issue.done, issue.state) == (None, 3, JobState.DONE)
    assert all_issued_once(3)
    assert refused(month_issues.go_on, issue=issue, by=Actor(staff)) == "Выставление счетов не остановлено"
    actions = AuditEvent.objects.filter(action__startswith="month.issue").order_by("pk")
    assert [event.summary for event in actions] == [
        "Остановлено выставление счетов за октябрь 2026",
        "Продолжено выставление счетов за октябрь 2026",
    ]


def test_a_stop_before_the_worker_comes_issues_nothing(staff: User) -> None:
    issue = closed()
    month_issues.stop(issue=issue, by=Actor(staff))
    month_issues.drain()
    assert not Invoice.objects.exists()
    month_issues.go_on(issue=issue, by=Actor(staff))
    month_issues.drain()
    assert all_issued_once(3)


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_who_stop_the_issuing_at_once_one_is_told(staff: User) -> None:
    issue = closed()

    def stop() -> str:
        try:
            month_issues.stop(issue=issue, by=Actor(staff))
        except CloseError as refusal:
            return refusal.message
        return "stopped"

    answers = sorted(at_once([stop, stop]))
    assert answers[0] == "stopped"
    assert "останавливать нечего" in answers[1]
    assert AuditEvent.objects.filter(action="month.issue_stopped").count() == 1


def test_a_failed_account_is_listed_and_tried_again(staff: User) -> None:
    bad = account_with_trunk()
    plan = TariffPlanFactory.create(kind="number")
    NumberFactory.create(trunk=TrunkFactory.create(account=bad), plan=plan)
    issue = closed()
    month_issues.drain()
    failure = issue.failures.get()
    assert (failure.account, failure.message) == (bad, "На 01.10.2026 не задана цена: SIP-номер")
    assert Invoice.objects.count() == 3
    terms = {"included_minutes": 0, "included_channels": 0, "valid_from": "2020-01-01"}
    PlanTerms.objects.create(plan=plan, monthly_fee=3, **terms)
    month_issues.retry(issue=issue, by=Actor(staff))
    month_issues.drain()
    assert not issue.failures.exists()
    assert all_issued_once(4)
    assert "невыставленных счетов нет" in refused(month_issues.retry, issue=issue, by=Actor(staff))


FAULTS = {
    "in an account": "mailings = issuing.mailings.order; issuing.mailings.order = lambda **a: die() if "
    "issuing.Invoice.objects.count() == 2 else mailings(**a)",
    "between an invoice and its progress": "went = month_issues._went; month_issues._went = lambda *a: die() if "
    "issuing.Invoice.objects.count() == 2 else went(*a)",
    "before the end": "month_issues._finish = die",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "fault",
    [pytest.param(one, marks=() if "went" in one else pytest.mark.full) for one in FAULTS.values()],
    ids=[*FAULTS],
)
def test_a_killed_worker_s_successor_issues_the_rest_once(fault: str) -> None:
    closed()
    assert ended("-c", WORKER.format(fault=fault)) == -9
    assert Invoice.objects.count() < 4
    issue = again()
    assert (issue.state, issue.done) == (JobState.DONE, 3)
    assert all_issued_once(3)


def test_the_work_waits_while_the_command_issues(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the command refuses while the work issues: the lock is one."""
    closed()

    class Taken:
        def __enter__(self) -> bool:
            return False

        def __exit__(self, *_error: object) -> None: ...

    monkeypatch.setattr(durable, "alone", lambda *_args, **_fields: Taken())
    month_issues.drain()
    issue = MonthIssue.objects.get()
    assert (issue.state, issue.attempts, Invoice.objects.count()) == (JobState.WAITING, 0, 0)
    assert "уже выставляет другой процесс" in refused(closing.run, month=OCTOBER)


@pytest.mark.django_db(transaction=True)
def test_command_and_worker_at_once_issue_each_invoice_once() -> None:
    closed(accounts=6)

    def command() -> str:
        try:
            closing.run(month=OCTOBER)
        except CloseError as refusal:
            return refusal.code
        return "done"

    def work() -> str:
        month_issues.drain()
        return "done"

    outcomes = at_once([command, work])
    assert set(outcomes) <= {"done", "close.running"}
    again()
    assert MonthIssue.objects.get().state == JobState.DONE
    assert all_issued_once(6)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_command_and_worker_still_issue_each_invoice_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock only saves work: the account's own lock keeps its invoice single."""
    closed(accounts=6)
    names = iter(["a", "b"])
    monkeypatch.setattr(closing, "lock_name", lambda _month: next(names))
    at_once([lambda: closing.run(month=OCTOBER), month_issues.drain])
    assert all_issued_once(6)


def test_after_the_command_the_page_knows_that_all_is_issued() -> None:
    account_with_trunk()
    closing.run(month=OCTOBER)
    issue = MonthIssue.objects.get()
    assert (issue.state, issue.whole, issue.done, issue.ordered_by) == (JobState.DONE, 1, 1, None)


def test_what_an_interrupted_command_left_is_issued_from_the_page(staff: User) -> None:
    for _ in range(2):
        account_with_trunk()
    assert "ещё не закрыт" in refused(month_issues.order, month=OCTOBER, by=Actor(staff))
    months.close(OCTOBER)
    first = closing.accounts(OCTOBER)[0]
    issuing.issue(account=first, month=OCTOBER, issued_on=clock.today())
    month_issues.order(month=OCTOBER, by=Actor(staff))
    assert "уже выставляются" in refused(month_issues.order, month=OCTOBER, by=Actor(staff))
    month_issues.drain()
    assert all_issued_once(2)


def test_an_account_closed_before_the_month_gets_nothing() -> None:
    gone = account_with_trunk()
    gone.subscribers.update(status="closed", closed_at=datetime(2026, 9, 20, tzinfo=UTC))
    issue = closed(accounts=1)
    month_issues.drain()
    issue.refresh_from_db()
    assert (issue.done, Invoice.objects.count()) == (2, 1)
