"""A debt is a document with its own due day: corrections upwards, opening balances, and the unpaid part of each (4.8).

The cases and their sums come from the fault reports: the whole debt was put on the newest invoice, with its due day.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from accounts.models import Account, User
from billing.models import Correction, Debt, DebtRestriction, DunningNotice, EntryKind, Invoice, LedgerEntry
from billing.selectors import balance, debts, standing
from billing.selectors.debts import Mend, Owed
from billing.selectors.guarantees import eligibility
from billing.services import corrections, dunning, ledger, ledger_check, new_debt_letters
from billing.tests.debtors import pays, promised, run_each_day
from billing.tests.money import corrected, invoice_of
from notifications.models import Letter
from subscribers.models import Subscriber
from subscribers.tests.factories import NumberFactory

Travel = Callable[[str], Any]
pytestmark = pytest.mark.usefixtures("statements_are_complete")


@pytest.fixture
def paid_up(account: Account, trunk: Subscriber, at: Travel) -> Invoice:
    """September and October are paid; returns the invoice of September."""
    at("2026-11-10 12:00")
    NumberFactory.create(trunk=trunk)
    september, october = (invoice_of(account, month, "100.00", subscriber=trunk) for month in ("2026-09", "2026-10"))
    pays(account, str(september.total + october.total))
    return september


def correct(invoice: Invoice, net: str) -> Correction:
    """Changes the invoice's only charge by `net` (without VAT), up or down."""
    charge = invoice.closing.charges.get()
    was = charge.net + sum((line.net for line in charge.corrections.all()), Decimal(0))
    return corrections.issue(invoice=invoice, changes=[(charge, was + Decimal(net))], reason="Ошибка в тарифе")


def kinds() -> list[str]:
    return list(Letter.objects.order_by("pk").values_list("kind", flat=True))


def restricted_on(account: Account) -> list[date]:
    return [one.started_at.date() for one in DebtRestriction.objects.filter(account=account)]


# --- A correction upwards for an account that has paid ---------------------------------------------------------------
@pytest.mark.parametrize(("net", "gross"), [pytest.param("40.00", "50,00", marks=pytest.mark.full), ("0.01", "0,01")])
def test_a_letter_then_fifteen_days_then_a_reminder_then_the_rest(
    account: Account, paid_up: Invoice, at: Travel, net: str, gross: str
) -> None:
    at("2026-12-07 09:00")
    correction = correct(paid_up, net)
    assert dunning.run_due() == dunning.DunningCounts(accounts=1, statements_through=date(2040, 12, 27))
    assert restricted_on(account) == []
    letter = Letter.objects.get()
    assert letter.subject == f"К оплате до 22.12.2026: корректировка № {correction.number}"
    for fact in (
        f"Корректировка № {correction.number} к счёту № {paid_up.number}",
        "Ошибка в тарифе",
        f"{gross}\u00a0BYN",
    ):
        assert fact in letter.body_text
        assert fact in letter.body_html

    told = run_each_day(at, "2026-12-07", "2027-01-12")

    late = f"Корректировка № {correction.number} не оплачена в срок"
    assert told == {
        "2026-12-19": [f"Оплатите корректировку № {correction.number} до 22.12.2026"],
        "2026-12-23": [late],
        "2026-12-29": [late],
        # The tenth day is New Year's Day, followed by a day off and a weekend.
        "2027-01-04": [f"Исходящие звонки ограничены: не оплачена корректировка № {correction.number}"],
    }
    assert all(paid_up.number in one.body_text for one in Letter.objects.all())
    assert not any(invoice.number in one.body_text for one in Letter.objects.all() for invoice in others(paid_up))
    for reminder in Letter.objects.filter(kind="payment_reminder"):
        assert "с 04.01.2027 исходящие звонки будут ограничены" in reminder.body_text


def others(invoice: Invoice) -> list[Invoice]:
    return list(Invoice.objects.filter(account=invoice.account).exclude(pk=invoice.pk))


@pytest.mark.full
def test_without_the_notice_it_would_bar_them_sooner(
    account: Account, paid_up: Invoice, at: Travel, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.DEBT_NOTICE = timedelta(0)
    at("2026-12-07 09:00")
    correct(paid_up, "40.00")
    run_each_day(at, "2026-12-07", "2026-12-21")
    assert restricted_on(account) == [date(2026, 12, 17)]


def test_pages_show_the_correction_as_what_is_owed(
    account: Account, owner: User, paid_up: Invoice, at: Travel, client_of: Callable[[User], Client]
) -> None:
    at("2026-12-07 09:00")
    correction, client = correct(paid_up, "40.00"), client_of(owner)
    title = f"Корректировка № {correction.number} к счёту № {paid_up.number}"
    for address in ("/", "/account/", "/invoices/", f"/invoices/{paid_up.number}/", "/guarantees/register/"):
        page = client.get(address).content.decode()
        assert "50,00" in page, address
        assert "22.12.2026" in page, address
    assert title in client.get("/invoices/").content.decode()
    assert "оплачен" in client.get("/invoices/").content.decode()
    assert "просрочен" not in client.get("/invoices/").content.decode()
    found = standing.of(account)
    assert [(one.debt.title, one.unpaid) for one in found.unpaid] == [(title, Decimal("50.00"))]


def test_a_correction_can_be_promised(account: Account, paid_up: Invoice, trunk: Subscriber, at: Travel) -> None:
    at("2026-12-07 09:00")
    correction = correct(paid_up, "40.00")
    guarantee = promised(account, "50.00")
    assert (guarantee.debt.correction, guarantee.valid_until) == (correction, date(2027, 1, 1))
    assert f"Корректировка № {correction.number}" in Letter.objects.get(kind="guarantee_accepted").body_text
    # The guarantee's last day is a holiday; the first working day after it is named, and the restriction keeps it.
    assert "с 04.01.2027 исходящие звонки будут ограничены" in Letter.objects.get(kind="guarantee_accepted").body_text
    run_each_day(at, "2026-12-08", "2027-01-04")
    assert restricted_on(account) == [date(2027, 1, 4)]
    pays(account, "50.00")
    trunk.refresh_from_db()
    assert trunk.status == "active"


def test_what_money_there_is_covers_a_correction_without_a_letter(account: Account, paid_up: Invoice) -> None:
    pays(account, "60.00")
    correct(paid_up, "40.00")
    assert not Letter.objects.exists()
    assert debts.unpaid(account) == []


def test_one_that_is_uncovered_later_is_told_of_then(account: Account, paid_up: Invoice, at: Travel) -> None:
    """A debit due sooner takes the money: the next run writes the correction's letter and moves its due day."""
    pays(account, "60.00")
    at("2026-12-07 09:00")
    correct(paid_up, "40.00")  # due on 22.12, covered
    corrected(account, "-60.00", date(2026, 12, 7), "Возврат платежа", due_on=date(2026, 12, 21))
    at("2026-12-10 09:30")
    assert dunning.run_due().told == 1
    assert [one.due_on for one in debts.unpaid(account)] == [date(2026, 12, 25)]
    assert dunning.run_due().told == 0


# --- A debt from an opening balance ----------------------------------------------------------------------------------
@pytest.fixture
def opened(account: Account, trunk: Subscriber, at: Travel) -> Debt:
    at("2026-12-01 12:00")
    told: dict[str, Any] = {"booked_on": date(2026, 11, 1), "title": "Входящее сальдо на 01.11.2026"}
    ledger.open_balance(account=account, amount=Decimal("-500.00"), **told)
    return Debt.objects.get()


def test_an_opening_debt_is_told_reminded_of_and_restricted_for(account: Account, opened: Debt, at: Travel) -> None:
    assert (opened.due_on, opened.amount, balance.to_pay(account)) == (
        date(2026, 12, 16),
        Decimal("500.00"),
        Decimal("500.00"),
    )
    assert Letter.objects.get().subject == "К оплате до 16.12.2026: задолженность на 01.11.2026"
    assert run_each_day(at, "2026-12-01", "2026-12-31") == {
        "2026-12-13": ["Оплатите задолженность на 01.11.2026 до 16.12.2026"],
        "2026-12-17": ["Задолженность на 01.11.2026 не оплачена в срок"],
        "2026-12-23": ["Задолженность на 01.11.2026 не оплачена в срок"],
        "2026-12-28": ["Исходящие звонки ограничены: не оплачена задолженность на 01.11.2026"],
    }
    assert standing.of(account).overdue_sum == Decimal("500.00")
    assert f"лицевой счёт {account.number}" in Letter.objects.latest("pk").body_text


def test_an_opening_debt_can_be_promised(account: Account, opened: Debt, at: Travel) -> None:
    answer = eligibility(account)
    assert (answer.may_ask, answer.unpaid) == (True, Decimal("500.00"))
    guarantee = promised(account, "500.00")
    assert (guarantee.debt, guarantee.valid_until) == (opened, date(2026, 12, 26))
    pays(account, "500.00")
    guarantee.refresh_from_db()
    assert guarantee.state == "fulfilled"
    assert eligibility(account).reason == (
        "Задолженность на 01.11.2026 оплачена полностью, поэтому регистрация не требуется."
    )


def test_an_opening_balance_in_favour_is_no_debt(account: Account, at: Travel) -> None:
    at("2026-12-01 12:00")
    ledger.open_balance(account=account, amount=Decimal("10.00"), booked_on=date(2026, 12, 1), title="Сальдо")
    assert not Debt.objects.exists()
    assert not Letter.objects.exists()


# --- Which money pays which document ---------------------------------------------------------------------------------
def test_a_correction_downwards_takes_off_the_latest_of_its_invoice(account: Account, paid_up: Invoice) -> None:
    """Up by 50, then down by 60 gross: the correction becomes zero, and 10 of the paid invoice are overpaid."""
    correct(paid_up, "40.00")
    correct(paid_up, "-48.00")
    found = {one.debt.title: (one.amount, one.unpaid) for one in debts.of(account)}
    assert sorted(found.values()) == [
        (Decimal(0), Decimal(0)),
        (Decimal("115.00"), Decimal(0)),
        (Decimal("125.00"), Decimal(0)),
    ]
    assert balance.balance(account) == Decimal("10.00")


def test_one_downwards_first_leaves_one_upwards_whole(account: Account, paid_up: Invoice) -> None:
    correct(paid_up, "-48.00")
    correct(paid_up, "48.00")
    newest = debts.of(account)[-1]
    assert (newest.amount, newest.unpaid) == (Decimal("60.00"), Decimal(0))
    assert balance.balance(account) == Decimal(0)


MONEY = st.integers(0, 5_000).map(lambda kopecks: Decimal(kopecks) / 100)
DEBTS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 5_000)), min_size=1, max_size=8)
TODAY = date(2026, 12, 7)


def settled(rows: list[tuple[int, int]], paid: Decimal, mends: list[Mend] | None = None) -> list[Owed]:
    made = [
        Debt(pk=pk, amount=Decimal(kopecks) / 100, due_on=TODAY + timedelta(days=days - 40), entry=LedgerEntry())
        for pk, (days, kopecks) in enumerate(rows, 1)
    ]
    return debts.settle(made, mends or [], paid - sum((debt.amount for debt in made), Decimal(0)))


@effort(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(rows=DEBTS, paid=MONEY)
def test_all_that_is_owed_lies_on_documents_and_the_oldest_due_are_paid_first(
    rows: list[tuple[int, int]], paid: Decimal
) -> None:
    found = settled(rows, paid)
    whole = sum((one.amount for one in found), Decimal(0))
    assert sum((one.unpaid for one in found), Decimal(0)) == max(Decimal(0), whole - paid)
    days = [one.due_on for one in found]
    assert days == sorted(days)
    first = next((place for place, one in enumerate(found) if not one.is_paid), len(found))
    assert all(one.paid == 0 for one in found[first + 1 :])


@effort(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(rows=DEBTS, paid=MONEY, fresh=st.integers(1, 5_000), notice=st.integers(15, 40))
def test_a_new_debit_makes_nothing_overdue(rows: list[tuple[int, int]], paid: Decimal, fresh: int, notice: int) -> None:
    """Debts due before the new debit stay paid as before; only debts due later lose money to it."""
    before = {one.debt.pk: one.unpaid for one in settled(rows, paid)}
    after = settled([*rows, (40 + notice, fresh)], paid)
    for one in after[:-1]:
        if one.due_on < TODAY + timedelta(days=15):
            assert one.unpaid == before[one.debt.pk]


# --- What never changes, and what the ledger check finds -------------------------------------------------------------
@pytest.mark.parametrize("change", [{"amount": 1}, {"due_on": date(2026, 12, 15)}, {"invoice": None, "amount": 7}])
def test_a_debt_changes_to_a_later_day_alone(opened: Debt, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        Debt.objects.filter(pk=opened.pk).update(**change)
    assert Debt.objects.filter(pk=opened.pk).update(due_on=date(2026, 12, 17)) == 1


def test_a_debit_without_its_debt_is_a_difference(opened: Debt) -> None:
    assert ledger_check.run() == []
    LedgerEntry.objects.create(
        account=opened.account,
        kind=EntryKind.OPENING,
        amount=-1,
        booked_on=date(2026, 12, 1),
        title="-",
        source_key="opening:0",
    )
    (found,) = ledger_check.run()
    assert (found.check, found.what, found.expected, found.found) == ("debt", "opening:0", Decimal(1), Decimal(0))


def test_an_address_that_is_none_is_told_of_in_the_log_and_counts_as_told(account: Account, paid_up: Invoice) -> None:
    Account.objects.filter(pk=account.pk).update(cabinet_email="office@")
    paid_up.account.refresh_from_db()
    correct(paid_up, "40.00")
    account.refresh_from_db()
    assert DunningNotice.objects.get(step="told").letter is None
    assert new_debt_letters.tell(account=account) == 0
