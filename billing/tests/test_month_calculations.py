"""The calculation of a month for its review: each account once, compared with the months before, never money (4.7)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, User
from billing.models import CHARGED, AccountDraft, DraftMark, Invoice, LedgerEntry, MonthCalculation
from billing.selectors import month_changes, month_review
from billing.services import month_calculations
from billing.services.month_calculations import CalculationError
from billing.tests.issued import OCTOBER, account_with_trunk, issued
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.periods import Month
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.killer import worker
from sipcabinet.tests.processes import ended
from subscribers.models import CallImport, Charge, PlanTerms, VatRate
from subscribers.services import numbers
from subscribers.tests.factories import CallFactory, CallImportFactory, NumberFactory, TariffPlanFactory, TrunkFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("invoicing_day")]
SEPTEMBER, AUGUST = Month(2026, 9), Month(2026, 8)
WORKER = worker("from billing.services import month_calculations", "month_calculations.drain()")


def calculated(staff: User | None = None, month: Month = OCTOBER) -> MonthCalculation:
    month_calculations.order(month=month, by=Actor(staff))
    month_calculations.drain()
    found = month_review.newest(month)
    assert found is not None
    return found


def mark_of(account: Account) -> str:
    return AccountDraft.objects.get(account=account).mark


def nothing_is_issued() -> bool:
    return not any(table.objects.exists() for table in (Invoice, LedgerEntry, Charge))


def test_every_account_is_counted_and_nothing_is_issued(staff: User) -> None:
    accounts = [account_with_trunk() for _ in range(3)]
    found = calculated(staff)
    assert nothing_is_issued()
    assert (found.whole, found.done, found.net, found.vat) == (3, 3, Decimal("36.00"), Decimal("9.00"))
    assert found.marks == {"new": 3}
    assert {draft.account for draft in found.drafts.all()} == set(accounts)
    assert {draft.by_kind["fee"] for draft in found.drafts.all()} == {"12.00"}
    event = AuditEvent.objects.get(action="month.calculated")
    assert (event.user, event.account) == (staff, None)


def test_accounts_are_compared_with_the_month_before() -> None:
    same, up, down, lost, closed, empty = (account_with_trunk() for _ in range(6))
    empty.subscribers.update(status="closed", closed_at=datetime(2026, 7, 5, tzinfo=UTC))
    for month in (AUGUST, SEPTEMBER):
        for account in (same, up, down, lost, closed):
            issued(account, month, month.shift(1).first_day)
    for _ in range(2):
        TrunkFactory.create(account=up, plan=TariffPlanFactory.create())
    down.subscribers.update(status="closed", closed_at=datetime(2026, 10, 5, tzinfo=UTC))
    lost.subscribers.update(status="closed", closed_at=datetime(2026, 9, 20, tzinfo=UTC))
    closed.subscribers.update(status="closed", closed_at=datetime(2026, 9, 20, tzinfo=UTC))
    Account.objects.filter(pk=closed.pk).update(status="closed", closed_on=date(2026, 9, 20))
    new = account_with_trunk()

    found = calculated()

    assert [mark_of(one) for one in (same, up, down, lost, closed, empty, new)] == [
        *("same", "up", "down", "lost", "lost", "empty", "new")
    ]
    draft = AccountDraft.objects.get(account=up)
    assert [str(one) for one in (draft.before, draft.earlier, draft.total, draft.weight)] == [
        *("15.00", "15.00", "45.00", "30.00")
    ]
    assert draft.why == "SIP-соединение 36,00, было 12,00"
    assert found.charged == sum(found.marks[mark] for mark in CHARGED) == 4
    fees = month_review.by_kind(found)[0]
    assert fees.before == fees.earlier == 60  # closed accounts belong to the months before
    assert [row.account for row in month_review.first_of(found, [DraftMark.UP, DraftMark.DOWN])] == [up, down]


def test_an_account_without_a_price_is_named_and_the_others_are_counted() -> None:
    bad, good = account_with_trunk(), account_with_trunk()
    NumberFactory.create(trunk=TrunkFactory.create(account=bad), plan=TariffPlanFactory.create(kind="number"))
    found = calculated()
    assert found.marks == {"failed": 1, "new": 1}
    assert AccountDraft.objects.get(account=bad).why == "На 01.10.2026 не задана цена: SIP-номер"
    assert mark_of(good) == "new"


def test_the_next_calculation_replaces_the_drafts() -> None:
    account_with_trunk()
    first = calculated()
    account_with_trunk()
    second = calculated()
    assert list(MonthCalculation.objects.all()) == [second]
    assert first.pk != second.pk
    assert AccountDraft.objects.count() == 2


def test_the_calculation_agrees_with_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    for account in (account_with_trunk(), account_with_trunk()):
        CallFactory.create(subscriber=account.subscribers.get(), started_at=datetime(2026, 10, 20, tzinfo=UTC))
    CallImport.objects.update(state="done")
    found = calculated()
    call_command("close_month", "--month", OCTOBER.code)
    capsys.readouterr()
    assert (found.net, found.vat) == tuple(Invoice.objects.values_list("net", "vat")[0][at] * 2 for at in (0, 1))
    assert found.calls == 2


def test_a_closed_month_is_counted_from_its_charges() -> None:
    account = account_with_trunk()
    invoice = issued(account)
    PlanTerms.objects.update(monthly_fee=100)
    found = calculated()
    assert (found.net, found.total) == (invoice.net, invoice.total)


@pytest.mark.django_db(transaction=True)
def test_of_two_orders_at_once_one_is_told(staff: User) -> None:
    account_with_trunk()

    def order() -> str:
        try:
            month_calculations.order(month=OCTOBER, by=Actor(staff))
        except CalculationError as refusal:
            return refusal.message
        return "ordered"

    assert sorted(at_once([order] * 4)) == ["ordered", *["Этот месяц уже считается"] * 3]
    assert MonthCalculation.objects.count() == 1


def test_a_month_that_has_not_begun_is_refused() -> None:
    with pytest.raises(CalculationError, match="ещё не начался"):
        month_calculations.order(month=Month.current().shift(1), by=Actor())


FAULTS = {
    "in the second part": "month_calculations._keep_lines = lambda calculation, part, keep=month_calculations."
    "_keep_lines: die() if calculation.done else keep(calculation, part)",
    "before the end": "month_calculations._add_lost = die",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", [pytest.param(one, marks=pytest.mark.full) for one in FAULTS.values()], ids=[*FAULTS])
def test_a_killed_worker_leaves_no_account_out_and_counts_none_twice(fault: str) -> None:
    for _ in range(5):
        account_with_trunk()
    month_calculations.order(month=OCTOBER, by=Actor())
    source = WORKER.format(fault=f"month_calculations.PART = 2; {fault}")
    assert ended("-c", source) == -9
    MonthCalculation.objects.update(claimed_until=None)
    month_calculations.drain()
    found = month_review.newest(OCTOBER)
    assert found is not None
    assert (found.done, found.net, found.drafts.count()) == (5, Decimal(60), 5)
    assert month_review.whole(found).now == 60


def changes_since(change: Any) -> list[str]:
    account_with_trunk()
    found = calculated()
    change()
    return month_changes.since(OCTOBER, found.made_of)


def test_changed_prices_calls_and_numbers_are_told() -> None:
    assert changes_since(lambda: None) == []
    assert changes_since(partial(PlanTerms.objects.update, monthly_fee=99)) == ["изменились цены"]


def test_a_new_call_of_the_month_is_told_and_one_of_the_next_month_is_not() -> None:
    trunk = account_with_trunk().subscribers.get()
    november = partial(CallFactory.create, subscriber=trunk, started_at=datetime(2026, 11, 3, tzinfo=UTC))
    october = partial(CallFactory.create, subscriber=trunk, started_at=datetime(2026, 10, 3, tzinfo=UTC))
    assert changes_since(november) == []
    assert changes_since(october) == ["пришли новые звонки"]


def test_an_undone_import_of_calls_is_told(staff: User) -> None:
    job = CallImportFactory.create()
    undo = partial(CallImport.objects.filter(pk=job.pk).update, undone_by=staff, undone_at=clock.now(), undo_reason="-")
    assert changes_since(undo) == ["отменена загрузка звонков"]


def test_a_number_closed_or_connected_in_the_month_is_told_and_one_of_today_is_not() -> None:
    trunk, other = (account_with_trunk().subscribers.get() for _ in range(2))
    told = ["изменились номера или услуги"]
    assert changes_since(partial(numbers.close, subscriber=trunk)) == []
    assert changes_since(partial(numbers.close, subscriber=other, at=datetime(2026, 10, 9, tzinfo=UTC))) == told
    assert changes_since(partial(TrunkFactory.create, connected_at=clock.now())) == []
    assert changes_since(partial(TrunkFactory.create, connected_at=datetime(2026, 10, 9, tzinfo=UTC))) == told


def test_an_error_of_the_whole_work_is_tried_again_and_then_parked(monkeypatch: pytest.MonkeyPatch) -> None:
    account_with_trunk()
    month_calculations.order(month=OCTOBER, by=Actor())

    def fails(*_args: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(month_calculations, "_add_lost", fails)
    for _ in range(10):
        MonthCalculation.objects.update(due_at=clock.now())
        month_calculations.drain()
    row = month_review.at_work(OCTOBER)
    assert row is not None
    assert row.state == JobState.PARKED
    month_calculations.order(month=OCTOBER, by=Actor())


def test_without_a_vat_rate_every_account_says_so() -> None:
    account_with_trunk()
    VatRate.objects.all().delete()
    found = calculated()
    assert found.marks == {"failed": 1}
    assert AccountDraft.objects.get().why == "На октябрь 2026 не задана ставка НДС"
