"""Restrictions begin only with complete statements, on the morning of a working day; they are lifted with an apology
if the money arrived in time (4.8)."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Account, User
from billing.models import DebtRestriction, DunningNotice, MovedDay
from billing.selectors import dunning_steps, restriction_days, statement_coverage, waiting, workdays
from billing.selectors.restriction_days import Gate
from billing.services import debts, dunning, guarantees, statements
from billing.tests import bank_days, bank_files
from billing.tests.bank_files import Doc
from billing.tests.debtors import REMINDED, owes, pays, promised, run_each_day, run_on
from notifications.models import Letter
from sipcabinet.lib.clock import MINSK
from subscribers.models import Subscriber
from subscribers.tests.factories import TrunkFactory

Travel = Callable[[str], Any]
pytestmark = pytest.mark.django_db


@pytest.fixture
def debtor(account: Account, trunk: Subscriber, at: Travel) -> Account:
    """The invoice of October, due on 25.11; calls are barred from Monday 07.12."""
    at("2026-11-10 12:00")
    owes(account)
    return account


def status(subscriber: Subscriber) -> str:
    subscriber.refresh_from_db()
    return subscriber.status


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MINSK)


# --- Which days are covered ------------------------------------------------------------------------------------------
def through(*stretches: tuple[str, str]) -> date | None:
    for first, last in stretches:
        bank_days.read(date.fromisoformat(first), date.fromisoformat(last))
    return statement_coverage.complete_through()


@pytest.mark.parametrize(
    ("stretches", "day"),
    [
        ([], None),
        ([("2026-12-01", "2026-12-03")], "2026-12-03"),
        ([("2026-12-01", "2026-12-04")], "2026-12-06"),  # a Friday: the weekend needs no statement
        ([("2026-12-01", "2026-12-04"), ("2026-12-07", "2026-12-07")], "2026-12-07"),
        ([("2026-12-01", "2026-12-03"), ("2026-12-07", "2026-12-07")], "2026-12-03"),  # 04.12 has no statement
        ([("2026-12-07", "2026-12-07"), ("2026-12-01", "2026-12-03"), ("2026-12-02", "2026-12-04")], "2026-12-07"),
        ([("2026-12-24", "2026-12-24")], "2026-12-27"),  # Christmas and a weekend
        ([("2026-12-31", "2026-12-31")], "2027-01-03"),
    ],
)
def test_working_days_without_a_statement_are_gaps(stretches: list[tuple[str, str]], day: str | None) -> None:
    assert through(*stretches) == (day and date.fromisoformat(day))


def test_a_moved_day_needs_none_or_needs_one() -> None:
    MovedDay.objects.create(day=date(2026, 12, 4), reason="Банк закрыт")
    MovedDay.objects.create(day=date(2026, 12, 5), is_working=True, reason="Перенос")
    assert through(("2026-12-01", "2026-12-03")) == date(2026, 12, 4)


def test_of_several_accounts_the_earliest_counts(settings: LazySettings) -> None:
    second = "BY13POLS30120000000000000000"
    settings.OPERATOR_REQUISITES = {**settings.OPERATOR_REQUISITES, "iban": f"{bank_files.OURS}, {second}"}
    assert through(("2026-12-01", "2026-12-10")) is None
    bank_days.read(date(2026, 12, 1), date(2026, 12, 8), iban=second)
    assert statement_coverage.complete_through() == date(2026, 12, 8)


@pytest.mark.parametrize(
    ("taken_in", "day"), [("11:00", "2026-12-02"), ("16:59", "2026-12-02"), ("17:00", "2026-12-03")]
)
def test_a_statement_of_the_morning_tells_not_all_of_its_day(taken_in: str, day: str) -> None:
    bank_days.read(date(2026, 12, 1), date(2026, 12, 3), at=moment(f"2026-12-03 {taken_in}"))
    assert statement_coverage.complete_through() == date.fromisoformat(day)


def test_gaps_before_the_set_day_do_not_count(settings: LazySettings) -> None:
    stretches = [("2020-11-01", "2020-11-30"), ("2026-12-01", "2026-12-08")]
    assert through(*stretches) == date(2020, 11, 30)
    settings.STATEMENTS_SINCE = date(2026, 12, 1)
    assert statement_coverage.complete_through() == date(2026, 12, 8)


def test_many_weekends_between_statements_cost_no_query_more(
    settings: LazySettings, django_assert_num_queries: Callable[[int], Any]
) -> None:
    settings.OPERATOR_REQUISITES = {**settings.OPERATOR_REQUISITES, "iban": bank_files.OURS}
    fridays = [date(2026, 9, 4) + timedelta(weeks=count) for count in range(12)]
    for friday in fridays:
        bank_days.read(friday - timedelta(days=4), friday)
    with django_assert_num_queries(3):
        assert statement_coverage.complete_through() == fridays[-1] + timedelta(days=2)


# --- Twenty days without a statement ---------------------------------------------------------------------------------
def test_twenty_days_without_statements_bar_nobody(
    debtor: Account, trunk: Subscriber, other_owner: User, at: Travel, caplog: pytest.LogCaptureFixture
) -> None:
    """After the missing statements are imported, only the account that did not pay is barred."""
    other = other_owner.account
    assert other is not None
    payer = TrunkFactory.create(account=other)
    owes(other)
    bank_days.read(date(2026, 11, 1), date(2026, 11, 24))
    run_each_day(at, "2026-11-25", "2026-12-14")
    assert not DebtRestriction.objects.exists()
    at("2026-12-15 09:30")
    caplog.clear()
    counts = dunning.run_due()
    assert (counts.restricted, counts.waiting, counts.statements_through) == (0, 2, date(2026, 11, 24))
    assert [record.msg["event"] for record in caplog.records].count("dunning.waits_for_statements") == 1  # type: ignore[index]

    docs = [Doc(credit="125.00", id="1", day="09.12.2026", purpose=f"л/с {other.number}")]
    statements.take_in(bank_files.client_bank_4(docs), file_name="week.txt")
    bank_days.read(date(2026, 11, 25), date(2026, 12, 14), at=moment("2026-12-15 09:40"))
    at("2026-12-15 10:30")
    assert dunning.run_due().restricted == 1
    assert (status(trunk), status(payer)) == ("restricted", "active")
    assert DebtRestriction.objects.get().account == debtor


def test_without_the_look_at_statements_all_would_be_barred(
    debtor: Account, at: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restriction_days, "gate", lambda: Gate(None, complete=True, morning=True))
    run_each_day(at, "2026-11-25", "2026-12-07")
    assert DebtRestriction.objects.exists()


def test_the_command_says_that_it_waits_and_ends_with_three(
    debtor: Account, at: Travel, capsys: pytest.CaptureFixture[str]
) -> None:
    run_on(at, *REMINDED)
    at("2026-12-07 09:30")
    for options in (["--dry-run"], []):
        with pytest.raises(SystemExit) as ended:
            call_command("run_dunning", "--json", *options)
        assert ended.value.code == 3
        told = json.loads(capsys.readouterr().out)
        assert (told["waiting"], told["restricted"], told["statements_through"]) == (1, 0, None)


def test_the_desk_says_it_once_and_the_lists_too(debtor: Account, staff: User, at: Travel, client_of: Any) -> None:
    bank_days.read(date(2026, 11, 1), date(2026, 11, 24))
    run_on(at, *REMINDED)
    at("2026-12-07 09:30")
    desk: Client = client_of(staff)
    words = f"Счёт {bank_files.OURS}: загружены полностью по 24.11.2026, нет выписки за 25.11.2026"
    lists = ("debtrestriction", "dunningnotice", "debt")
    for address in ("admin:index", *(f"admin:billing_{name}_changelist" for name in lists)):
        assert desk.get(reverse(address)).content.decode().count(words) == 1, address
    bank_days.read(date(2026, 11, 25), date(2026, 12, 6))
    assert "ждут выписок" not in desk.get(reverse("admin:index")).content.decode()


def test_while_nobody_waits_there_is_no_warning(debtor: Account, at: Travel) -> None:
    at("2026-11-20 09:30")
    assert waiting.warning() == ""


def test_a_promise_does_not_run_out_before_its_statements_are_read(debtor: Account, at: Travel) -> None:
    bank_days.read(date(2026, 11, 1), date(2026, 12, 3))
    at("2026-11-20 12:00")
    guarantee = promised(debtor)
    at("2026-12-06 00:05")
    assert guarantees.expire_due() == 0
    at("2026-12-07 09:30")
    assert dunning.run_due().waiting == 1
    pays(debtor, "125.00", date(2026, 12, 4))
    guarantee.refresh_from_db()
    assert guarantee.state == "fulfilled"
    assert not DebtRestriction.objects.exists()


def test_without_waiting_a_promise_that_is_kept_would_be_broken(
    debtor: Account, at: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_coverage, "complete_through", lambda: date(2040, 1, 1))
    at("2026-11-20 12:00")
    promised(debtor)
    at("2026-12-06 00:05")
    assert guarantees.expire_due() == 1


# --- Working days, in the morning ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("due", "named"),
    [
        (date(2027, 4, 20), date(2027, 4, 30)),
        (date(2027, 4, 21), date(2027, 5, 3)),  # 1 May is a Saturday, 2 May Easter
        (date(2027, 4, 29), date(2027, 5, 10)),  # 9 May is a Sunday
        (date(2027, 5, 1), date(2027, 5, 12)),  # 11 May is Radunitsa
        (date(2026, 12, 15), date(2026, 12, 28)),  # 25 December and a weekend
        (date(2026, 12, 22), date(2027, 1, 4)),  # 1 January and a weekend
        (date(2026, 12, 28), date(2027, 1, 8)),  # 7 January
    ],
)
@pytest.mark.full
@pytest.mark.usefixtures("statements_are_complete")
def test_no_restriction_on_a_day_off_of_2027(
    account: Account, trunk: Subscriber, at: Travel, due: date, named: date
) -> None:
    at(f"{due.isoformat()} 09:00")
    owes(account, due_on=due)
    told = run_each_day(at, due.isoformat(), named.isoformat())
    (restriction,) = DebtRestriction.objects.all()
    assert restriction.started_at.astimezone(MINSK).date() == named
    assert workdays.is_working(named)
    reminders = Letter.objects.filter(kind="payment_reminder")
    assert len(reminders) == len(told) - 1
    for letter in reminders:
        assert f"с {named:%d.%m.%Y} исходящие звонки будут ограничены" in letter.body_text


@pytest.mark.usefixtures("statements_are_complete")
def test_a_day_that_staff_move_off_moves_it_and_one_that_they_make_work_does_not(debtor: Account, at: Travel) -> None:
    """A letter named 07.12: the Saturday that became a working day is too early, and the Monday became a day off."""
    run_on(at, *REMINDED)
    MovedDay.objects.create(day=date(2026, 12, 5), is_working=True, reason="Перенос с 07.12")
    MovedDay.objects.create(day=date(2026, 12, 7), reason="Перенос на 05.12")
    told = run_each_day(at, "2026-12-05", "2026-12-09")
    assert list(told) == ["2026-12-08"]


@pytest.mark.usefixtures("statements_are_complete")
@pytest.mark.parametrize(("hour", "begins"), [("08:59", False), ("09:00", True), ("11:59", True), ("12:00", False)])
def test_it_begins_in_the_morning(debtor: Account, at: Travel, hour: str, begins: bool) -> None:
    run_on(at, *REMINDED)
    at(f"2026-12-07 {hour}")
    counts = dunning.run_due()
    assert (counts.restricted, counts.waiting) == (begins, 0)


@pytest.mark.usefixtures("statements_are_complete")
def test_without_the_calendar_it_would_begin_on_a_saturday(
    debtor: Account, at: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workdays, "is_working", lambda _day: True)
    monkeypatch.setattr(workdays, "first_from", lambda day, _moved=None: day)
    assert "2026-12-05" in run_each_day(at, "2026-11-25", "2026-12-07")


@pytest.mark.usefixtures("statements_are_complete")
def test_a_run_that_comes_late_reminds_first_and_leaves_three_days(debtor: Account, at: Travel) -> None:
    assert list(run_each_day(at, "2026-12-16", "2026-12-22")) == ["2026-12-16", "2026-12-21"]  # 19.12 is a Saturday
    assert "с 21.12.2026 исходящие звонки будут ограничены" in Letter.objects.order_by("pk")[0].body_text


@pytest.mark.usefixtures("statements_are_complete")
def test_without_asking_for_a_reminder_the_restriction_would_come_first(
    debtor: Account, at: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {debtor.debts.get().pk: date(2026, 12, 7)}
    monkeypatch.setattr(dunning_steps, "warned", lambda _account: named)
    at("2026-12-16 09:30")
    assert (dunning.run_due().restricted, DunningNotice.objects.filter(step="second").exists()) == (1, False)


# --- Paid in time, imported late -------------------------------------------------------------------------------------
@pytest.fixture
def barred(debtor: Account, trunk: Subscriber, statements_are_complete: None, at: Travel) -> DebtRestriction:
    """Barred since 07.12; on 14.12 the next invoice is one day overdue, so a payment does not cover all overdue
    debts."""
    run_on(at, *REMINDED, "2026-12-07")
    at("2026-12-14 15:00")
    owes(debtor, "250.00", "2026-11", issued_on=date(2026, 11, 28), due_on=date(2026, 12, 13))
    return DebtRestriction.objects.get()


@pytest.mark.parametrize(("day", "lifted"), [("2026-12-04", True), ("2026-12-07", True), ("2026-12-08", False)])
def test_a_payment_dated_up_to_the_restriction_lifts_it_with_an_apology(
    barred: DebtRestriction, trunk: Subscriber, debtor: Account, day: str, lifted: bool
) -> None:
    pays(debtor, "125.00", date.fromisoformat(day))
    assert status(trunk) == ("active" if lifted else "restricted")
    barred.refresh_from_db()
    assert barred.lifted_why == ("оплата поступила вовремя" if lifted else "")
    letters = Letter.objects.filter(kind="calls_allowed")
    assert [("оплата поступила вовремя" in letter.body_text) for letter in letters] == [True] * lifted


def test_a_part_of_it_in_time_does_not(barred: DebtRestriction, trunk: Subscriber, debtor: Account) -> None:
    pays(debtor, "124.99", date(2026, 12, 4))
    assert status(trunk) == "restricted"


def test_all_of_it_too_late_lifts_it_without_an_apology(
    barred: DebtRestriction, trunk: Subscriber, debtor: Account
) -> None:
    pays(debtor, "375.00", date(2026, 12, 14))
    assert status(trunk) == "active"
    assert "вовремя" not in Letter.objects.get(kind="calls_allowed").body_text


def test_without_that_look_he_would_stay_barred(
    barred: DebtRestriction, trunk: Subscriber, debtor: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debts, "paid_in_time", lambda _restriction: False)
    pays(debtor, "125.00", date(2026, 12, 4))
    assert status(trunk) == "restricted"
