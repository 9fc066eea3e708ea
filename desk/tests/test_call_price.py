"""«Сколько стоит звонок»: each step of the price, equal to what an imported call costs (4.3, 4.5)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from desk.tests.price_tables import place, rate
from sipcabinet.tests.page_text import words
from sipcabinet.tests.signed_in import signed_in
from subscribers.tests.factories import PlanTermsFactory, TrunkFactory, VatRateFactory
from subscribers.tests.price_list import load_price_list

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(at: Callable[[str], Any], db: None) -> None:
    at("2026-11-22 10:00")


@pytest.fixture
def desk(staff: User) -> Client:
    return signed_in(staff)


def page_of(desk: Client, **more: str) -> str:
    asked = {"called": "+48 22 123-45-67", "length": "3:20", "day": "2026-11-15"} | more
    return words(desk.get(reverse("admin:desk_call_price"), asked)).replace("\u00a0", " ")


def test_a_call_is_priced_step_by_step(desk: Client) -> None:
    VatRateFactory.create()
    rate("48", "0.8")
    rate("4822", "0.5", until=date(2026, 12, 1), first_increment=60, next_increment=30)
    page = page_of(desk)
    for shown in (
        "Направление Польша", "Префикс +4822", "Цена минуты 0,50 BYN без НДС", "с 01.01.2020 по 30.11.2026",
        "первый 1 мин целиком, дальше по 30 с", "200 с разговора → 210 с, вверх до целого шага",
        "0,50 × 210 / 60 = 1,75 BYN", "Стоимость без НДС 1,75 BYN", "С НДС 2,19 BYN (25 %)",
    ):  # fmt: skip
        assert shown in page
    assert "Префикс +48 " in page_of(desk, day="2026-12-15")


def test_included_minutes_are_told_in_words_where_they_apply(desk: Client) -> None:
    rate("37533", "0.3054", destination=place("by-mobile", "Мобильные", uses_allowance=True))
    plan = PlanTermsFactory.create().plan
    page = page_of(desk, called="8 033 300-00-01", plan=str(plan.pk))
    assert "300 минут в месяц по плану «SIP-соединение»" in page
    assert "Пока минуты есть 0,00 BYN: звонок спишет 3 мин 20 с" in page
    assert "Если минут осталось 1 мин 40 с 0,51 BYN: остаток — по секунде" in page
    assert "выберите план" in page_of(desk, called="8 033 300-00-01")
    rate("48", "0.8")
    assert "это направление не покрывают" in page_of(desk, plan=str(plan.pk))


def test_our_own_number_has_the_rate_inside_the_network(desk: Client) -> None:
    load_price_list()
    TrunkFactory.create(phone="+375297000001")  # a prefix of another operator: the number was brought along
    assert "Внутри сети: это номер нашего абонента" in page_of(desk, called="+375 29 700-00-01")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"called": ""}, "Введите номер"),
        ({"called": "205"}, "Введите номер целиком"),
        ({"called": "+48 22 123-45-67"}, "нет тарифа"),
        ({"length": "0"}, "от одной секунды до суток"),
        ({"length": "3:75"}, "от одной секунды до суток"),
        ({"length": "долго"}, "Введите минуты и секунды"),
        ({"day": "31.31.2026"}, "Введите правильную дату"),
        ({"plan": "999"}, "Выберите план из списка"),
    ],
)
def test_what_cannot_be_priced_is_told_beside_its_field(desk: Client, more: dict[str, str], message: str) -> None:
    assert message in page_of(desk, **more)
