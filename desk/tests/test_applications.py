"""The register of written applications: a paper comes in with its scan, and the queue shows what waits (4.2)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, User, WrittenApplication
from accounts.selectors import applications as application_selectors
from accounts.services import applications
from accounts.tasks import remove_forgotten_scans
from desk.tests.papers import PDF, clerk, files_in, paper, picture, stored_in, upload
from sipcabinet.lib import clock, files, scans, tenancy
from sipcabinet.tests.page_text import text, words
from sipcabinet.tests.signed_in import signed_in

pytestmark = pytest.mark.django_db
LIST, ADD = "/admin/applications/", "/admin/applications/add/"
VIEW, ADDS = "accounts.view_writtenapplication", "accounts.add_writtenapplication"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: LazySettings, today: Any) -> Path:
    stored_in(settings, tmp_path)
    return tmp_path


@pytest.fixture
def desk(staff: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(staff)


def sent(desk: Client, of: Account, **changed: Any) -> Any:
    form = {
        "account": of.number, "kind": "email", "number": "41", "written_on": "20.11.2026",
        "received_at": "21.11.2026 15:30", "scan": upload(), "note": "принёс директор", "token": "t",
    }  # fmt: skip
    return desk.post(ADD, form | changed)


# --- A new paper -----------------------------------------------------------------------------------------------------
def test_a_paper_comes_in_with_its_scan(desk: Client, staff: User, account: Account, folder: Path) -> None:
    scan = upload(picture("PNG"), "скан заявления.JPG")
    answer = sent(desk, account, scan=scan)
    row = WrittenApplication.objects.get()
    assert answer.headers["Location"] == reverse("admin:desk_application", args=[row.pk])
    assert (row.account, row.kind, row.state, row.received_by) == (account, "email", "received", staff)
    assert (row.reference, row.note) == ("Заявление № 41 от 20.11.2026", "принёс директор")
    assert clock.show_moment(row.received_at) == "21.11.2026, 15:30"
    assert (row.scan_name, row.scan_type) == ("скан заявления.png", "image/png")
    (stored,) = files_in(folder)
    assert stored.read_bytes() == picture("PNG")
    assert stored.name.endswith(".png")
    event = AuditEvent.objects.get(action="application.received")
    assert (event.account, event.user, event.address) == (account, staff, "127.0.0.1")
    assert "№ 41 от 20.11.2026" in event.summary


def test_the_form_sent_twice_writes_one_row(desk: Client, account: Account, folder: Path) -> None:
    first, second = sent(desk, account), sent(desk, account, scan=upload())
    assert first.headers["Location"] == second.headers["Location"]
    assert (WrittenApplication.objects.count(), len(files_in(folder))) == (1, 1)
    assert AuditEvent.objects.filter(action="application.received").count() == 1


def test_the_page_of_a_customer_fills_the_form(desk: Client, account: Account) -> None:
    page = text(desk.get(ADD, {"account": account.number, "kind": "minutes"}))
    assert f'value="{account.number}"' in page
    assert '<option value="minutes" selected>' in page
    assert 'value="22.11.2026 10:00"' in page
    assert text(desk.get(ADD, {"account": "<b>", "kind": "<b>"}))


@pytest.mark.parametrize(
    ("changed", "field", "message"),
    [
        ({"account": "1"}, "account", "Лицевого счёта 1 нет"),
        ({"account": ""}, "account", "Введите номер лицевого счёта"),
        ({"kind": ""}, "kind", "Выберите, о чём заявление"),
        ({"kind": "x"}, "kind", "Выберите корректный вариант"),
        ({"number": "1" * 41}, "number", "не более 40"),
        ({"written_on": ""}, "written_on", "Введите дату заявления"),
        ({"written_on": "31.02.2026"}, "written_on", "Введите дату в виде"),
        ({"written_on": "23.11.2026"}, "written_on", "ещё не наступила"),
        ({"written_on": "01.01.1900"}, "written_on", "Проверьте дату"),
        ({"received_at": "22.11.2026 10:01"}, "received_at", "ещё не наступил"),
        ({"received_at": "19.11.2026 23:59"}, "received_at", "раньше своей даты"),
        ({"received_at": "вчера"}, "received_at", "Введите дату и время"),
        ({"scan": ""}, "scan", "Выберите файл со сканом"),
        ({"note": "п" * 501}, "note", "не более 500"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_written(  # noqa: PLR0917
    desk: Client, account: Account, folder: Path, changed: dict[str, str], field: str, message: str
) -> None:
    answer = sent(desk, account, **changed)
    assert answer.status_code == 200
    assert [*answer.context["form"].errors] == [field]
    assert message in answer.context["form"].errors[field][0]
    typed = {"note": "принёс директор", "received_at": "21.11.2026 15:30"} | changed
    assert all(typed[name] in text(answer) for name in typed)
    assert not WrittenApplication.objects.exists()
    assert not AuditEvent.objects.exists()
    assert files_in(folder) == []


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "scan.pdf", "Файл пустой"),
        (b"GIF89a\0\0", "scan.png", "нет PDF, JPEG или PNG"),
        (b"<svg onload='alert(1)'/>", "scan.png", "нет PDF, JPEG или PNG"),
        (b"<html><script>alert(1)</script>", "scan.pdf", "нет PDF, JPEG или PNG"),
        (picture("PNG") + b"<script>", "../../scan.png", "посторонний код"),
        (PDF.replace(b"/Catalog", b"/S /JavaScript"), "scan.pdf", "действия или вложения"),
        (PDF + b"\0" * (50 * scans.MIB), "scan.pdf", "больше 10 МБ"),
    ],
)
def test_a_hostile_upload_is_refused_beside_its_field(  # noqa: PLR0917
    desk: Client, account: Account, folder: Path, content: bytes, name: str, message: str
) -> None:
    answer = sent(desk, account, scan=SimpleUploadedFile(name, content))
    assert [*answer.context["form"].errors] == ["scan"]
    assert message in answer.context["form"].errors["scan"][0]
    assert "принёс директор" in words(answer)
    assert not WrittenApplication.objects.exists()
    assert files_in(folder) == []


def test_one_paper_is_one_row(desk: Client, account: Account, folder: Path) -> None:
    sent(desk, account)
    again = sent(desk, account, scan=upload(), token="other")
    assert "уже есть в реестре" in again.context["form"].errors["number"][0]
    assert (WrittenApplication.objects.count(), len(files_in(folder))) == (1, 1)
    for changed in ({"kind": "other"}, {"number": ""}, {"number": ""}):
        token = f"{changed}{WrittenApplication.objects.count()}"[:60]
        assert sent(desk, account, scan=upload(), token=token, **changed).status_code == 302
    assert WrittenApplication.objects.filter(number="").first().reference == "Заявление б/н от 20.11.2026"  # type: ignore[union-attr]


def test_a_failure_leaves_neither_row_nor_file(
    desk: Client, account: Account, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_fields: Any) -> None:
        raise RuntimeError("no journal today")

    monkeypatch.setattr("accounts.services.audit.record", broken)
    with pytest.raises(RuntimeError):
        sent(desk, account)
    assert not WrittenApplication.objects.exists()
    assert files_in(folder) == []


def test_a_customer_registers_nothing(owner: User, account: Account, folder: Path) -> None:
    with pytest.raises(applications.ApplicationError, match="только сотрудники"):
        paper(account, owner)
    assert files_in(folder) == []


def test_what_a_paper_says_is_never_rewritten(account: Account, staff: User) -> None:
    row = paper(account, staff)
    row.number = "42"
    with pytest.raises(Exception, match="permission denied"):
        row.save()


def test_forgotten_scans_are_removed_and_kept_ones_stay(
    account: Account, staff: User, folder: Path, at: Callable[[str], Any]
) -> None:
    row = paper(account, staff)
    files.store("applications/2026/11/forgotten.pdf", lambda file: file.write(PDF))
    at("2030-01-01 10:00")
    remove_forgotten_scans()
    assert files_in(folder) == [folder / row.scan_path]


# --- The queue -------------------------------------------------------------------------------------------------------
@pytest.fixture
def some(account: Account, staff: User, at: Callable[[str], Any]) -> list[WrittenApplication]:
    """Three waiting papers, the oldest last, and one that is refused."""
    made = []
    for number, day in (("3", "21"), ("2", "20"), ("1", "18"), ("0", "17")):
        at(f"2026-11-{day} 10:00")
        made.append(paper(account, staff, "other" if number == "2" else "plan", number=number))
    at("2026-11-22 10:00")
    applications.refuse(application=made[3], reason="Нет подписи", by=Actor(staff))
    return made[:3]


def numbers(answer: Any) -> list[str]:
    return [row.number for row, _age in answer.context["papers"]]


def test_the_queue_begins_with_the_oldest_that_waits(desk: Client, some: list[WrittenApplication]) -> None:
    answer = desk.get(LIST)
    assert numbers(answer) == ["1", "2", "3"]
    page = text(answer)
    assert "Ждут решения: 3, самое давнее — 4 дня" in page
    assert "ждёт 1 день" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "all"}, ["3", "2", "1", "0"]),
        ({"state": "refused"}, ["0"]),
        ({"state": "done"}, []),
        ({"kind": "other"}, ["2"]),
        ({"since": "20.11.2026"}, ["2", "3"]),
        ({"since": "19.11.2026", "until": "20.11.2026"}, ["2"]),
        ({"account": "nobody's"}, []),
    ],
)
def test_the_filters_stand_in_the_address(
    desk: Client, some: list[WrittenApplication], other_owner: User, query: dict[str, str], found: list[str]
) -> None:
    if "account" in query:
        query = {"account": other_owner.account.number}  # type: ignore[union-attr]
    assert numbers(desk.get(LIST, query)) == found
    assert numbers(desk.get(LIST, {"account": some[0].account.number, "state": "received"})) == ["1", "2", "3"]


@pytest.mark.parametrize(
    "query", [{"state": "x"}, {"kind": "x"}, {"account": "1"}, {"since": "x"}, {"until": "01.01.9999"}]
)
def test_a_wrong_filter_says_so(desk: Client, some: list[WrittenApplication], query: dict[str, str]) -> None:
    answer = desk.get(LIST, query)
    assert [*answer.context["filters"].errors] == [*query]
    assert "Исправьте условия отбора" in text(answer)


def test_the_queue_needs_few_queries_however_long(desk: Client, account: Account, staff: User) -> None:
    for number in range(35):
        paper(account, staff, number=str(number))
    with CaptureQueriesContext(connection) as queries:
        assert desk.get(LIST).status_code == 200
    assert len(queries) <= 8
    with CaptureQueriesContext(connection) as one:
        assert application_selectors.waiting().count == 35
    assert len(one) == 1


def test_the_pages_of_a_long_queue_show_each_paper_once(desk: Client, account: Account, staff: User) -> None:
    for number in range(35):
        paper(account, staff, number=str(number))
    first = desk.get(LIST)
    onward = first.context["page"].onward
    assert len(numbers(first)) == 30
    assert sorted(map(int, numbers(first) + numbers(desk.get(LIST, {"onward": onward})))) == list(range(35))


def test_an_empty_queue_has_no_age(desk: Client) -> None:
    assert "Все заявления разобраны" in text(desk.get(LIST))
    assert application_selectors.waiting() == application_selectors.Waiting(0, None)


# --- Who may ---------------------------------------------------------------------------------------------------------
def test_each_page_is_for_those_who_may(account: Account, staff: User, folder: Path) -> None:
    row = paper(account, staff)
    one, scan = f"{LIST}{row.pk}/", f"{LIST}{row.pk}/scan/"
    before = len(files_in(folder))
    reader, nobody, writer = signed_in(clerk(VIEW)), signed_in(clerk("accounts.view_account")), signed_in(clerk(ADDS))

    def answers(browser: Client) -> list[int]:
        got = [browser.get(page) for page in (LIST, one, scan, ADD)]
        for answer in got:
            if answer.streaming:
                list(answer)  # a file is closed when it is read to its end
        return [answer.status_code for answer in got]

    assert answers(reader) == [200, 200, 200, 403]
    assert answers(nobody) == [403] * 4
    assert answers(writer) == [403, 403, 403, 200]
    assert sent(reader, account).status_code == 403
    assert "Новое заявление" not in text(reader.get(LIST))
    assert (WrittenApplication.objects.count(), len(files_in(folder))) == (1, before)


def test_a_customer_sees_no_page_and_no_row(
    owner: User, account: Account, staff: User, client_of: Callable[[User], Client]
) -> None:
    row = paper(account, staff)
    browser = client_of(owner)
    for page in (LIST, ADD, f"{LIST}{row.pk}/", f"{LIST}{row.pk}/scan/"):
        assert browser.get(page).status_code in {302, 403}
        assert Client().get(page).status_code == 302
    with pytest.raises(Exception, match="permission denied"), tenancy.portal(account.pk):
        WrittenApplication.objects.exists()


def test_the_scan_is_a_file_to_save_and_the_journal_says_who_opened_it(
    desk: Client, account: Account, staff: User
) -> None:
    row = paper(account, staff)
    answer = desk.get(reverse("admin:desk_application_scan", args=[row.pk]))
    assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="scan.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    event = AuditEvent.objects.get(action="application.read")
    assert (event.account, event.user, event.address) == (account, staff, "127.0.0.1")
    files.remove(row.scan_path)
    assert desk.get(reverse("admin:desk_application_scan", args=[row.pk])).status_code == 404
    assert AuditEvent.objects.filter(action="application.read").count() == 1
    assert desk.get(reverse("admin:desk_application_scan", args=[row.pk + 1])).status_code == 404
