"""The operator's limit, the end of a bar, and alarms at the desk, by those who may and those who may not (16.6)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.actor import Actor
from accounts.models import AuditEvent, User
from desk.selectors import waiting
from desk.tests.cast import clerk
from sipcabinet.lib import clock
from sipcabinet.tests.page_text import text, words
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import AlarmState, BarCause, FraudAlarm, LimitOwner, Subscriber, TrunkBar, TrunkLimit
from subscribers.services import limit_checks, limits
from subscribers.tests.factories import CallFactory, NumberFactory, TrunkFactory
from subscribers.tests.limit_factories import FraudAlarmFactory, TrunkBarFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/subscribers/fraudalarm/"


@pytest.fixture(autouse=True)
def _noon(at: Callable[[str], Any], db: None) -> None:
    at("2026-11-23 12:00")


@pytest.fixture
def trunk() -> Subscriber:
    return TrunkFactory.create(phone="+375447112030")


@pytest.fixture
def row(trunk: Subscriber) -> FraudAlarm:
    return FraudAlarmFactory.create(trunk=trunk)


@pytest.fixture
def desk(staff: User) -> Client:
    return signed_in(staff)


def alarm_page(row: FraudAlarm) -> str:
    return reverse("admin:desk_alarm", args=[row.pk])


def limits_page(trunk: Subscriber) -> str:
    return reverse("admin:desk_customer_limits", args=[trunk.account.customer_id, trunk.pk])


def lift_page(trunk: Subscriber, cause: str) -> str:
    return reverse("admin:desk_customer_limits_lift", args=[trunk.account.customer_id, trunk.pk, cause])


def test_staff_see_the_thresholds(row: FraudAlarm, desk: Client, settings: Settings) -> None:
    settings.ALARMS = settings.ALARMS | {"short_calls": 41, "new_price": Decimal("1.70")}
    settings.ALARM_QUIET = timedelta(hours=3)
    for page in (words(desk.get(LIST)), words(desk.get(alarm_page(row)))):
        for told in ("от 41 не длиннее 10 секунд", "от 3 по 1,70 BYN за минуту", "с 23:00 до 6:00", "молчит 3 часа"):
            assert told in page


def test_an_alarm_waits_in_the_queue(row: FraudAlarm, desk: Client) -> None:
    assert waiting.count()["alarms"].count == 1
    first = text(desk.get("/admin/"))
    assert "Тревоги: похоже на взлом" in first
    assert "много коротких звонков подряд" in first
    assert desk.get("/admin/queues/alarms/next/").headers["Location"] == alarm_page(row)
    assert "решить" in text(desk.get(LIST))


def test_the_page_shows_what_was_noticed(row: FraudAlarm, desk: Client) -> None:
    CallFactory.create(subscriber=row.trunk, price_per_minute=Decimal("7.00"))
    former = {"state": AlarmState.FALSE, "decided_at": clock.now(), "reason": "ночная смена"}
    FraudAlarmFactory.create(trunk=row.trunk, **former)
    page = words(desk.get(alarm_page(row)))
    for shown in ("Таких звонков 40", "Порог 30", "12,50", "7,00", "+375 44 711-20-30", "Ложная", "ночная смена"):
        assert shown in page, shown


@pytest.mark.parametrize(
    ("decision", "state", "barred"),
    [("close", AlarmState.TRUE, True), ("true", AlarmState.TRUE, False), ("false", AlarmState.FALSE, False)],
)
def test_each_decision_is_carried_out_and_leads_on(
    row: FraudAlarm, desk: Client, decision: str, state: str, barred: bool
) -> None:
    answer = desk.post(alarm_page(row), {"decision": decision, "reason": "позвонили клиенту"})
    assert answer.headers["Location"] == f"/admin/queues/alarms/next/?after={row.pk}"
    row.refresh_from_db()
    assert (row.state, row.reason) == (state, "позвонили клиенту")
    assert TrunkBar.objects.filter(lifted_at=None).exists() is barred
    assert AuditEvent.objects.filter(action__startswith="alarm.", account=row.account).count() == 1
    assert "позвонили клиенту" in text(desk.get(alarm_page(row)))


@pytest.mark.parametrize(
    ("form", "said"),
    [({"reason": "да"}, "Выберите, что это"), ({"decision": "close", "reason": " "}, "Напишите причину")],
)
def test_a_refused_decision_writes_nothing(row: FraudAlarm, desk: Client, form: dict[str, str], said: str) -> None:
    assert said in text(desk.post(alarm_page(row), form))
    row.refresh_from_db()
    assert row.state == AlarmState.WAITING
    assert not TrunkBar.objects.exists()


def test_two_people_decide_once(row: FraudAlarm, desk: Client) -> None:
    form = {"decision": "false", "reason": "обзвон"}
    desk.post(alarm_page(row), form)
    answer = desk.post(alarm_page(row), form | {"decision": "close"})
    assert "уже решили: ложная" in text(answer)
    assert not TrunkBar.objects.exists()


def test_who_may_only_see_does_not_decide(row: FraudAlarm) -> None:
    reader = signed_in(clerk("subscribers.view_fraudalarm"))
    page = text(reader.get(alarm_page(row)))
    assert "но не решать" in page
    answer = reader.post(alarm_page(row), {"decision": "close", "reason": "да"})
    assert answer.status_code == 403
    assert not TrunkBar.objects.exists()


def test_the_operators_limit_is_set_with_a_reason(trunk: Subscriber, desk: Client, staff: User) -> None:
    assert "Лимит клиента нет" in words(desk.get(limits_page(trunk)))
    sent = {"day_cost": "20,50", "month_minutes": "500", "reason": "новый клиент"}
    answer = desk.post(limits_page(trunk), sent)
    assert answer.headers["Location"].endswith(f"/customers/{trunk.account.customer_id}/#numbers")
    row = TrunkLimit.objects.get()
    assert (row.owner, row.day_cost, row.month_minutes, row.started_by) == ("operator", Decimal("20.50"), 500, staff)
    assert "20,50" in desk.get(limits_page(trunk)).content.decode()
    desk.post(limits_page(trunk), {"reason": "доверяем"})
    assert not TrunkLimit.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"day_cost": "20"}, "Укажите основание"),
        ({"day_cost": "20", "month_cost": "10", "reason": "да"}, "больше лимита на месяц"),
        ({"day_minutes": "x", "reason": "да"}, "целое число минут"),
    ],
)
def test_a_refused_limit_keeps_what_was_typed(trunk: Subscriber, desk: Client, form: dict[str, str], said: str) -> None:
    page = desk.post(limits_page(trunk), form | {"month_minutes": "777"})
    assert said in text(page)
    assert 'value="777"' in page.content.decode()
    assert not TrunkLimit.objects.exists()


def test_a_number_has_no_limit_page(trunk: Subscriber, desk: Client) -> None:
    number = NumberFactory.create(trunk=trunk)
    assert desk.get(limits_page(number)).status_code == 404


def test_a_bar_is_lifted_with_a_reason(trunk: Subscriber, desk: Client) -> None:
    bar = TrunkBarFactory.create(trunk=trunk)
    assert "АТС взломана" in text(desk.get(limits_page(trunk)))
    assert "Укажите основание" in text(desk.post(lift_page(trunk, BarCause.ALARM), {"reason": ""}))
    desk.post(lift_page(trunk, BarCause.ALARM), {"reason": "пароль сменён"})
    bar.refresh_from_db()
    assert bar.lifted_why == "пароль сменён"
    assert "уже снято" in text(desk.get(lift_page(trunk, BarCause.ALARM)))
    assert desk.get(lift_page(trunk, "nothing")).status_code == 404


def test_staff_lift_the_bar_of_a_limit_until_midnight(trunk: Subscriber, desk: Client, staff: User) -> None:
    limits.set_limits(
        trunk=trunk, owner=LimitOwner.OPERATOR, amounts={"day_cost": Decimal(1)}, by=Actor(staff, reason="новый")
    )
    CallFactory.create(subscriber=trunk, price_per_minute=Decimal("7.00"))
    limit_checks.run()
    page = text(desk.get(lift_page(trunk, BarCause.OPERATOR)))
    assert "До полуночи" in page
    assert "исчерпан лимит на сумму за день" in page
    desk.post(lift_page(trunk, BarCause.OPERATOR), {"reason": "клиент попросил"})
    limit_checks.run()
    assert not TrunkBar.objects.filter(lifted_at=None).exists()


def test_the_customers_page_leads_there_for_those_who_may(trunk: Subscriber, desk: Client) -> None:
    page = reverse("admin:desk_customer", args=[trunk.account.customer_id])
    assert limits_page(trunk) in desk.get(page).content.decode()
    reader = signed_in(clerk("accounts.view_customer", "subscribers.view_subscriber"))
    assert limits_page(trunk) not in reader.get(page).content.decode()
    assert reader.get(limits_page(trunk)).status_code == 403
