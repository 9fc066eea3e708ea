"""A number's name, given by the customer on the number's page (3.1)."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from subscribers.errors import NumberError
from subscribers.models import Subscriber, SubscriberStatus
from subscribers.services import labels
from subscribers.tests.factories import LONG_AGO, TrunkFactory


def url(subscriber: Subscriber) -> str:
    return reverse("subscribers:label", args=[subscriber.pk])


def label_of(subscriber: Subscriber) -> str:
    return Subscriber.objects.get(pk=subscriber.pk).label


def journal() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action="number.labelled"))


def test_a_name_is_given_shown_and_written_into_the_journal(client: Client, owner: User, trunk: Subscriber) -> None:
    assert 'value="Приёмная"' in client.get(url(trunk)).content.decode()
    answer = client.post(url(trunk), {"label": "  Отдел \u00a0 продаж "}, follow=True)
    assert answer.redirect_chain == [(reverse("subscribers:detail", args=[trunk.pk]), 302)]
    assert label_of(trunk) == "Отдел продаж"
    text = answer.content.decode()
    assert "Название сохранено." in text
    assert "Отдел продаж" in text
    [event] = journal()
    assert (event.account, event.user, event.address) == (trunk.account, owner, "127.0.0.1")
    assert event.summary == "Название номера +375 44 711-20-30: «Отдел продаж»"
    changes = {"label": {"label": "Название", "before": "Приёмная", "after": "Отдел продаж"}}
    assert event.details == {"subscriber_id": trunk.pk, "changes": changes}


def test_an_empty_name_takes_it_away(client: Client, trunk: Subscriber) -> None:
    client.post(url(trunk), {"label": " "})
    assert label_of(trunk) == ""
    assert journal()[0].summary == "Название номера +375 44 711-20-30 убрано"


def test_the_same_name_changes_and_records_nothing(client: Client, trunk: Subscriber) -> None:
    for _ in range(2):
        answer = client.post(url(trunk), {"label": " Приёмная"}, follow=True)
        assert "Название сохранено." not in answer.content.decode()
    assert journal() == []
    for _ in range(2):
        client.post(url(trunk), {"label": "Касса"})
    assert len(journal()) == 1


@pytest.mark.parametrize(
    ("label", "reason"),
    [("я" * 61, "не длиннее 60 знаков"), ("Касса\x07", "недопустимые знаки"), ("Касса\x1b", "")],
)
def test_a_wrong_name_is_said_beside_the_field_and_kept_in_it(
    client: Client, trunk: Subscriber, label: str, reason: str
) -> None:
    answer = client.post(url(trunk), {"label": label})
    assert answer.status_code == 200
    assert reason in answer.context["form"].errors["label"][0]
    text = answer.content.decode()
    assert "Исправьте ошибки на странице" in text
    assert label[:20].rstrip("\x1b\x07") in text
    assert (label_of(trunk), journal()) == ("Приёмная", [])


def test_sixty_signs_are_enough_and_invisible_ones_are_dropped(client: Client, trunk: Subscriber) -> None:
    client.post(url(trunk), {"label": "\u202eя\u200b" + "ю" * 59})
    assert label_of(trunk) == "я" + "ю" * 59


@pytest.mark.parametrize("label", ["=1+1", "+375", "-2", "@a", "<b>жир</b>", "'; DROP TABLE x; --", "%s {{ x }}"])
def test_any_signs_are_a_name(client: Client, trunk: Subscriber, label: str) -> None:
    answer = client.post(url(trunk), {"label": label}, follow=True)
    assert label_of(trunk) == label
    assert "<b>жир" not in answer.content.decode()


def test_a_disconnected_number_keeps_its_name(client: Client, owner: User, trunk: Subscriber) -> None:
    Subscriber.objects.update(status=SubscriberStatus.CLOSED, closed_at=LONG_AGO)
    for answer in (client.get(url(trunk)), client.post(url(trunk), {"label": "Касса"})):
        assert "Номер отключён 20.03.2024" in answer.content.decode()
        assert 'name="label"' not in answer.content.decode()
    with pytest.raises(NumberError, match="отключён"):
        labels.rename(subscriber=trunk, label="Касса", user=owner)
    assert (label_of(trunk), journal()) == ("Приёмная", [])


def test_a_number_disconnected_meanwhile_is_said_beside_the_field(
    client: Client, trunk: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = labels.rename

    def late(**known: Any) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
        Subscriber.objects.update(status=SubscriberStatus.CLOSED, closed_at=LONG_AGO)
        return real(**known)

    monkeypatch.setattr(labels, "rename", late)
    answer = client.post(url(trunk), {"label": "Касса"})
    assert "его название уже не меняется" in answer.context["form"].errors["label"][0]
    assert label_of(trunk) == "Приёмная"


def test_another_account_s_number_is_nobody_s(client: Client, trunk: Subscriber) -> None:
    foreign = TrunkFactory.create(label="Чужой")
    for answer in (client.get(url(foreign)), client.post(url(foreign), {"label": "Мой"})):
        assert answer.status_code == 404
    assert label_of(foreign) == "Чужой"


def test_more_fields_than_the_name_are_not_taken(client: Client, trunk: Subscriber) -> None:
    client.post(url(trunk), {"label": "Касса", "status": "closed", "phone": "+375291112233"})
    trunk.refresh_from_db()
    assert (trunk.label, trunk.status, trunk.phone) == ("Касса", "active", "+375447112030")


def test_the_page_of_a_number_leads_to_its_name_while_it_is_connected(client: Client, trunk: Subscriber) -> None:
    detail = reverse("subscribers:detail", args=[trunk.pk])
    assert url(trunk) in client.get(detail).content.decode()
    Subscriber.objects.update(status=SubscriberStatus.CLOSED, closed_at=LONG_AGO)
    assert url(trunk) not in client.get(detail).content.decode()
