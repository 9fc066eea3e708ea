"""«Выбор SIP-абонента» (3.0)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, User
from subscribers.models import Subscriber, SubscriberStatus, TariffPlan
from subscribers.selectors import numbers
from subscribers.tests.factories import (
    LONG_AGO,
    NumberFactory,
    TrunkFactory,
)

SELECT = "/subscribers/"


def listed(client: Client, **query: Any) -> list[str]:
    page = client.get(SELECT, query).context["page"]
    return [line.subscriber.phone for line in page.rows]


def detail_of(subscriber: Subscriber) -> str:
    return reverse("subscribers:detail", args=[subscriber.pk])


# --- Choosing --------------------------------------------------------------------------------------------------------
def test_all_numbers_of_the_account_are_shown_in_order(client: Client, trunk: Subscriber) -> None:
    second = NumberFactory.create(trunk=trunk, phone="+375447112029")
    TrunkFactory.create()  # another account's
    assert listed(client) == [second.phone, trunk.phone]


SPELLINGS = [
    "+375447112030", "+375 44 711-20-30", "375 44 7112030", "8 044 711-20-30", "80447112030", "8(044)711 20 30",
    "44 711-20-30", "044 711 20 30", "8 44 711-20-30", "+375\u00a044\u00a0711\u201120\u201130", "8~10 375 44 711 20 30",
]  # fmt: skip


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_whole_number_in_any_spelling_leads_straight_to_its_subscriber(
    client: Client, trunk: Subscriber, text: str
) -> None:
    TrunkFactory.create(account=trunk.account)
    answer = client.get(SELECT, {"phone": text})
    assert (answer.status_code, answer.headers["Location"]) == (302, detail_of(trunk))


@pytest.mark.parametrize("text", ["711-20", "20-30", "44 711", "8 044 71", "+375 44 711-2", "2030", "80 44 7", "0447"])
def test_a_part_of_a_number_lists_those_that_hold_it(client: Client, trunk: Subscriber, text: str) -> None:
    NumberFactory.create(trunk=trunk, phone="+375172999999")
    assert listed(client, phone=text) == [trunk.phone]


def test_digits_that_look_like_a_prefix_are_found_inside_too(client: Client, trunk: Subscriber) -> None:
    inside = NumberFactory.create(trunk=trunk, phone="+375173804411")
    assert listed(client, phone="80-44") == [inside.phone, trunk.phone]
    assert listed(client, phone="380-44") == [inside.phone]


def test_a_number_that_came_back_is_shown_as_a_choice(client: Client, trunk: Subscriber) -> None:
    Subscriber.objects.filter(pk=trunk.pk).update(status=SubscriberStatus.CLOSED, closed_at=LONG_AGO)
    again = TrunkFactory.create(account=trunk.account, phone=trunk.phone)
    found = client.get(SELECT, {"phone": trunk.phone}).context["page"].rows
    assert [line.subscriber.pk for line in found] == [trunk.pk, again.pk]


def test_a_number_of_another_account_is_not_found(client: Client, trunk: Subscriber) -> None:
    other = TrunkFactory.create(phone="+375291234567")
    answer = client.get(SELECT, {"phone": other.phone})
    assert answer.status_code == 200
    assert "Таких абонентов нет" in answer.content.decode()
    assert listed(client, phone="1234567") == []


@pytest.mark.parametrize("text", ["+", "()", "<>", "\x07", "7" * 61])
def test_what_is_neither_number_nor_name_is_said_beside_the_field(client: Client, trunk: Subscriber, text: str) -> None:
    answer = client.get(SELECT, {"phone": text})
    assert answer.status_code == 200
    assert answer.context["form"].errors["phone"]
    assert "Исправьте ошибки на странице" in answer.content.decode()
    assert "page" not in answer.context


@pytest.mark.parametrize("text", ["Приёмная", "приемн", "  ПРИЁМ ", "ёмная", "2 этаж", "101", "Приёмная,  2"])
def test_a_name_or_a_part_of_it_is_found(client: Client, trunk: Subscriber, text: str) -> None:
    NumberFactory.create(trunk=trunk, label="Склад")
    Subscriber.objects.filter(pk=trunk.pk).update(label="Приёмная, 2 этаж, 101")
    assert listed(client, phone=text) == [trunk.phone]
    assert f'value="{text}"' in client.get(SELECT, {"phone": text}).content.decode()


@pytest.mark.parametrize("text", ["П%", "П_", "Пр%ая", "<script>x</script>"])
def test_signs_of_patterns_are_only_signs(client: Client, trunk: Subscriber, text: str) -> None:
    answer = client.get(SELECT, {"phone": text})
    assert "Таких абонентов нет" in answer.content.decode()
    assert "<script>x" not in answer.content.decode()
    Subscriber.objects.filter(pk=trunk.pk).update(label=text)
    assert listed(client, phone=text) == [trunk.phone]


def test_rows_escape_what_a_number_holds(client: Client, trunk: Subscriber) -> None:
    Subscriber.objects.filter(pk=trunk.pk).update(label='<b>"100 %s" & {}</b>')
    TariffPlan.objects.filter(pk=trunk.plan_id).update(name="План <i>%d</i>")
    text = client.get(SELECT).content.decode()
    assert "&lt;b&gt;&quot;100 %s&quot; &amp; {}&lt;/b&gt;" in text
    assert "План &lt;i&gt;%d&lt;/i&gt;" in text
    assert reverse("subscribers:detail", args=[trunk.pk]) in text


def test_while_it_is_typed_a_whole_number_is_listed_and_leads_nowhere(client: Client, trunk: Subscriber) -> None:
    answer = client.get(SELECT, {"phone": trunk.phone}, headers={"HX-Request": "true"})
    assert [line.subscriber for line in answer.context["page"].rows] == [trunk]
    assert 'role="status">Показано абонентов: 1</p>' in answer.content.decode()
    nothing = client.get(SELECT, {"phone": "0000000"}, headers={"HX-Request": "true"})
    assert 'role="status">Таких абонентов нет</p>' in nothing.content.decode()
    assert 'role="status"></p>' in client.get(SELECT).content.decode()


def test_plan_and_status_narrow_the_list(client: Client, trunk: Subscriber) -> None:
    number = NumberFactory.create(trunk=trunk)
    closed = NumberFactory.create(trunk=trunk, status=SubscriberStatus.CLOSED, closed_at=LONG_AGO)
    assert listed(client, plan=number.plan_id) == [number.phone, closed.phone]
    assert listed(client, status="active") == [number.phone, trunk.phone]
    assert listed(client, status="closed", plan=number.plan_id) == [closed.phone]
    assert listed(client, trunk=trunk.pk) == [number.phone, closed.phone]


@pytest.mark.parametrize("query", [{"plan": "999999"}, {"plan": "x"}, {"status": "none"}, {"trunk": "x"}])
def test_an_unknown_choice_is_an_error_and_not_a_fault(
    client: Client, trunk: Subscriber, query: dict[str, str]
) -> None:
    answer = client.get(SELECT, query)
    assert answer.status_code == 200
    assert answer.context["form"].errors


def test_the_trunk_of_another_account_narrows_nothing(client: Client, trunk: Subscriber) -> None:
    foreign = TrunkFactory.create()
    assert client.get(SELECT, {"trunk": foreign.pk}).context["form"].errors["trunk"]


def test_next_leads_to_the_chosen_one_who_is_remembered(client: Client, trunk: Subscriber) -> None:
    answer = client.get(SELECT, {"next": "1", "chosen": str(trunk.pk)}, follow=True)
    assert answer.redirect_chain == [(detail_of(trunk), 302)]
    assert answer.context["chosen_subscriber"] == trunk
    remembered = client.get(SELECT)
    assert remembered.context["chosen_subscriber"] == trunk
    assert "Просмотр детализации" in remembered.content.decode()  # the subscriber's sub-menu is open
    assert f'value="{trunk.pk}"' in remembered.content.decode()


def test_next_without_a_choice_says_so_and_keeps_the_search(client: Client, trunk: Subscriber) -> None:
    answer = client.get(SELECT, {"next": "1", "phone": "711"})
    assert "Абонент не выбран" in answer.content.decode()
    assert "Ошибка:" in answer.content.decode().partition("</title>")[0]
    assert [line.subscriber for line in answer.context["page"].rows] == [trunk]
    assert '<input type="hidden" name="phone" value="711">' in answer.content.decode()


@pytest.mark.parametrize("chosen", ["0", "999999999999999999999", "x", "\u0661", "-1"])
def test_a_choice_that_is_nobody_is_no_fault(client: Client, trunk: Subscriber, chosen: str) -> None:
    assert client.get(SELECT, {"chosen": chosen}, follow=True).status_code in {200, 404}


def test_an_account_without_numbers_is_told_what_will_be_here(client: Client) -> None:
    assert "Абонентов пока нет" in client.get(SELECT).content.decode()


def test_pages_hold_every_number_once_there_and_back(client: Client, account: Account) -> None:
    trunk = TrunkFactory.create(account=account)
    expected = sorted(
        [trunk.phone, *(NumberFactory.create(trunk=trunk).phone for _ in range(2 * numbers.PAGE_SIZE + 3))]
    )
    seen: list[str] = []
    pages: list[list[str]] = []
    query: dict[str, str] = {}
    while True:
        page = client.get(SELECT, query).context["page"]
        pages.append([line.subscriber.phone for line in page.rows])
        seen += pages[-1]
        if not page.onward:
            break
        query = {"onward": page.onward}
    assert seen == expected
    back = client.get(SELECT, {"back": page.back}).context["page"]
    assert [line.subscriber.phone for line in back.rows] == pages[-2]


def test_nobody_signs_in_first_and_staff_have_no_numbers(
    staff: User, client_of: Callable[[User], Client], trunk: Subscriber
) -> None:
    for path in (SELECT, detail_of(trunk)):
        answer = Client().get(path)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{reverse('accounts:sign_in')}?next={path}")
        assert client_of(staff).get(path).status_code == 403


def test_nothing_is_changed_by_post(client: Client, trunk: Subscriber) -> None:
    assert client.post(SELECT).status_code == 405
    assert client.post(detail_of(trunk)).status_code == 405
