"""«Персональная информация» of a subscriber (3.1)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.phones import display
from subscribers.models import CallDirection, Subscriber, SubscriberStatus
from subscribers.tests.factories import (
    LONG_AGO,
    CallFactory,
    ChannelAssignmentFactory,
    ChannelPackageFactory,
    NumberFactory,
    PlanTermsFactory,
    ServiceAssignmentFactory,
    ServiceFactory,
    TrunkFactory,
)

SELECT = "/subscribers/"


def detail_of(subscriber: Subscriber) -> str:
    return reverse("subscribers:detail", args=[subscriber.pk])


def test_a_subscriber_of_another_account_looks_like_a_missing_one(client: Client) -> None:
    foreign = TrunkFactory.create()
    assert client.get(detail_of(foreign)).status_code == 404
    assert client.get("/subscribers/999999/").status_code == 404
    assert client.get("/subscribers/99999999999999999999/").status_code == 404


def test_without_the_first_wall_the_second_one_still_hides_him(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = TrunkFactory.create()
    monkeypatch.setattr(tenancy.Tenant, "rows", lambda _, model: model._default_manager.all())
    assert client.get(detail_of(foreign)).status_code == 404
    assert client.get(SELECT).context["page"].rows == []


def test_a_trunk_shows_its_facts_minutes_and_numbers(
    client: Client, trunk: Subscriber, at: Callable[[str], Any]
) -> None:
    at("2026-11-22 10:00")
    PlanTermsFactory.create(plan=trunk.plan, included_minutes=300)
    number = NumberFactory.create(trunk=trunk, label="Бухгалтерия")
    text = client.get(detail_of(trunk)).content.decode()
    for shown in (display(trunk.phone), "Приёмная", "SIP-соединение", "Активен", "20.03.2024", "Бухгалтерия"):
        assert shown in text
    assert "Остаток бесплатных минут в другие сети" in text
    assert "Осталось минут: 300 из 300" in text
    assert "Обновится 01.12.2026" in text
    assert detail_of(number) in text


def test_a_number_shows_its_trunk_and_no_minutes(client: Client, trunk: Subscriber) -> None:
    PlanTermsFactory.create(plan=trunk.plan)
    number = NumberFactory.create(trunk=trunk)
    text = client.get(detail_of(number)).content.decode()
    assert "Остаток" not in text
    assert "Номера этого SIP-соединения" not in text
    assert detail_of(trunk) in text


def test_a_trunk_with_many_numbers_shows_some_and_leads_to_all(client: Client, trunk: Subscriber) -> None:
    for _ in range(12):
        NumberFactory.create(trunk=trunk)
    answer = client.get(detail_of(trunk))
    assert len(answer.context["numbers"]) == 10
    assert f"{SELECT}?trunk={trunk.pk}" in answer.content.decode()


def test_a_restricted_number_is_told_what_to_do_and_a_closed_one_when(client: Client, trunk: Subscriber) -> None:
    trunk.status = SubscriberStatus.RESTRICTED
    trunk.save()
    assert "Исходящие звонки ограничены" in client.get(detail_of(trunk)).content.decode()
    trunk.status, trunk.closed_at = SubscriberStatus.CLOSED, LONG_AGO
    trunk.save()
    assert "Отключён" in client.get(detail_of(trunk)).content.decode()


def test_the_month_in_short_counts_the_calls_of_this_month_alone(
    client: Client, trunk: Subscriber, at: Callable[[str], Any]
) -> None:
    at("2026-10-31 23:59:59")
    CallFactory.create(subscriber=trunk, cost=Decimal("9.99"))
    at("2026-11-01 00:00:00")
    CallFactory.create_batch(2, subscriber=trunk, cost=Decimal("0.305"))
    CallFactory.create(subscriber=trunk, direction=CallDirection.IN, destination=None, cost=Decimal(0))
    context = client.get(detail_of(trunk)).context
    assert (context["outgoing"].calls, context["outgoing"].cost) == (2, Decimal("0.61"))
    assert (context["incoming"].calls, context["incoming"].cost) == (1, Decimal(0))
    assert [line.cost for line in client.get(SELECT).context["page"].rows] == [Decimal("0.61")]


# --- What a subscriber has -------------------------------------------------------------------------------------------
def test_services_on_now_are_named_in_the_order_of_the_catalogue(client: Client, trunk: Subscriber) -> None:
    second, first = (
        ServiceFactory.create(name="Автоответчик", order=20),
        ServiceFactory.create(name="Чёрный список", order=10),
    )
    for service in (second, first):
        ServiceAssignmentFactory.create(subscriber=trunk, service=service)
    ended = ServiceFactory.create(name="Прежняя")
    ServiceAssignmentFactory.create(subscriber=trunk, service=ended, ended_at=clock.now())
    later = ServiceFactory.create(name="Будущая")
    ServiceAssignmentFactory.create(subscriber=trunk, service=later, started_at=clock.now() + timedelta(days=1))
    ServiceAssignmentFactory.create(subscriber=NumberFactory.create(trunk=trunk))
    answer = client.get(detail_of(trunk))
    assert answer.context["services"] == ["Чёрный список", "Автоответчик"]
    assert "Чёрный список, Автоответчик" in answer.content.decode()


def test_a_subscriber_without_services_says_so(client: Client, trunk: Subscriber) -> None:
    assert "не подключены" in client.get(detail_of(trunk)).content.decode()


def test_channels_are_the_trunk_s_for_its_numbers_too(client: Client, trunk: Subscriber) -> None:
    number = NumberFactory.create(trunk=trunk)
    ChannelAssignmentFactory.create(subscriber=trunk, package=ChannelPackageFactory.create(channels=10))
    own, shared = (client.get(detail_of(one)).content.decode() for one in (trunk, number))
    link = reverse("subscribers:channels", args=[trunk.pk])
    assert "10 каналов" in own
    assert "10 каналов" in shared
    assert "общие с SIP-соединением" in shared
    assert "общие с SIP-соединением" not in own
    assert link in own
    assert link in shared


def test_a_disconnected_number_has_no_channels(client: Client, trunk: Subscriber) -> None:
    ChannelAssignmentFactory.create(subscriber=trunk)
    number = NumberFactory.create(trunk=trunk, status=SubscriberStatus.CLOSED, closed_at=LONG_AGO)
    assert client.get(detail_of(number)).context["channels"] == ""


def test_minutes_of_a_trunk_lead_to_what_used_them(client: Client, trunk: Subscriber) -> None:
    PlanTermsFactory.create(plan=trunk.plan, included_minutes=300)
    number = NumberFactory.create(trunk=trunk)
    assert reverse("subscribers:minutes", args=[trunk.pk]) in client.get(detail_of(trunk)).content.decode()
    text = client.get(detail_of(number)).content.decode()
    assert reverse("subscribers:minutes", args=[number.pk]) not in text
