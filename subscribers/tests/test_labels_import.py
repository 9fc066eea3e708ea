"""Names of many numbers: the list is exported as CSV, uploaded, shown and confirmed (3.0)."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, User
from sipcabinet.lib import tenancy
from subscribers.forms.labels import unseal
from subscribers.models import Subscriber, SubscriberStatus
from subscribers.selectors import labels as label_selectors
from subscribers.services import labels
from subscribers.tests import crowd
from subscribers.tests.factories import LONG_AGO, NumberFactory, TrunkFactory

IMPORT = "/subscribers/labels/"


@pytest.fixture
def number(trunk: Subscriber) -> Subscriber:
    return NumberFactory.create(trunk=trunk, phone="+375447112031", label="Касса")


def send(client: Client, text: str | bytes, name: str = "labels.csv") -> Any:
    content = text.encode() if isinstance(text, str) else text
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, content, "text/csv")})


def confirm(client: Client, review: Any) -> Any:
    return client.post(IMPORT, {"sealed": review.context["sealed"]}, follow=True)


def names() -> dict[str, str]:
    return dict(Subscriber.objects.order_by("phone").values_list("phone", "label"))


def reasons(answer: Any) -> list[tuple[int, str]]:
    return [(problem.place, problem.reason) for problem in answer.context["problems"]]


# --- Export ----------------------------------------------------------------------------------------------------------
def test_the_list_holds_the_connected_numbers_of_the_account(client: Client, number: Subscriber) -> None:
    NumberFactory.create(trunk=number.trunk, status=SubscriberStatus.CLOSED, closed_at=LONG_AGO)
    TrunkFactory.create()
    answer = client.get(reverse("subscribers:labels_export"))
    assert answer.content.decode("utf-8-sig").splitlines() == [
        "Номер;Название", "+375 44 711-20-30;Приёмная", "+375 44 711-20-31;Касса",
    ]  # fmt: skip
    assert answer.content.startswith(b"\xef\xbb\xbf")
    name = unquote(answer.headers["Content-Disposition"])
    assert name.startswith("attachment")
    assert f"Названия номеров {number.account.number}" in name


def test_the_list_comes_back_unchanged_and_changes_nothing(client: Client, number: Subscriber) -> None:
    Subscriber.objects.filter(pk=number.pk).update(label="=HYPERLINK(1)")
    content = client.get(reverse("subscribers:labels_export")).content
    answer = client.post(IMPORT, {"file": SimpleUploadedFile("a.csv", content)}, follow=True)
    assert "менять нечего" in answer.content.decode()
    assert names() == {"+375447112030": "Приёмная", "+375447112031": "=HYPERLINK(1)"}


# --- Import ----------------------------------------------------------------------------------------------------------
SPELLINGS = ["+375447112031", "375447112031", "80447112031", "8 (044) 711-20-31", "44 711 20 31", "'+375447112031"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_file_is_shown_first_and_written_when_confirmed(
    client: Client, owner: User, number: Subscriber, spelling: str
) -> None:
    review = send(client, f"Номер;Название\n{spelling}; Склад  2 \n+375447112030;Приёмная\n")
    assert names()[number.phone] == "Касса"
    text = review.content.decode()
    assert [(change.phone, change.was, change.now) for change in review.context["changes"]] == [
        (number.phone, "Касса", "Склад 2")
    ]
    assert (review.context["count"], review.context["unchanged"], review.context["removed"]) == (1, 1, 0)
    for shown in ("+375 44 711-20-31", "Касса", "Склад 2", "Изменится названий", "Сохранить названия"):
        assert shown in text
    done = confirm(client, review)
    assert done.redirect_chain == [("/subscribers/", 302)]
    assert "Изменено название 1 номера." in done.content.decode()
    assert names() == {"+375447112030": "Приёмная", "+375447112031": "Склад 2"}
    [event] = AuditEvent.objects.filter(action="number.labelled")
    assert (event.account, event.user, event.details) == (owner.account, owner, {"count": 1})


def test_windows_1251_with_commas_is_read_too(client: Client, number: Subscriber) -> None:
    confirm(client, send(client, '44 711-20-31,"Склад, ёлки"'.encode("cp1251")))
    assert names()[number.phone] == "Склад, ёлки"


@pytest.mark.parametrize("label", ["=1+1", "+7", "-2", "@cmd", "<script>x</script>", "'; --"])
def test_what_looks_like_a_formula_is_a_name(client: Client, number: Subscriber, label: str) -> None:
    review = send(client, f'{number.phone};"{label}"')
    assert "<script>x" not in review.content.decode()
    confirm(client, review)
    assert names()[number.phone] == label


def test_an_empty_name_is_said_to_go(client: Client, number: Subscriber) -> None:
    review = send(client, f"{number.phone};")
    assert review.context["removed"] == 1
    assert "Из них будет убрано" in review.content.decode()
    confirm(client, review)
    assert names()[number.phone] == ""


def test_each_wrong_row_is_named_and_nothing_is_written(client: Client, number: Subscriber) -> None:
    foreign = TrunkFactory.create(phone="+375291234567")
    closed = NumberFactory.create(trunk=number.trunk, phone="+375172000001", status="closed", closed_at=LONG_AGO)
    before = names()
    answer = send(
        client,
        "Номер;Название\n"
        f"{number.phone};Верно\n"
        f"{foreign.phone};Чужой\n"
        f"{closed.phone};Отключённый\n"
        "абв;Не номер\n"
        "3,75447E+11;Сокращён\n"
        f"8 044 711-20-31;Второй раз\n"
        f"+375447112030;{'я' * 61}\n"
        "+375447112030\n"
        "+375447112030;а;б\n",
    )
    assert reasons(answer) == [
        (3, "Такого номера нет среди подключённых номеров лицевого счёта"),
        (4, "Номер отключён 20.03.2024"),
        (5, "Введите номер телефона, например 44 711-20-30"),
        (6, "Номер сокращён табличной программой: сделайте колонку текстовой и впишите его целиком"),
        (7, "Номер уже есть в строке 2"),
        (8, "Название не длиннее 60 знаков"),
        (9, "В строке нет второй колонки, с названием"),
        (10, "В строке больше двух колонок: возьмите название в кавычки"),
    ]
    assert answer.context["form"].errors["file"] == ["В файле строк с ошибками: 8. Ничего не изменено."]
    assert "sealed" not in answer.context
    text = answer.content.decode()
    assert "Исправьте ошибки на странице" in text
    assert "Номер отключён 20.03.2024" in text
    assert names() == before
    assert not AuditEvent.objects.filter(action="number.labelled").exists()


def test_of_a_number_that_came_back_the_connected_one_is_named(client: Client, account: Account) -> None:
    old = TrunkFactory.create(account=account, status="closed", closed_at=LONG_AGO, label="Прежний")
    new = TrunkFactory.create(account=account, phone=old.phone, label="Новый")
    confirm(client, send(client, f"{new.phone};Свежий"))
    assert dict(Subscriber.objects.values_list("pk", "label")) == {old.pk: "Прежний", new.pk: "Свежий"}


def test_many_wrong_rows_are_counted_and_the_first_are_shown(client: Client, number: Subscriber) -> None:
    answer = send(client, "\n".join(f"+37529{7_000_000 + serial};x" for serial in range(60)))
    assert (len(answer.context["problems"]), answer.context["more_problems"]) == (50, 10)
    assert "В файле строк с ошибками: 60" in answer.content.decode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Этот файл пуст"),
        (b"PK\x03\x04", "книга Excel"),
        (b"1" * (2 * 1024 * 1024 + 1), "больше 2 МБ"),
        (b"711;a\n" * 12_001, "больше 12000 строк"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_beside_the_field(
    client: Client, number: Subscriber, content: bytes, reason: str
) -> None:
    answer = send(client, content)
    assert reason in answer.context["form"].errors["file"][0]
    assert reason in answer.content.decode()


def test_no_file_at_all_is_said_beside_the_field(client: Client, number: Subscriber) -> None:
    assert client.post(IMPORT, {}).context["form"].errors["file"] == ["Выберите файл CSV"]
    assert client.post(IMPORT, {"file": "text"}).context["form"].errors["file"] == ["Выберите файл CSV"]


# --- Between the steps -----------------------------------------------------------------------------------------------
def test_a_form_sent_twice_changes_once(client: Client, number: Subscriber) -> None:
    review = send(client, f"{number.phone};Склад")
    confirm(client, review)
    assert "менять нечего" in confirm(client, review).content.decode()
    assert AuditEvent.objects.filter(action="number.labelled").count() == 1


def test_names_changed_meanwhile_are_shown_again(client: Client, number: Subscriber) -> None:
    review = send(client, f"{number.phone};Склад")
    Subscriber.objects.filter(pk=number.pk).update(label="Другое")
    again = confirm(client, review)
    assert "номера или их названия изменились" in again.content.decode()
    assert [(change.was, change.now) for change in again.context["changes"]] == [("Другое", "Склад")]
    assert names()[number.phone] == "Другое"
    confirm(client, again)
    assert names()[number.phone] == "Склад"


def test_without_the_digest_what_was_never_shown_would_be_overwritten(
    client: Client, number: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_selectors, "digest", lambda _changes: "")
    review = send(client, f"{number.phone};Склад")
    Subscriber.objects.filter(pk=number.pk).update(label="Другое")
    confirm(client, review)
    assert names()[number.phone] == "Склад"


def test_a_number_disconnected_meanwhile_is_left_alone(client: Client, number: Subscriber) -> None:
    review = send(client, f"{number.phone};Склад\n+375447112030;Вход")
    Subscriber.objects.filter(pk=number.pk).update(status=SubscriberStatus.CLOSED, closed_at=LONG_AGO)
    again = confirm(client, review)
    assert [change.phone for change in again.context["changes"]] == ["+375447112030"]
    confirm(client, again)
    assert names() == {"+375447112030": "Вход", "+375447112031": "Касса"}


@pytest.mark.parametrize("sealed", ["", "x", "eyJuYW1lcyI6W119:abc:def"])
def test_what_was_not_shown_here_is_not_taken(client: Client, number: Subscriber, sealed: str) -> None:
    answer = client.post(IMPORT, {"sealed": sealed})
    assert "Страница устарела. Выберите файл ещё раз" in answer.content.decode()
    assert "Ошибка:" in answer.content.decode()


def test_an_altered_name_or_an_old_page_is_not_taken(
    client: Client, account: Account, number: Subscriber, at: Callable[[str], Any]
) -> None:
    at("2026-11-22 10:00")
    sealed = send(client, f"{number.phone};Склад").context["sealed"]
    assert "Страница устарела" in client.post(IMPORT, {"sealed": f"A{sealed}"}).content.decode()
    at("2026-11-23 10:00")
    assert unseal(account, sealed) is not None
    at("2026-11-23 10:00:02")
    assert unseal(account, sealed) is None
    assert names()[number.phone] == "Касса"


def test_another_account_cannot_use_what_was_shown_to_this_one(
    client: Client, other_owner: User, client_of: Callable[[User], Client], number: Subscriber
) -> None:
    sealed = send(client, f"{number.phone};Склад").context["sealed"]
    answer = client_of(other_owner).post(IMPORT, {"sealed": sealed})
    assert "Страница устарела" in answer.content.decode()
    assert names()[number.phone] == "Касса"


def test_without_the_first_wall_the_second_one_still_keeps_other_accounts_names(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = TrunkFactory.create(label="Чужой")
    monkeypatch.setattr(tenancy.Tenant, "rows", lambda _, model: model._default_manager.all())
    with tenancy.portal(owner.account.pk):  # type: ignore[union-attr]
        changed = labels.rename_all(account=foreign.account, wanted={foreign.pk: "Мой"}, expected="", user=owner)
    assert changed == 0
    assert names() == {foreign.phone: "Чужой"}


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.full)])
def test_very_many_names_go_out_and_come_back(client: Client, account: Account, count: int) -> None:
    crowd.connect(account, count)
    text = client.get(reverse("subscribers:labels_export")).content.decode("utf-8-sig")
    renamed = re.sub(r";.*", lambda cell: f";Новое длинное название {cell.start()}", text)
    review = send(client, renamed)
    assert (review.context["count"], len(review.context["changes"])) == (count, 100)
    assert len(review.content) < 1_000_000
    assert f"Изменены названия номеров: {count}." in confirm(client, review).content.decode()
    assert Subscriber.objects.filter(label__startswith="Новое длинное название").count() == count
