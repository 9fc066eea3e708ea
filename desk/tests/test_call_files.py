"""A switch's file at the desk: upload → check → import with progress → report; rejects mended in groups (4.4)."""

import csv
import gzip
import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.actor import Actor
from accounts.models import AuditEvent, Look, User
from accounts.tests.factories import StaffFactory
from desk.imports import calls
from desk.models import Role, TableImport
from desk.selectors import reject_groups
from desk.tests.cast import clerk
from sipcabinet.lib.errors import DomainError
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.page_text import text, words
from sipcabinet.tests.signed_in import signed_in
from subscribers.calls import imports, partitions
from subscribers.forms import call_file
from subscribers.models import CallImport, CallRecord, CallReject, CallSource
from subscribers.tests.factories import CallSourceFactory, TrunkFactory
from subscribers.tests.price_list import Cast, cast
from subscribers.tests.switch_files import Line

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 10, 5, 12)  # noqa: DTZ001 - a switch writes local time
NEW = "+375447112099"
UPLOAD = "/admin/calls/imports/new/"
GROUPS = "/admin/calls/rejects/"


@pytest.fixture(autouse=True)
def people(at: Callable[[str], Any], db: None) -> Cast:
    at("2026-10-20 12:00")
    partitions.open_ahead()
    return cast()


@pytest.fixture
def desk(staff: User) -> Client:
    return signed_in(staff)


@pytest.fixture
def stored_files(tmp_path: Path, settings: LazySettings) -> Path:
    """A separate default storage for each test."""
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    return tmp_path


@pytest.fixture
def source() -> CallSource:
    found: CallSource = CallSourceFactory.create(format="freeswitch")
    return found


LINES: list[Line | str] = [
    Line("u-1", NOON),
    Line("u-2", NOON, calling=NEW),
    Line("u-3", NOON, calling=NEW, talked=30),
    Line("u-4", NOON, called="89021234567"),
    "garbage\n",
]


def content(*lines: Line | str) -> bytes:
    return "".join(str(line) for line in lines or LINES).encode()


def sent(desk: Client, source: CallSource, *lines: Line | str) -> Any:
    file = SimpleUploadedFile("cdr.csv", content(*lines))
    return desk.post(UPLOAD, {"source": source.pk, "file": file}, follow=True)


def imported(desk: Client, source: CallSource, *lines: Line | str) -> CallImport:
    check = sent(desk, source, *lines)
    desk.post(check.request["PATH_INFO"])
    imports.drain()
    return CallImport.objects.get()


def test_the_check_says_whose_calls_they_are_and_counts_nothing(
    desk: Client, source: CallSource, people: Cast, stored_files: Path
) -> None:
    check = sent(desk, source)
    told = words(check)
    for part in (people.trunk.account.number, "Ни один из номеров не наш абонент", "Нет тарифа на это направление"):
        assert part in told
    found = TableImport.objects.get().outcome["check"]
    assert (found["read"], found["new"], found["duplicate"], found["rejected"]) == (5, 1, 0, 4)
    assert [line for line, _code in found["errors"]] == [2, 3, 4, 5]
    assert (found["calls"], found["seconds"], found["cost"]) == (1, 60, 305_400)
    assert NEW not in str(TableImport.objects.get().outcome)
    assert [model.objects.count() for model in (CallRecord, CallReject, CallImport)] == [0, 0, 0]
    assert len(list(stored_files.rglob("*.csv"))) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "utf-16"])
def test_a_packed_or_recoded_file_gives_the_same_check_and_calls(
    desk: Client, source: CallSource, stored_files: Path, encoding: str
) -> None:
    packed = gzip.compress(content().decode().encode(encoding))
    file = SimpleUploadedFile("cdr.csv.gz", packed)
    check = desk.post(UPLOAD, {"source": source.pk, "file": file}, follow=True)
    found = TableImport.objects.get().outcome["check"]
    assert (found["read"], found["new"], found["rejected"]) == (5, 1, 4)
    assert (found["checked"], found["size"]) == (len(packed), len(packed))
    desk.post(check.request["PATH_INFO"])
    imports.drain()
    job = CallImport.objects.get()
    assert (job.read_count, job.new_count, job.rejected_count) == (5, 1, 4)


def test_it_is_imported_in_the_background_and_reported(
    desk: Client, source: CallSource, stored_files: Path, django_capture_on_commit_callbacks: Any, staff: User
) -> None:
    check = sent(desk, source)
    with django_capture_on_commit_callbacks(execute=True):
        page = desk.post(check.request["PATH_INFO"], follow=True)
    job = CallImport.objects.get()
    own = reverse("admin:desk_call_file", args=[job.pk])
    assert page.redirect_chain[-1][0] == own
    assert (job.imported_by, TableImport.objects.get().outcome["import"]) == (staff, job.pk)
    assert "Загружается" in text(page)
    assert "Всего около 5" in text(page)
    assert 'hx-trigger="every 2s"' in text(desk.get(own + "status/"))
    assert [path.parent.name for path in stored_files.rglob("*.csv")] == ["imports"]
    with django_capture_on_commit_callbacks(execute=True):
        imports.drain()
    done = text(desk.get(own))
    assert "hx-trigger" not in done
    assert "Разобрать по причинам" in done
    rows = table(desk.get(own + "report/?format=csv"))
    assert [row[1] for row in rows][:1] == ["Ни один из номеров не наш абонент"]
    assert NEW in rows[0][-1]
    event = AuditEvent.objects.get(action="import.ordered", user=staff)
    assert NEW.removeprefix("+") not in f"{event.summary}{event.details}"
    assert "Файл уже принят" in text(desk.post(check.request["PATH_INFO"], follow=True))
    assert CallImport.objects.count() == 1


def test_dialled_numbers_are_masked_in_the_report(desk: Client, source: CallSource, stored_files: Path) -> None:
    job = imported(desk, source)
    viewer = signed_in(clerk("subscribers.view_callimport", "subscribers.view_callreject"))
    rows = table(viewer.get(reverse("admin:desk_call_file_report", args=[job.pk]) + "?format=csv"))
    assert NEW not in str(rows)
    assert NEW.removeprefix("+") not in str(rows)
    groups = text(viewer.get(GROUPS))
    assert "711-20-99" not in groups
    assert Look.objects.filter(user__is_superuser=False).count() == 2
    assert (
        signed_in(clerk("subscribers.view_callimport"))
        .get(reverse("admin:desk_call_file_report", args=[job.pk]) + "?format=csv")
        .status_code
        == 403
    )


def table(answer: Any) -> list[list[str]]:
    found = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(found), delimiter=";"))[1:]


def test_a_file_that_is_not_taken_is_deleted(
    desk: Client, source: CallSource, stored_files: Path, django_capture_on_commit_callbacks: Any
) -> None:
    check = sent(desk, source)
    with django_capture_on_commit_callbacks(execute=True):
        page = desk.post(check.request["PATH_INFO"], {"discard": "1"}, follow=True)
    assert "звонки не учтены" in text(page)
    assert not list(stored_files.rglob("*.csv"))
    assert "отказались" in text(desk.post(check.request["PATH_INFO"], follow=True))
    assert not CallImport.objects.exists()


def test_of_a_large_file_the_beginning_is_checked(
    desk: Client, source: CallSource, stored_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "CHECKED_BYTES", len(content(LINES[0])) + 20)
    check = sent(desk, source, LINES[0], Line("u-9", NOON))
    assert "Загрузится весь файл" in text(check)
    found = TableImport.objects.get().outcome["check"]
    assert (found["read"], found["new"], found["rejected"]) == (1, 1, 0)
    assert imported_all(check, desk) == 2


def imported_all(check: Any, desk: Client) -> int:
    desk.post(check.request["PATH_INFO"])
    imports.drain()
    return CallRecord.objects.count()


@pytest.mark.parametrize("hostile", [b"PK\x03\x04xlsx", b"\x1f\x8bgzip", b"a,\0b", b"%PDF-1.7", b""])
def test_what_is_no_text_is_refused(desk: Client, source: CallSource, hostile: bytes, stored_files: Path) -> None:
    page = desk.post(UPLOAD, {"source": source.pk, "file": SimpleUploadedFile("a.csv", hostile)})
    assert page.context["form"].errors["file"]
    assert not TableImport.objects.exists()
    assert not list(stored_files.rglob("*.csv"))


def test_too_large_a_file_is_refused(desk: Client, source: CallSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_file, "FILE_LIMIT_BYTES", 10)
    page = desk.post(UPLOAD, {"source": source.pk, "file": SimpleUploadedFile("a.csv", b"x" * 11)})
    assert "разделите" in page.context["form"].errors["file"][0]


def test_a_file_of_another_kind_says_why(desk: Client, stored_files: Path) -> None:
    generic = CallSourceFactory.create(format="generic")
    page = desk.post(UPLOAD, {"source": generic.pk, "file": SimpleUploadedFile("a.csv", b"just words\n")})
    assert page.context["form"].errors["file"]
    assert not TableImport.objects.exists()


def test_lines_of_one_reason_and_number_are_one_group(desk: Client, source: CallSource, stored_files: Path) -> None:
    imported(desk, source)
    found = [(one.code, one.number, len(one.ids), one.seconds) for one in reject_groups.groups()]
    assert found[0] == ("not_ours", NEW, 2, 90)
    assert sorted(one[0] for one in found) == ["columns", "no_rate", "not_ours"]
    page = text(desk.get(GROUPS))
    assert "+375 44 711-20-99" in page
    assert text(desk.get(GROUPS + "?import=999999")).count("Попробовать снова") == 0
    assert desk.get(GROUPS + "?import=x").status_code == 404


def test_a_group_is_tried_again_at_once_when_its_number_is_connected(
    desk: Client, source: CallSource, stored_files: Path
) -> None:
    imported(desk, source)
    group = reject_groups.groups()[0]
    TrunkFactory.create(phone=NEW)
    assert "принято 2, повторов 0, осталось 0" in text(desk.post(GROUPS, {"group": group.key}, follow=True))
    assert "уже разобраны" in text(desk.post(GROUPS, {"group": group.key}, follow=True))
    assert CallRecord.objects.filter(call_id__in=["u-2", "u-3"]).count() == 2
    event = AuditEvent.objects.get(action="reject.retried")
    assert NEW not in f"{event.summary}{event.details}"


def test_a_group_is_ignored_with_a_reason(desk: Client, source: CallSource, stored_files: Path) -> None:
    imported(desk, source)
    own = reverse("admin:desk_reject_group", args=[reject_groups.groups()[0].key])
    assert "Укажите, почему" in text(desk.post(own, {"do": "ignore", "note": ""}))
    assert "Не учитывается записей: 2" in text(desk.post(own, {"do": "ignore", "note": "Чужой транк"}, follow=True))
    rows = CallReject.objects.filter(state="dismissed")
    assert {(row.note, row.resolved_at is None) for row in rows} == {("Чужой транк", False)}
    assert "уже разобраны" in text(desk.get(own, follow=True))


def test_connecting_the_number_begins_with_the_first_call(
    desk: Client, source: CallSource, people: Cast, stored_files: Path
) -> None:
    imported(desk, source)
    group = reject_groups.groups()[0]
    own = reverse("admin:desk_reject_group", args=[group.key])
    assert "Лицевого счёта 7 нет" in text(desk.post(own, {"do": "connect", "account": "7"}))
    account = people.stranger.account
    page = desk.post(own, {"do": "connect", "account": account.number}, follow=True)
    assert NEW not in page.redirect_chain[-1][0]
    form = page.context["form"]
    assert (form["own"].value(), str(form["connected_on"].value())) == (NEW, "2026-10-05")


def test_support_connects_the_number_and_the_network_is_told_whom_to_ask(
    desk: Client, source: CallSource, people: Cast, stored_files: Path
) -> None:
    imported(desk, source)
    own = reverse("admin:desk_reject_group", args=[reject_groups.groups()[0].key])
    form = {"do": "connect", "account": people.stranger.account.number}
    network = signed_in(of_role("network"))
    assert "могут поддержка и администратор" in text(network.get(own))
    assert network.post(own, form).status_code == 403
    support = signed_in(of_role("support"))
    page = support.post(own, form, follow=True)
    assert page.context["form"]["own"].value() == NEW
    assert "осталось 2" in text(support.post(own, {"do": "retry"}, follow=True))


def of_role(code: str) -> User:
    """A colleague who has this role alone."""
    user: User = StaffFactory.create(is_superuser=False)
    user.groups.add(Role.objects.get(code=code).group)
    return user


def test_only_who_may_mend_mends(desk: Client, source: CallSource, stored_files: Path) -> None:
    imported(desk, source)
    key = reject_groups.groups()[0].key
    own = reverse("admin:desk_reject_group", args=[key])
    viewer = signed_in(clerk("subscribers.view_callreject"))
    assert (viewer.get(GROUPS).status_code, viewer.get(own).status_code) == (200, 200)
    for act in ("retry", "ignore", "connect", "x"):
        assert viewer.post(own, {"do": act, "note": "x"}).status_code == 403
    assert viewer.post(GROUPS, {"group": key}).status_code == 403
    assert CallReject.objects.filter(state="waiting").count() == 4


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_orders_the_import(source: CallSource, stored_files: Path) -> None:
    actors = [Actor(StaffFactory.create()) for _ in range(2)]
    file = SimpleUploadedFile("cdr.csv", content())
    draft = calls.keep(source=source, file=file, file_name="cdr.csv", actor=actors[0])

    def told(by: Actor) -> str:
        try:
            calls.order(draft=draft, actor=by)
        except DomainError as refusal:
            return refusal.code
        return "ordered"

    assert sorted(at_once([lambda: told(actors[0]), lambda: told(actors[1])])) == ["ordered", "table_import.ended"]
    assert CallImport.objects.count() == 1


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"do": "ignore", "note": "Чужой транк"}, id="ignore"),
        pytest.param({"do": "retry"}, id="retry", marks=pytest.mark.full),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_mends_a_group(
    form: dict[str, str], desk: Client, source: CallSource, stored_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read the group before one of them mends it."""
    imported(desk, source)
    TrunkFactory.create(phone=NEW)
    own = reverse("admin:desk_reject_group", args=[reject_groups.groups()[0].key])
    real, gate = reject_groups.group, Barrier(2)

    def group(*told: Any) -> Any:
        found = real(*told)
        gate.wait(timeout=30)
        return found

    monkeypatch.setattr(reject_groups, "group", group)
    clients = [desk, signed_in(StaffFactory.create())]

    def mended(client: Client) -> bool:
        client.post(own, form)
        return "уже разобраны" not in text(client.get(GROUPS))

    assert sorted(at_once([lambda: mended(clients[0]), lambda: mended(clients[1])])) == [False, True]
    assert AuditEvent.objects.filter(action__startswith="reject.").count() == 1
    assert CallReject.objects.filter(state="waiting").count() == 2
    assert CallRecord.objects.filter(call_id__in=["u-2", "u-3"]).count() == (2 if form["do"] == "retry" else 0)


def test_an_import_is_undone_by_the_second_click(desk: Client, source: CallSource, stored_files: Path) -> None:
    job = imported(desk, source)
    address = f"/admin/calls/imports/{job.pk}/undo/"
    assert address in text(desk.get(f"/admin/calls/imports/{job.pk}/"))
    shown = words(desk.get(address))
    assert "Чьи звонки исчезнут" in shown
    assert "Укажите основание" in text(desk.post(address, {"reason": ""}))
    assert CallRecord.objects.exists()
    page = desk.post(address, {"reason": "Не та станция"}, follow=True)
    assert "Загрузка отменена" in text(page)
    assert "Не та станция" in text(page)
    assert address not in text(page)
    assert not CallRecord.objects.exists()
    event = AuditEvent.objects.get(action="import.undone")
    assert event.details == {"import_id": job.pk, "records": 1, "reason": "Не та станция"}
    assert "уже отменена" in text(desk.post(address, {"reason": "Не та станция"}))


def test_who_may_not_import_may_not_undo(desk: Client, source: CallSource, stored_files: Path) -> None:
    job = imported(desk, source)
    other = signed_in(clerk("subscribers.view_callimport"))
    assert "undo/" not in text(other.get(f"/admin/calls/imports/{job.pk}/"))
    assert other.post(f"/admin/calls/imports/{job.pk}/undo/", {"reason": "Не та станция"}).status_code == 403
    assert CallRecord.objects.exists()
