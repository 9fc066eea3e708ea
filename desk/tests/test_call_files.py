"""A switch's file at the desk: upload → check → import with progress → report; an import is undone (4.4)."""

import csv
import gzip
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.actor import Actor
from accounts.models import AuditEvent, Look, User
from accounts.tests.factories import StaffFactory
from desk.imports import calls
from desk.models import TableImport
from desk.tests.cast import clerk
from desk.tests.uploaded_calls import (
    GROUPS,
    LINES,
    NEW,
    NOON,
    UPLOAD,
    content,
    desk,
    imported,
    people,
    sent,
    source,
    stored_files,
)
from sipcabinet.lib.errors import DomainError
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.page_text import text, words
from sipcabinet.tests.signed_in import signed_in
from subscribers.calls import imports
from subscribers.forms import call_file
from subscribers.models import CallImport, CallRecord, CallReject, CallSource
from subscribers.tests.factories import CallSourceFactory
from subscribers.tests.price_list import Cast
from subscribers.tests.switch_files import Line

__all__ = ["desk", "people", "source", "stored_files"]

pytestmark = pytest.mark.django_db


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
