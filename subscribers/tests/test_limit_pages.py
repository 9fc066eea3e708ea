"""«Лимиты расходов» of a trunk: what the page shows, the password, and the refusals (16.6)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actor import Actor
from accounts.models import User
from accounts.tests.factories import PASSWORD
from subscribers.models import LimitOwner, Subscriber, TrunkBar, TrunkLimit
from subscribers.services import limit_checks, limits
from subscribers.tests.factories import CallFactory, NumberFactory


def page(trunk: Subscriber, name: str = "limits") -> str:
    return reverse(f"subscribers:{name}", args=[trunk.pk])


def limit(trunk: Subscriber, user: User, owner: str = LimitOwner.CUSTOMER, **amounts: Any) -> None:
    limits.set_limits(trunk=trunk, owner=owner, amounts=amounts, by=Actor(user, reason="по договору"))


@pytest.fixture
def barred(today: Any, trunk: Subscriber, owner: User) -> Subscriber:
    """The trunk has used 3,00 of its 2,00 BYN for today."""
    limit(trunk, owner, day_cost=Decimal(2))
    CallFactory.create(subscriber=trunk, price_per_minute=Decimal(3))
    limit_checks.run()
    return trunk


def test_without_limits_the_page_says_what_they_do(today: Any, trunk: Subscriber, client: Client) -> None:
    text = client.get(page(trunk)).content.decode()
    assert "Лимитов нет" in text
    assert page(trunk, "limits_change") in text
    assert page(trunk) in client.get(reverse("subscribers:detail", args=[trunk.pk])).content.decode()


def test_the_page_shows_what_is_used(today: Any, trunk: Subscriber, owner: User, staff: User, client: Client) -> None:
    limit(trunk, owner, day_cost=Decimal(10), month_minutes=100)
    limit(trunk, staff, LimitOwner.OPERATOR, day_cost=Decimal(8))
    CallFactory.create(subscriber=trunk, price_per_minute=Decimal("6.50"))
    text = client.get(page(trunk)).content.decode()
    for shown in ("6,50\xa0BYN", "из 8,00\xa0BYN", "лимит оператора", "1 минута", "из 100 минут", "81 %"):
        assert shown in text, shown
    assert "из 10,00" not in text


def test_a_limit_is_set_with_the_password(today: Any, trunk: Subscriber, client: Client) -> None:
    sent = {"day_cost": "1 234,50", "month_minutes": "900", "password": PASSWORD}
    answer = client.post(page(trunk, "limits_change"), sent)
    assert answer.headers["Location"] == page(trunk)
    row = TrunkLimit.objects.get()
    assert (row.owner, row.day_cost, row.month_cost, row.month_minutes) == ("customer", Decimal("1234.50"), None, 900)
    assert "1 234,50".replace(" ", "\xa0") in client.get(page(trunk, "limits_change")).content.decode()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"password": "wrong"}, "Неверный пароль"),
        ({"password": ""}, "Введите пароль"),
        ({"day_cost": "0"}, "от 0,01"),
        ({"day_cost": "ноль"}, "цифрами"),
        ({"day_minutes": "1.5"}, "целое число минут"),
        ({"day_cost": "11", "month_cost": "10"}, "больше лимита на месяц"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(
    today: Any, trunk: Subscriber, client: Client, sent: dict[str, str], said: str
) -> None:
    answer = client.post(page(trunk, "limits_change"), {"month_minutes": "777", "password": PASSWORD} | sent)
    text = answer.content.decode()
    assert said in text
    assert 'value="777"' in text
    assert not TrunkLimit.objects.exists()


def test_a_bar_is_shown_and_lifted_with_the_password(barred: Subscriber, client: Client) -> None:
    text = client.get(page(barred)).content.decode()
    assert "Платные направления закрыты" in text
    assert "исчерпан лимит на сумму за день 2,00\xa0BYN" in text
    assert "23.11.2026, 00:00" in text
    assert "до полуночи" in client.get(page(barred, "limits_lift")).content.decode()
    assert "Неверный пароль" in client.post(page(barred, "limits_lift"), {"password": "x"}).content.decode()
    assert TrunkBar.objects.filter(lifted_at=None).exists()
    answer = client.post(page(barred, "limits_lift"), {"password": PASSWORD}, follow=True)
    assert "Закрытие снято до полуночи" in answer.content.decode()
    assert "Платные направления закрыты" not in answer.content.decode()
    again = client.post(page(barred, "limits_lift"), {"password": PASSWORD})
    assert "уже открыты" in again.content.decode()


def test_the_pages_of_its_numbers_say_it_too(barred: Subscriber, client: Client) -> None:
    for subscriber in (barred, NumberFactory.create(trunk=barred)):
        text = client.get(reverse("subscribers:detail", args=[subscriber.pk])).content.decode()
        assert "Платные направления закрыты" in text
        assert page(barred) in text
    client.post(page(barred, "limits_lift"), {"password": PASSWORD})
    assert "закрыты" not in client.get(reverse("subscribers:detail", args=[barred.pk])).content.decode()


def test_a_bar_of_the_operator_offers_no_button(today: Any, trunk: Subscriber, staff: User, client: Client) -> None:
    limit(trunk, staff, LimitOwner.OPERATOR, day_cost=Decimal(2))
    CallFactory.create(subscriber=trunk, price_per_minute=Decimal(3))
    limit_checks.run()
    text = client.get(page(trunk)).content.decode()
    assert "обратитесь в поддержку" in text
    assert page(trunk, "limits_lift") not in text


def test_a_number_leads_to_its_trunk(today: Any, trunk: Subscriber, client: Client) -> None:
    number = NumberFactory.create(trunk=trunk)
    assert page(trunk) in client.get(page(number)).content.decode()
    assert client.get(page(number, "limits_change")).headers["Location"] == page(number)
    client.post(page(number, "limits_change"), {"day_cost": "5", "password": PASSWORD})
    assert not TrunkLimit.objects.exists()


def test_a_stranger_sees_and_changes_nothing(
    barred: Subscriber, other_owner: User, client_of: Callable[[User], Client]
) -> None:
    stranger = client_of(other_owner)
    for name in ("limits", "limits_change", "limits_lift"):
        assert stranger.get(page(barred, name)).status_code == 404
        assert stranger.post(page(barred, name), {"password": PASSWORD, "day_cost": "9"}).status_code in {404, 405}
    assert TrunkBar.objects.filter(lifted_at=None).exists()


def test_the_page_takes_few_queries(barred: Subscriber, client: Client, django_assert_max_num_queries: Any) -> None:
    client.get(page(barred))
    with django_assert_max_num_queries(15):
        client.get(page(barred))
