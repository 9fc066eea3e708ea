"""«Номерная ёмкость» at the desk: ranges, the numbers of a range, reservations and quarantine (4.13)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actor import PORTAL
from accounts.models import AuditEvent, User
from desk.tests.cast import clerk
from sipcabinet.lib import clock
from sipcabinet.tests.at_once import at_once, posted
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import NumberHold, NumberRange
from subscribers.selectors import pool as selectors
from subscribers.services import numbers, pool
from subscribers.tests.factories import NumberRangeFactory, TrunkFactory

pytestmark = pytest.mark.django_db
FIRST = "+375172700000"
VIEW = ("subscribers.view_numberrange", "subscribers.view_numberhold")
URL = reverse("admin:desk_pool_number", args=[FIRST[1:]])


@pytest.fixture
def ten(db: None) -> NumberRange:
    return NumberRangeFactory.create(note="Городская нумерация")


@pytest.fixture
def support(db: None) -> Client:
    return signed_in(clerk(*VIEW, "subscribers.add_numberhold", "subscribers.change_numberhold"))


@pytest.fixture
def network(db: None) -> Client:
    return signed_in(clerk(*VIEW, "subscribers.add_numberrange"))


@pytest.fixture
def reader(db: None) -> Client:
    return signed_in(clerk(*VIEW))


def form(**fields: Any) -> dict[str, Any]:
    until = f"{clock.today() + timedelta(days=3):%d.%m.%Y}"
    return {"do": "reserve", "text": "выставка", "until": until, "count": 1, "token": "one"} | fields


def text(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_the_list_says_how_much_is_free(ten: NumberRange, reader: Client) -> None:
    TrunkFactory.create(phone=FIRST)
    TrunkFactory.create(phone="+375447112030")
    page = text(reader, reverse("admin:desk_pool"))
    assert "+375 17 270-00-00 – +375 17 270-00-09" in page
    assert "Городская нумерация" in page
    assert "Подключены номера вне диапазонов" in page


def test_an_empty_pool_says_what_it_is_for(reader: Client) -> None:
    page = text(reader, reverse("admin:desk_pool"))
    assert "Диапазоны не внесены" in page
    assert "Новый диапазон" not in page


def test_a_range_is_added_and_shown(network: Client) -> None:
    typed = {"first": "44 711-20-00", "last": "44 711-20-99", "note": "Первая сотня"}
    answer = network.post(reverse("admin:desk_pool_add"), typed, follow=True).content.decode()
    row = NumberRange.objects.get()
    assert (row.first, row.size, row.note) == (375447112000, 100, "Первая сотня")
    assert "внесён" in answer
    assert AuditEvent.objects.get(action="numberrange.added").user == row.added_by


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("44 711-20-99", "44 711-20-00", "Последний номер меньше первого"),
        ("17 270-00-05", "17 270-00-50", "уже есть в диапазоне"),
        ("слово", "44 711-20-00", "Введите номер телефона"),
    ],
)
def test_a_wrong_range_is_told_and_kept_as_typed(
    first: str, last: str, told: str, ten: NumberRange, network: Client
) -> None:
    page = network.post(reverse("admin:desk_pool_add"), {"first": first, "last": last}).content.decode()
    assert told in page
    assert first in page
    assert NumberRange.objects.count() == 1


def test_a_reader_adds_no_range_and_reserves_nothing(ten: NumberRange, reader: Client, support: Client) -> None:
    for who in (reader, support):
        assert who.post(reverse("admin:desk_pool_add"), {"first": FIRST, "last": FIRST}).status_code == 403
    assert "Зарезервировать" not in text(reader, URL)
    assert reader.post(URL, form()).status_code == 403
    assert NumberRange.objects.count() == 1
    assert not NumberHold.objects.exists()


def test_a_customer_sees_nothing_of_the_pool(ten: NumberRange, owner: User) -> None:
    assert signed_in(owner).get(reverse("admin:desk_pool")).status_code in {302, 403}


def test_numbers_are_found_by_state_and_pattern(ten: NumberRange, reader: Client) -> None:
    trunk = TrunkFactory.create(phone="+375172700007")
    url = reverse("admin:desk_pool_range", args=[ten.pk])
    page = text(reader, f"{url}?state=used&pattern=*07")
    assert trunk.account.customer.name in page
    assert "270-00-01" not in page
    assert "Таких номеров нет" in text(reader, f"{url}?state=used&pattern=*01")
    assert "Маска номера" in text(reader, f"{url}?pattern=abc")


def test_a_number_is_reserved_for_a_customer_and_released(ten: NumberRange, support: Client) -> None:
    customer = TrunkFactory.create().account.customer
    support.post(URL, form(unp=customer.unp, text="", count=2))
    hold = NumberHold.objects.get(phone=FIRST)
    assert (hold.customer, hold.kind, NumberHold.objects.count()) == (customer, "reserved", 2)
    assert customer.name in text(support, URL)
    support.post(URL, {"do": "end", "kind": "reserved", "reason": "отказались"})
    hold.refresh_from_db()
    assert hold.ended_why == "отказались"
    assert AuditEvent.objects.filter(action="number.released").count() == 1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"unp": "123456789"}, "Клиента с таким УНП нет"),
        ({"text": ""}, "Укажите, для кого резерв"),
        ({"until": "01.01.2020"}, "Резерв ставится"),
        ({"count": 11}, "только 10"),
        ({"count": ""}, "сколько номеров"),
    ],
)
def test_a_wrong_reservation_is_told(wrong: dict[str, Any], told: str, ten: NumberRange, support: Client) -> None:
    assert told in support.post(URL, form(**wrong)).content.decode()
    assert not NumberHold.objects.exists()


def test_a_quarantine_ends_early_with_a_reason(ten: NumberRange, support: Client) -> None:
    numbers.close(subscriber=TrunkFactory.create(phone=FIRST))
    assert "Закончить карантин" in text(support, URL)
    end = {"do": "end", "kind": "quarantine"}
    assert "Укажите причину" in support.post(URL, end).content.decode()
    support.post(URL, end | {"reason": "просит тот же клиент"})
    assert "Свободен" in text(support, URL)
    assert "уже изменилось" in support.post(URL, end | {"reason": "ещё раз"}).content.decode()


@pytest.mark.parametrize("digits", ["1", "375", "79991234567", "3751727000000"])
def test_what_is_no_number_of_ours_is_not_found(digits: str, reader: Client) -> None:
    assert reader.get(reverse("admin:desk_pool_number", args=[digits])).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_at_once_one_reserves_and_the_other_is_told(support: Client, network: Client) -> None:
    NumberRangeFactory.create()
    other = signed_in(clerk(*VIEW, "subscribers.add_numberhold"))
    works = [(support, form(token="one")), (other, form(token="two"))]
    answers = at_once([lambda c=c, f=f: posted(c.cookies, URL, f) for c, f in works])  # type: ignore[misc]
    assert sorted(status for status, _where in answers) == [200, 302]
    assert NumberHold.objects.count() == 1


def test_the_history_names_whoever_had_the_number(ten: NumberRange, reader: Client) -> None:
    trunk = TrunkFactory.create(phone=FIRST)
    numbers.close(subscriber=trunk, ported_out=True)
    page = text(reader, URL)
    assert "Перенесён от нас" in page
    assert trunk.account.customer.name in page


def test_an_ended_reservation_frees_the_number(ten: NumberRange) -> None:
    pool.reserve(first=FIRST, until=clock.today(), text="выставка", by=PORTAL)
    with clock.at(clock.now() + timedelta(days=2)):
        assert selectors.find(FIRST).state == "free"
