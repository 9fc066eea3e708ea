"""Reminders and restrictions day by day (4.8). The invoice of October 2026 is due on 25 November."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts.models import Account, User
from billing.models import DebtRestriction, DunningNotice, DunningStep
from billing.selectors import dunning_steps
from billing.selectors.dunning_steps import Due
from billing.services import dunning
from billing.tests.debtors import DUE, owes, pays, promised, promises, run_each_day
from notifications.models import Letter
from sipcabinet import settings as project
from subscribers.models import Subscriber

Travel = Callable[[str], Any]
pytestmark = pytest.mark.usefixtures("statements_are_complete")


@pytest.fixture
def debtor(account: Account, trunk: Subscriber, at: Travel) -> Account:
    at("2026-11-10 12:00")
    owes(account)
    return account


def letters_of(account: Account) -> list[str]:
    return list(Letter.objects.filter(account=account).order_by("pk").values_list("kind", flat=True))


def test_the_whole_table_day_by_day(debtor: Account, trunk: Subscriber, at: Travel) -> None:
    number = debtor.invoices.get().number
    assert run_each_day(at, "2026-11-11", "2026-12-20") == {
        "2026-11-22": [f"Оплатите счёт № {number} до 25.11.2026"],
        "2026-11-26": [f"Счёт № {number} не оплачен в срок"],
        "2026-12-02": [f"Счёт № {number} не оплачен в срок"],
        "2026-12-07": [f"Исходящие звонки ограничены: не оплачен счёт № {number}"],  # 05.12 is a Saturday
    }
    notices = DunningNotice.objects.order_by("taken_at")
    assert [(one.step, one.taken_at.date()) for one in notices] == [
        ("before", date(2026, 11, 22)),
        ("first", date(2026, 11, 26)),
        ("second", date(2026, 12, 2)),
        ("restrict", date(2026, 12, 7)),
    ]
    assert all(one.letter is not None for one in notices)
    trunk.refresh_from_db()
    assert trunk.status == "restricted"


@pytest.mark.parametrize(
    ("day", "step"),
    [
        (-4, None),
        (-3, "before"),
        (0, "before"),
        (1, "first"),
        (6, "first"),
        (7, "second"),
        (9, "second"),
        (10, "restrict"),
        (400, "restrict"),
    ],
)
def test_the_step_of_a_day(day: int, step: str | None) -> None:
    warned = DUE + timedelta(days=10)
    assert dunning_steps.step_of(DUE, DUE + timedelta(days=day), warned) == step


@pytest.mark.parametrize("named", [None, DUE + timedelta(days=12)])
def test_without_a_reminder_or_before_its_day_there_is_no_restriction(named: date | None) -> None:
    assert dunning_steps.step_of(DUE, DUE + timedelta(days=11), named) == "second"


def test_the_days_are_settings(settings: LazySettings) -> None:
    settings.DUNNING = {"before": 5, "first": 2, "second": 3, "restrict": 4}
    days = (-6, -5, 1, 2, 3, 4)
    found = [dunning_steps.step_of(DUE, DUE + timedelta(days=day), DUE + timedelta(days=4)) for day in days]
    assert found == [None, "before", None, "first", "second", "restrict"]


@pytest.mark.parametrize("moment", ["2026-11-25 23:59:59", "2026-11-26 00:00:00"])
def test_the_day_is_that_of_minsk(debtor: Account, at: Travel, moment: str) -> None:
    at(moment)
    dunning.run_due()
    expected = "before" if moment < "2026-11-26" else "first"
    assert DunningNotice.objects.get().step == expected


def test_run_again_it_does_nothing(debtor: Account, at: Travel) -> None:
    for day in ("2026-11-22", "2026-11-26", "2026-12-02", "2026-12-07"):
        at(f"{day} 09:30")
        first, second = dunning.run_due(), dunning.run_due()
        assert first.reminded + first.restricted == 1
        assert second.reminded + second.restricted == 0
    assert len(letters_of(debtor)) == 4
    assert DebtRestriction.objects.count() == 1


def test_a_step_is_taken_once_by_the_database_too(debtor: Account, at: Travel) -> None:
    at("2026-11-22 09:30")
    dunning.run_due()
    with pytest.raises(IntegrityError, match="dunning_step_once"), transaction.atomic():
        DunningNotice.objects.create(account=debtor, debt=debtor.debts.get(), step=DunningStep.BEFORE)


@pytest.mark.parametrize(
    ("day", "kinds", "steps"),
    [
        ("2026-11-24", ["payment_reminder"], ["before"]),
        ("2026-12-03", ["payment_reminder"], ["second"]),
        ("2026-12-31", ["payment_reminder"], ["second"]),  # a restriction is never the first step
    ],
)
def test_a_late_run_catches_up_with_one_letter(
    debtor: Account, at: Travel, day: str, kinds: list[str], steps: list[str]
) -> None:
    at(f"{day} 09:30")
    dunning.run_due()
    assert letters_of(debtor) == kinds
    assert list(DunningNotice.objects.values_list("step", flat=True)) == steps


def test_a_paid_invoice_is_left_alone(debtor: Account, at: Travel) -> None:
    pays(debtor, "125.00")
    assert run_each_day(at, "2026-11-20", "2026-12-10") == {}


def test_after_payment_no_step_follows(debtor: Account, at: Travel) -> None:
    run_each_day(at, "2026-11-20", "2026-11-26")
    pays(debtor, "125.00")
    assert run_each_day(at, "2026-11-27", "2026-12-10") == {}


def test_a_part_is_reminded_of_as_what_is_left(debtor: Account, at: Travel) -> None:
    pays(debtor, "25.00")
    at("2026-11-26 09:30")
    dunning.run_due()
    assert "100,00\u00a0BYN" in Letter.objects.get().body_text


def test_a_promise_that_waits_stops_nothing(debtor: Account, at: Travel) -> None:
    at("2026-11-20 12:00")
    promises(debtor)
    told = run_each_day(at, "2026-11-21", "2026-12-10")
    assert list(told) == ["2026-11-22", "2026-11-26", "2026-12-02", "2026-12-07"]


def test_an_accepted_promise_stops_the_letters_of_its_invoice(debtor: Account, trunk: Subscriber, at: Travel) -> None:
    at("2026-11-20 12:00")
    promised(debtor)
    told = run_each_day(at, "2026-11-21", "2026-12-10")
    assert [(day, len(subjects)) for day, subjects in told.items()] == [("2026-12-06", 1), ("2026-12-07", 1)]
    assert letters_of(debtor)[-2:] == ["guarantee_expired", "calls_restricted"]
    trunk.refresh_from_db()
    assert trunk.status == "restricted"


def test_the_next_invoice_is_reminded_of_beside_a_promise(debtor: Account, at: Travel) -> None:
    at("2026-12-12 12:00")
    promised(debtor)
    invoice = owes(debtor, "250.00", "2026-11")
    at("2026-12-22 09:30")
    dunning.run_due()
    letter = Letter.objects.get(kind="payment_reminder")
    assert letter.subject == f"Оплатите счёт № {invoice.number} до 25.12.2026"
    assert "250,00\u00a0BYN" in letter.body_text
    assert "125,00\u00a0BYN" not in letter.body_text


def test_several_invoices_make_one_letter(account: Account, trunk: Subscriber, at: Travel) -> None:
    at("2026-12-01 12:00")
    first = owes(account, "100.00", "2026-09", due_on=date(2026, 12, 1))
    second = owes(account, "125.00", "2026-10", due_on=date(2026, 12, 8))
    at("2026-12-08 09:30")
    counts = dunning.run_due()
    letter = Letter.objects.get()
    assert (counts.reminded, letter.subject) == (1, f"Счёт № {first.number} не оплачен в срок")
    for fact in (first.number, second.number, "100,00\u00a0BYN", "125,00\u00a0BYN", "225,00\u00a0BYN"):
        assert fact in letter.body_text
    assert f"Оплата по счетам № {first.number}, {second.number}, л/с {account.number}" in letter.body_text
    notices = {(one.debt.invoice, one.step): one.letter for one in DunningNotice.objects.all()}
    assert notices == {(first, "second"): letter, (second, "before"): None}


@pytest.mark.full
def test_a_restricted_account_is_reminded_of_its_next_invoice(debtor: Account, at: Travel) -> None:
    run_each_day(at, "2026-12-02", "2026-12-07")
    at("2026-12-10 12:00")
    invoice = owes(debtor, "125.00", "2026-11")
    told = run_each_day(at, "2026-12-11", "2027-01-10")
    assert list(told) == ["2026-12-22", "2026-12-26", "2027-01-01"]
    assert told["2026-12-22"] == [f"Оплатите счёт № {invoice.number} до 25.12.2026"]
    text = Letter.objects.order_by("pk").last()
    assert text is not None
    assert "Исходящие звонки ограничены, пока долг не оплачен." in text.body_text
    assert DunningNotice.objects.get(debt__invoice=invoice, step="restrict").letter is None
    assert DebtRestriction.objects.count() == 1


def test_the_letters_say_what_to_pay_and_until_when(debtor: Account, at: Travel) -> None:
    invoice = debtor.invoices.get()
    run_each_day(at, "2026-11-22", "2026-12-07")
    before, first, second, restricted = Letter.objects.order_by("pk")
    for letter in (before, first, second, restricted):
        assert letter.recipient == debtor.cabinet_email
        for fact in (invoice.number, "125,00\u00a0BYN", "25.11.2026", invoice.purpose, "http", debtor.number):
            assert fact in letter.body_text
            assert fact in letter.body_html
    assert "нужно оплатить до 25.11.2026 включительно" in before.body_text
    for letter in (before, first, second):
        assert "с 07.12.2026 исходящие звонки будут ограничены" in letter.body_text
    assert "Звонки в экстренные службы и на бесплатные номера доступны всегда." in restricted.body_text


def test_one_account_that_fails_stops_no_other(
    debtor: Account, other_owner: User, at: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = other_owner.account
    assert other is not None
    owes(other)
    at("2026-11-26 09:30")
    work = dunning_steps.due_of

    def due_of(account: Account) -> Due:
        if account == debtor:
            raise RuntimeError("a fault")
        return work(account)

    monkeypatch.setattr(dunning_steps, "due_of", due_of)
    counts = dunning.run_due()
    assert (counts.accounts, counts.failed, counts.reminded) == (2, 1, 1)
    monkeypatch.undo()
    assert dunning.run_due().reminded == 1


# --- The command and the calendar ------------------------------------------------------------------------------------
def test_the_command_counts(debtor: Account, at: Travel, capsys: pytest.CaptureFixture[str]) -> None:
    run_each_day(at, "2026-12-02", "2026-12-02")
    at("2026-12-07 09:30")
    call_command("run_dunning", "--json")
    nothing = {"expired": 0, "told": 0, "reminded": 0, "lifted": 0, "waiting": 0, "failed": 0}
    expected = {"accounts": 1, "restricted": 1, "statements_through": "2040-12-27", **nothing}
    assert json.loads(capsys.readouterr().out) == expected


@pytest.mark.parametrize("moment", ["2026-11-26 09:30", "2026-12-07 09:30", "2026-12-18 09:30"])
def test_a_dry_run_foresees_and_writes_nothing(
    debtor: Account, at: Travel, capsys: pytest.CaptureFixture[str], moment: str
) -> None:
    if moment > "2026-12-01":
        run_each_day(at, "2026-12-02", "2026-12-02")
    if moment > "2026-12-10":
        at("2026-12-05 12:00")
        promised(debtor)
    at(moment)
    known, steps = Letter.objects.count(), DunningNotice.objects.count()
    call_command("run_dunning", "--dry-run", "--json")
    foreseen = json.loads(capsys.readouterr().out)
    assert (Letter.objects.count(), DunningNotice.objects.count(), DebtRestriction.objects.count()) == (known, steps, 0)
    call_command("run_dunning", "--json")
    done = json.loads(capsys.readouterr().out)
    if foreseen["expired"]:
        assert done["expired"] == 1
    else:
        assert done == foreseen


def test_the_command_refuses_what_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises((SystemExit, CommandError)) as ended:
        call_command("run_dunning", "--account", "1")
    assert getattr(ended.value, "code", 2) == 2


def test_letters_go_out_in_the_daytime() -> None:
    """Beat runs on Minsk time: promises expire at the start of a day, reminders are sent in working hours."""
    schedule = project.CELERY_BEAT_SCHEDULE
    assert project.CELERY_TIMEZONE == "Europe/Minsk"
    assert schedule["run-dunning"]["schedule"].hour == set(range(9, 18))
    assert schedule["expire-guarantees"]["schedule"].hour == {0}


def test_the_clock_of_a_notice_is_the_portals(debtor: Account, at: Travel) -> None:
    at("2026-11-22 09:30")
    dunning.run_due()
    assert DunningNotice.objects.get().taken_at == datetime.fromisoformat("2026-11-22T06:30:00+00:00")
