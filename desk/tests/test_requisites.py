"""«Реквизиты»: entered with the day from which they hold; past days and issued documents never change (4.16)."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.actor import Actor
from accounts.models import AuditEvent, User
from desk.services import requisites as services
from operator_profile.models import Picture, Requisites, RequisitesDraft
from operator_profile.selectors import requisites
from operator_profile.tests.faces import REQUISITES, put_requisites
from sipcabinet.tests.page_text import text, words

pytestmark = pytest.mark.django_db
FIRST = {"name": "ООО «Первый»", "unp": "100000007", "address": "А", "iban": "BY1", "bank": "Б", "bic": "В"}
SIGNED = {"signatory": "Заря И. И.", "position": "Директор", "basis": "Устава"}


@pytest.fixture(autouse=True)
def _now(today: Any, settings: LazySettings) -> None:  # 22.11.2026
    settings.OPERATOR_REQUISITES = dict(FIRST)


@pytest.fixture
def desk(staff: User, client_of: Callable[[Any], Client]) -> Client:
    return client_of(staff)


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


def save(desk: Client, **values: Any) -> Any:
    given = {**REQUISITES, "valid_from": "2026-12-01", **values}
    return desk.post(url("desk_requisites_edit"), given, follow=True)


def put(desk: Client, **values: Any) -> Any:
    draft = requisites.draft()
    given = {"revision": draft.revision if draft else 0, **values}
    return desk.post(url("desk_requisites_put"), given, follow=True)


def png(colour: str = "#1450b8") -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGBA", (300, 120), colour).save(file, "PNG")
    return SimpleUploadedFile("signature.png", file.getvalue(), "image/png")


def test_from_the_first_of_a_month(desk: Client, settings: LazySettings) -> None:
    page = save(desk, **SIGNED, signature_file=png(), stamp_file=png("#0f6b3c"))
    assert "Что меняется с 01.12.2026" in words(page)
    assert requisites.party(date(2026, 12, 1)) == FIRST
    assert "Реквизиты действуют с 01.12.2026" in words(put(desk))
    settings.OPERATOR_REQUISITES = {}  # the environment is not read any more, also not for the days before
    assert requisites.party(date(2026, 11, 30)) == FIRST
    signature, stamp = Picture.objects.order_by("pk")
    pictures = {"signature": signature.pk, "stamp": stamp.pk}
    assert requisites.party(date(2026, 12, 1)) == REQUISITES | SIGNED | pictures
    event = AuditEvent.objects.get(action="requisites.put_in_force")
    assert event.details["changes"]["name"] == ["ООО «Первый»", "ООО «Заря Телеком»"]
    assert event.details["valid_from"] == "2026-12-01"


def test_a_past_day_is_refused_and_what_was_typed_is_kept(desk: Client) -> None:
    page = save(desk, valid_from="2026-11-21", bank="Банк, который напечатан")
    assert "реквизиты прошлых дней не меняются" in words(page)
    assert "id_valid_from_error" in text(page)
    assert "Банк, который напечатан" in text(page)
    assert not RequisitesDraft.objects.exists()


def test_a_day_has_one_row(desk: Client) -> None:
    save(desk)
    put(desk)
    assert "С этого дня уже введены реквизиты" in words(save(desk, bank="ОАО «Другой»"))
    save(desk, valid_from="2026-11-22")
    put(desk)
    assert "С сегодняшнего дня реквизиты уже изменены" in words(save(desk, valid_from="2026-11-22", bank="Другой"))
    assert requisites.on(date(2026, 11, 22)).bank == "ОАО «Банк Заря»"
    assert requisites.on(date(2026, 11, 21)).bank == "Б"


def test_a_row_between_two_ends_where_the_next_begins(desk: Client) -> None:
    save(desk, valid_from="2027-01-01")
    put(desk)
    save(desk, bank="ОАО «Между»")
    put(desk)
    days = {date(2026, 11, 30): "Б", date(2026, 12, 1): "ОАО «Между»", date(2026, 12, 31): "ОАО «Между»"}
    days[date(2027, 1, 1)] = "ОАО «Банк Заря»"
    assert {day: requisites.on(day).bank for day in days} == days


def test_what_has_not_begun_can_be_withdrawn(desk: Client) -> None:
    save(desk)
    put(desk)
    row = Requisites.objects.get(valid_from=date(2026, 12, 1))
    assert "Реквизиты с 01.12.2026 отменены" in words(desk.post(url("desk_requisites_withdraw", row.pk), follow=True))
    assert requisites.party(date(2026, 12, 1)) == FIRST
    assert "уже отменены" in words(desk.post(url("desk_requisites_withdraw", row.pk), follow=True))
    save(desk)
    put(desk)
    assert requisites.on(date(2026, 12, 1)).bank == "ОАО «Банк Заря»"
    assert Requisites.objects.count() == 3


def test_what_holds_cannot_be_withdrawn(desk: Client) -> None:
    row = put_requisites(date(2026, 11, 22))
    first = Requisites.objects.get(valid_from=requisites.BEGINNING)
    for one in (row, first):
        page = desk.post(url("desk_requisites_withdraw", one.pk), follow=True)
        assert "уже действуют" in words(page)
    assert requisites.on(date(2026, 11, 22)).pk == row.pk


def test_a_draft_whose_day_has_passed_is_not_put_in_force(desk: Client, at: Callable[[str], Any]) -> None:
    save(desk, valid_from="2026-11-23")
    at("2026-11-24 00:00")
    draft = RequisitesDraft.objects.get()
    with pytest.raises(services.RequisitesError, match="День уже прошёл"):
        services.put_in_force(revision=draft.revision, by=Actor())
    assert not Requisites.objects.exists()


def test_what_was_not_previewed_is_not_put_in_force(desk: Client) -> None:
    save(desk)
    seen = RequisitesDraft.objects.get().revision
    save(desk, bank="Другой")
    assert "Черновик изменился" in words(put(desk, revision=seen))
    assert not Requisites.objects.exists()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"unp": "123456789"}, "контрольная цифра не сходится"),
        ({"iban": "BY86AKBB10100000002966000001"}, "контрольные цифры не сходятся"),
        ({"iban": f"{REQUISITES['iban']}, BY1"}, "контрольные цифры не сходятся"),
        ({"bic": "1"}, "БИК состоит из 8 или 11 знаков"),
        ({"name": ""}, "Обязательное поле"),
        ({"valid_from": "завтра"}, "дату"),
        ({"stamp_file": png()}, "чьи подпись и печать"),
        ({"signatory": "И. И.", "signature_file": SimpleUploadedFile("s.svg", b"<svg/>")}, "Это не PNG:"),
    ],
)
def test_bad_values_are_refused_beside_their_field(desk: Client, values: dict[str, Any], told: str) -> None:
    if file := values.get("stamp_file"):
        file.seek(0)
    page = save(desk, **values)
    assert told in words(page)
    assert 'aria-invalid="true"' in text(page)
    assert not RequisitesDraft.objects.exists()
    assert not Picture.objects.exists()


def test_several_accounts_are_written_in_one_way(desk: Client) -> None:
    second = "BY27 PRIM 3012 0000 0000 0000 0933"
    save(desk, iban=f"{REQUISITES['iban']} ;{second}")
    assert RequisitesDraft.objects.get().iban == f"{REQUISITES['iban']}, {second.replace(' ', '')}"


def test_without_the_guard_of_the_day_the_past_would_change(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard is needed: without it a row begins in the past, and a document of that day would show it."""
    monkeypatch.setattr(services, "_check_day", lambda _day: None)
    save(desk, valid_from="2026-11-01")
    put(desk)
    assert requisites.party(date(2026, 11, 2)) == REQUISITES
