"""A source's settings at the desk: tried on records and numbers before they are saved, by those who may (4.2, 4.4)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from desk.tests.cast import clerk
from sipcabinet.tests.page_text import words
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import CallSource
from subscribers.tests.factories import CallSourceFactory

pytestmark = pytest.mark.django_db
NEW = "/admin/calls/sources/new/"
JSON_RECORDS = Path(__file__).parents[2] / "subscribers/tests/files/fs-json.json"
USUAL = {
    "name": "pbx-2", "kind": "files", "format": "generic", "zone": "UTC", "account_code": "number", "longest": "60",
}  # fmt: skip
# As cdr_custom writes it: start, from, to, seconds.
SAMPLE = '"2026-10-05 07:00:00","92223344","99375291112233","61"\n"2026-10-05 07:10:00","anonymous","&","5"\n'
COLUMNS = "started_at = 1\ncalling = 2\ncalled = 3\nbillsec = 4"
RULES = "Б: убрать 99\nА: заменить 9(\\d{7}) на 37517\\1\n"


@pytest.fixture
def desk(staff: User, at: Callable[[str], Any]) -> Client:
    at("2026-10-20 12:00")
    return signed_in(staff)


def saved(desk: Client, address: str = NEW, **told: str) -> Any:
    """Tries the settings and saves them."""
    form = USUAL | told
    page = desk.post(address, form | {"do": "look"})
    return desk.post(address, form | {"do": "save", "seen": page.context["form"].data["seen"]})


def test_the_first_rows_are_shown_as_they_would_be_read_before_anything_is_saved(desk: Client) -> None:
    told = {"columns": COLUMNS, "rules": RULES, "sample": SAMPLE, "numbers": "9937529 92223344 99375291234567"}
    page = desk.post(NEW, USUAL | told | {"do": "look"})
    text = words(page)
    assert "05.10.2026, 10:00:00" in text  # 7:00 UTC
    assert "+375 17 222-33-44" in text
    assert "99375291112233 → 375291112233" in text
    assert "Вместо вызываемого номера посторонние знаки" in text
    assert "+375 29 123-45-67" in text
    assert not CallSource.objects.exists()
    done = desk.post(NEW, USUAL | told | {"do": "save", "seen": page.context["form"].data["seen"]})
    source = CallSource.objects.get()
    assert done.headers["Location"] == reverse("admin:desk_call_source", args=[source.pk])
    assert (source.format, source.zone, source.has_header, source.longest_seconds) == ("generic", "UTC", False, 3600)
    assert source.columns == {"started_at": "1", "calling": "2", "called": "3", "billsec": "4"}
    assert source.rules[1] == {"field": "calling", "kind": "replace", "text": r"9(\d{7})", "to": r"37517\1"}
    assert AuditEvent.objects.filter(action="callsource.added").exists()
    again = words(desk.get(done.headers["Location"]))
    assert "Б: убрать 99" in again
    assert "calling = 2" in again


def test_settings_that_nobody_has_seen_are_shown_first(desk: Client) -> None:
    page = desk.post(NEW, USUAL | {"columns": COLUMNS, "do": "save"})
    assert "Как будут прочитаны записи" in words(page)
    seen = page.context["form"].data["seen"]
    changed = desk.post(NEW, USUAL | {"columns": COLUMNS, "rules": "Б: убрать 9", "do": "save", "seen": seen})
    assert changed.status_code == 200
    assert not CallSource.objects.exists()


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"name": ""}, "Введите имя источника"),
        ({"name": "АТС 1"}, "name"),
        ({"zone": "Mars/Olympus"}, "Нет часового пояса"),
        ({"zone": "../../etc/passwd"}, "Нет часового пояса"),
        ({"zone": "+25:00"}, "Нет часового пояса"),
        ({"format": ""}, "Выберите формат файлов"),
        ({"longest": "0"}, "больше либо равно 1"),
        ({"columns": "number = 1"}, "Не понятно: «number = 1»"),
        ({"columns": "calling = A"}, "называются номерами"),
        ({"columns": "calling = 1\ncalling = 2"}, "Не понятно"),
        ({"rules": "Б убрать 99"}, "Не понятно"),
        ({"rules": "Б: заменить (\\d+)+ на 1"}, "внутри повтора"),
        ({"rules": "Б: заменить ( на 1"}, "с ошибкой"),
        ({"rules": "Б: убрать 1\n" * 21}, "не больше 20"),
        ({"sample": "x" * 100_001}, "100000"),
    ],
)
def test_wrong_settings_are_refused_beside_their_field(desk: Client, told: dict[str, str], fault: str) -> None:
    page = desk.post(NEW, USUAL | told | {"do": "look"})
    assert page.status_code == 200
    assert page.context["form"].errors
    if fault != "name":
        assert fault in words(page)
    assert not CallSource.objects.exists()


@pytest.mark.parametrize("sample", ["a,b\n", "{" * 5_000, '"' * 3_000, "=cmd|' /C calc'!A0,1,2,3\n", "\x1f\x8b"])
def test_a_hostile_sample_is_shown_as_a_fault_or_a_reject(desk: Client, sample: str) -> None:
    for fmt in ("generic", "freeswitch", "asterisk", "fs-json"):
        page = desk.post(NEW, USUAL | {"format": fmt, "columns": COLUMNS, "sample": sample, "do": "look"})
        assert page.status_code == 200


def test_a_taken_name_is_told(desk: Client) -> None:
    CallSourceFactory.create(name="pbx-2")
    page = saved(desk, columns=COLUMNS)
    assert "Источник с таким именем уже есть" in words(page)
    assert CallSource.objects.count() == 1


def test_a_change_is_in_the_journal_and_name_kind_and_format_stay(desk: Client, staff: User) -> None:
    source = CallSourceFactory.create(name="minsk-1")
    address = reverse("admin:desk_call_source", args=[source.pk])
    assert saved(desk, address, has_header="on", name="other", kind="http", format="asterisk").status_code == 302
    source.refresh_from_db()
    assert (source.name, source.kind, source.format, source.zone) == ("minsk-1", "files", "freeswitch", "UTC")
    event = AuditEvent.objects.get(action="callsource.changed", user=staff)
    assert {name: (one["before"], one["after"]) for name, one in event.details["changes"].items()} == {
        "zone": ("Europe/Minsk", "UTC"), "longest_seconds": (14_400, 3_600),
    }  # fmt: skip
    saved(desk, address, has_header="on")
    assert AuditEvent.objects.filter(action="callsource.changed").count() == 1


def test_a_database_that_is_not_set_up_is_named_and_the_source_can_be_saved(desk: Client) -> None:
    page = desk.post(NEW, USUAL | {"kind": "kamailio", "do": "look", "has_header": "on"})
    assert "нет базы источника" in words(page)
    assert saved(desk, kind="kamailio", has_header="on").status_code == 302
    assert CallSource.objects.get().format == "generic"


def test_a_secret_is_shown_once_and_only_for_http(desk: Client) -> None:
    saved(desk, kind="http", has_header="on")
    source = CallSource.objects.get()
    assert source.format == "fs-json"
    address = reverse("admin:desk_call_source", args=[source.pk])
    page = desk.post(address, {"do": "secret"})
    secret = page.context["secret"]
    assert f"cred = pbx-2:{secret}" in words(page)
    assert secret not in desk.get(address).content.decode()
    other = CallSourceFactory.create()
    assert desk.post(reverse("admin:desk_call_source", args=[other.pk]), {"do": "secret"}).status_code == 403


def test_json_records_are_shown_too(desk: Client) -> None:
    sample = JSON_RECORDS.read_text(encoding="utf-8")
    page = desk.post(NEW, USUAL | {"format": "fs-json", "sample": sample, "do": "look"})
    assert "+375 29 765-43-21" in words(page)
    assert "Запись JSON не удалось разобрать" in words(page)


def test_who_may_not_change_sources_only_looks_and_sees_masks(staff: User) -> None:
    source = CallSourceFactory.create()
    address = reverse("admin:desk_call_source", args=[source.pk])
    looking = signed_in(clerk("subscribers.view_callsource"))
    assert "меняют другие сотрудники" in words(looking.get(address))
    assert looking.post(address, USUAL | {"do": "look"}).status_code == 403
    assert looking.post(address, {"do": "secret"}).status_code == 403
    assert looking.get(NEW).status_code == 403
    adding = signed_in(clerk("subscribers.add_callsource"))
    page = words(adding.post(NEW, USUAL | {"columns": COLUMNS, "sample": SAMPLE, "do": "look"}))
    assert "375291112233" not in page.split("Номера для пробы")[0].replace(" ", "")
