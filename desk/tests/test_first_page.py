"""«Рабочий стол»: figures, queues, the month, who will be barred, what others did; each for those who may see it."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, AuditEvent, SignIn, User
from accounts.services import audit
from accounts.tests.factories import AccountFactory, StaffFactory
from billing.models import DebtRestriction
from billing.services import dunning
from billing.tests.debtors import owes, pays
from desk.selectors import day
from desk.tests.cast import clerk, request_of_guarantee, unclear, undelivered
from sipcabinet.lib import clock
from sipcabinet.tests.page_text import text
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import BillingMonth, CallSource
from subscribers.tests.factories import CallFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
URL = "/admin/"
MOST_QUERIES = 12


@pytest.fixture
def desk(staff: User) -> Client:
    return signed_in(staff)


def busy(user: User, accounts: int) -> None:
    """Rows in every block: so many customers who owe, promise, pay and get letters, and events of a colleague."""
    for _number in range(accounts):
        account: Account = AccountFactory.create()
        owes(account, month="2026-09")
        DebtRestriction.objects.create(account=account, debt=account.debts.get())
        request_of_guarantee()
        pays(account, "1.00")
        unclear()
        undelivered(account)
        audit.record(action="payment.booked", account=account, user=user, summary="Внесён платёж")


def test_the_page_takes_few_queries_however_much_waits(staff: User) -> None:
    """A clerk has his rights read from the database too; all warnings of the desk are asked."""
    person = StaffFactory.create(is_superuser=False)
    person.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client, found = signed_in(person), []
    for accounts in (1, 4):
        busy(staff, accounts)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(URL)
        assert page.status_code == 200
        assert "ООО «Полесские сети" in text(page)
        found.append(len(queries))
    assert found[0] == found[1] <= MOST_QUERIES


def test_figures_of_the_day_are_of_today_in_minsk(staff: User, at: Callable[[str], Any]) -> None:
    at("2026-11-21 23:59")
    pays(AccountFactory.create(), "7.00")
    at("2026-11-22 00:01")
    pays(AccountFactory.create(), "100.00")
    pays(AccountFactory.create(), "25.50")
    at("2026-11-22 10:00")
    CallSource.objects.create(name="sw1", format="generic", complete_to=clock.now() - timedelta(minutes=5))
    CallFactory.create(started_at=clock.now() - timedelta(hours=1))
    undelivered(state="done")
    undelivered(state="waiting", finished_at=None)
    SignIn.objects.create(outcome="ok", address="203.0.113.7")
    SignIn.objects.create(outcome="refused", address="203.0.113.7")
    found = day.of(staff)
    assert found.payments == day.Money(Decimal("125.50"), 2)
    assert (found.letters, found.sign_ins) == ((1, 1), (1, 1))
    assert found.calls == 1
    page = text(signed_in(staff).get(URL))
    for words in ("125,50", "2 платежа", "Воскресенье, 22.11.2026", "звонки по 09:55", "отказов 1"):
        assert words in page


def test_who_may_see_nothing_is_told_so(staff: User) -> None:
    busy(staff, 1)
    page = text(signed_in(clerk()).get(URL))
    assert "Для вас здесь пока ничего нет" in page
    for words in (
        "Платежи сегодня",
        "Просрочено",
        "Ждут решения",
        "Месяц:",
        "ограничены",
        "Сегодня сделали",
        "Полесские",
    ):
        assert words not in page


@pytest.mark.parametrize(
    ("right", "words"),
    [
        ("billing.view_payment", "Платежи сегодня"),
        ("billing.view_debt", "Просрочено"),
        ("subscribers.view_callrecord", "Звонки сегодня"),
        ("notifications.view_letter", "Письма сегодня"),
        ("accounts.view_signin", "Входы сегодня"),
        ("subscribers.view_billingmonth", "Месяц:"),
        ("billing.view_debtrestriction", "будут ограничены"),
        ("accounts.view_auditevent", "Сегодня сделали коллеги"),
        ("billing.view_paymentguarantee", "Ждут решения"),
    ],
)
def test_each_block_is_shown_to_those_with_its_right_alone(right: str, words: str) -> None:
    blocks = ("Платежи сегодня", "Просрочено", "Звонки сегодня", "Письма сегодня", "Входы сегодня", "Месяц:")
    page = text(signed_in(clerk(right)).get(URL))
    assert words in page
    assert not [
        other for other in (*blocks, "будут ограничены", "Сегодня сделали") if other in page and other not in words
    ]


def test_an_empty_desk_says_that_all_is_done(desk: Client) -> None:
    page = text(desk.get(URL))
    for words in ("Всё разобрано", "платежей нет", "выписок ещё не было", "Никто: у всех", "Пока ничего"):
        assert words in page


def test_who_will_be_barred_is_who_the_next_run_bars(staff: User, at: Callable[[str], Any], account: Account) -> None:
    other: Account = AccountFactory.create()
    for one in (account, other):
        owes(one)  # due on 25 November
    for moment in ("2026-11-26 09:30", "2026-12-02 09:30"):
        at(moment)
        dunning.run_due()
    at("2026-12-04 12:00")
    desk = signed_in(staff)
    page = desk.get(URL)
    assert page.context["restricted_on"] == date(2026, 12, 7)
    assert [one.account for one in page.context["restricted"]] == [account, other]
    assert "В рабочий день 07.12.2026 будут ограничены" in text(page)
    pays(other, "125.00")
    found = desk.get(URL).context["restricted"]
    assert [(one.account, one.overdue) for one in found] == [(account, Decimal("125.00"))]


def test_the_month_to_close_says_what_stands_in_its_way(desk: Client) -> None:
    BillingMonth.objects.create(month=date(2026, 9, 1), closed_at=clock.now())
    BillingMonth.objects.create(month=date(2026, 11, 1))
    CallFactory.create(started_at=clock.now() - timedelta(days=40), destination=None)
    page = desk.get(URL)
    told = {check.text: check.tone for check in page.context["checks"]}
    assert "Месяц: октябрь 2026" in text(page)
    assert told["Месяц закончился 31.10.2026, его можно закрыть"] == "wait"
    assert told["Выписки банка ещё не поступали"] == "warn"
    assert told["Отклонённых записей звонков нет"] == "ok"


def test_only_the_work_of_others_today_is_told(staff: User, account: Account, at: Callable[[str], Any]) -> None:
    colleague = StaffFactory.create(name="Ирина Ковалёва")
    at("2026-11-21 23:00")
    audit.record(action="payment.booked", account=account, user=colleague, summary="Вчерашнее")
    at("2026-11-22 11:20")
    audit.record(action="payment.booked", account=account, user=colleague, summary="Внесён платёж 5,00 BYN")
    audit.record(action="payment.booked", account=account, user=staff, summary="Своё")
    audit.record(action=audit.Action.SIGNED_IN, user=colleague)
    audit.record(action="order.made", account=account, summary="Заказ клиента")
    desk = signed_in(staff)
    assert [one.event.summary for one in desk.get(URL).context["done"]] == ["Внесён платёж 5,00 BYN"]
    page = text(desk.get(URL))
    for words in (
        account.customer.name,
        "Ирина Ковалёва",
        "11:20",
        reverse("admin:accounts_account_change", args=[account.pk]),
    ):
        assert words in page
    assert AuditEvent.objects.count() >= 5


def test_warnings_of_the_desk_stay_on_its_first_page(staff: User, at: Callable[[str], Any], account: Account) -> None:
    owes(account)
    for moment in ("2026-11-26 09:30", "2026-12-02 09:30"):
        at(moment)
        dunning.run_due()
    at("2026-12-07 09:30")
    assert "Ограничения за долг ждут выписок банка" in text(signed_in(staff).get(URL))
