"""The pages of «Клиенты из файла» and the command `import_customers` (4.11)."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent
from desk.imports.customers import loads, runs
from desk.models import CustomerLoad, TableImport
from desk.tests.cast import clerk
from desk.tests.customer_files import RIGHTS, file_of, kept, ordered, row
from sipcabinet.lib.durable import JobState
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import PlanKind, Subscriber
from subscribers.tests.factories import NumberRangeFactory, TariffPlanFactory
from subscribers.tests.sip_factories import SipPlatformFactory

pytestmark = pytest.mark.django_db
UPLOAD = "admin:desk_load"


@pytest.fixture(autouse=True)
def _operator(at: Callable[[str], Any], db: None) -> None:
    at("2026-11-22 10:00")
    NumberRangeFactory.create()
    SipPlatformFactory.create()
    TariffPlanFactory.create()
    TariffPlanFactory.create(kind=PlanKind.NUMBER)


@pytest.fixture
def support(_operator: None) -> Client:
    return signed_in(clerk(*RIGHTS))


@pytest.fixture
def auditor(_operator: None) -> Client:
    return signed_in(clerk("desk.view_customerload"))


def upload(client: Client, content: bytes) -> Any:
    file = SimpleUploadedFile("../клиенты.csv", content)
    return client.post(reverse(UPLOAD), {"file": file}, follow=True)


def address() -> str:
    return reverse("admin:desk_load_one", args=[TableImport.objects.get().pk])


def report(client: Client) -> str:
    answer = client.get(reverse("admin:desk_load_report", args=[TableImport.objects.get().pk]), {"format": "csv"})
    return b"".join(answer).decode()


def test_a_file_is_checked_loaded_and_reported(support: Client) -> None:
    page = upload(support, file_of(row(1), row(2, email="нет"))).content.decode()
    assert "Строк с ошибками: 1" in page
    assert "E-mail" in page
    assert not Account.objects.exists()
    assert "ошибка" in report(support)
    support.post(address())
    assert "hx-get" in support.get(address()).content.decode()
    assert support.get(address(), {"progress": 1}).status_code == 200
    loads.drain()
    assert support.get(address(), {"progress": 1})["HX-Refresh"] == "true"
    page = support.get(address(), {"show": "new"}).content.decode()
    assert "ООО «Клиент 1»" in page
    assert "Загружено не всё" in page
    assert "клиент, лицевой счёт, SIP-соединение" in report(support)
    assert Account.objects.count() == 1
    codes = {"customer.load_begun", "customer.loaded", "customer.opened"}
    assert codes <= set(AuditEvent.objects.values_list("action", flat=True))
    assert "клиенты.csv" in support.get(reverse(UPLOAD)).content.decode()


def test_a_second_press_is_told_and_does_nothing(support: Client) -> None:
    upload(support, file_of(row(1)))
    support.post(address())
    assert "уже начал" in support.post(address(), follow=True).content.decode()
    assert CustomerLoad.objects.count() == 1


def test_a_file_that_cannot_be_read_is_not_kept(support: Client) -> None:
    assert "Не найден заголовок" in upload(support, b"a;b\r\n1;2\r\n").content.decode()
    assert not TableImport.objects.exists()


def test_the_template_is_read_back_when_it_is_filled_in(support: Client) -> None:
    answer = support.get(reverse("admin:desk_load_template"), {"format": "xlsx"})
    content = b"".join(answer)
    assert "под заголовком" in upload(support, content).content.decode()  # the heading is found, without rows


def test_without_the_right_to_load_a_file_is_only_seen(auditor: Client) -> None:
    table = kept(file_of(row(1), row(2, email="нет")), clerk(*RIGHTS))
    page = auditor.get(address()).content.decode()
    assert "Строк с ошибками: 1" in page
    assert "нет права" not in page
    assert 'type="file"' not in auditor.get(reverse(UPLOAD)).content.decode()
    assert auditor.post(address()).status_code == 403
    assert upload(auditor, file_of(row(3))).status_code == 403
    assert (TableImport.objects.get(), CustomerLoad.objects.count()) == (table, 0)


def test_others_see_nothing() -> None:
    kept(file_of(row(1)))
    stranger = signed_in(clerk("accounts.view_customer", "desk.view_staffnote"))
    for page in (address(), reverse(UPLOAD), reverse("admin:desk_load_template")):
        assert stranger.get(page).status_code == 403
        assert stranger.post(page).status_code == 403


def test_a_table_of_another_kind_is_not_found(support: Client) -> None:
    kept(file_of(row(1)))
    TableImport.objects.update(kind="rates")
    assert support.get(address()).status_code == 404


def test_a_load_that_stopped_goes_on(support: Client) -> None:
    load = ordered(file_of(row(1)))
    CustomerLoad.objects.update(state=JobState.PARKED, last_error="OperationalError", finished_at="2026-11-22T09:00Z")
    assert "остановилась с ошибкой" in support.get(address()).content.decode()
    support.post(address(), {"again": 1})
    loads.drain()
    load.refresh_from_db()
    assert load.state == JobState.DONE
    assert Account.objects.count() == 1


def command(*words: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("import_customers", *words, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_the_command_rehearses_loads_and_repeats(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(file_of(row(1), row(2, unp="1")))
    code, told = command(str(path), "--dry-run")
    assert (code, Subscriber.objects.count()) == (3, 0)
    assert "new 1, same 0, wrong 1" in told
    assert "строка 3, УНП «1»" in capsys.readouterr().err
    code, told = command(str(path), "--json")
    found = json.loads(told)
    assert (code, found["new"], found["wrong"], found["made"]["trunk"]) == (3, 1, 1, 1)
    path.write_bytes(file_of(row(1)))
    code, told = command(str(path))
    assert (code, Account.objects.count()) == (0, 1)
    assert "read 1, new 0, same 1, wrong 0" in told


def test_the_command_refuses_a_file_that_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(str(tmp_path / "nothing.csv"))[0] == 2
    (tmp_path / "other.csv").write_bytes(b"a;b\r\n")
    assert command(str(tmp_path / "other.csv"))[0] == 2
    assert "Не найден заголовок" in capsys.readouterr().err


# --- Not wanted ------------------------------------------------------------------------------------------------------
def test_a_checked_file_is_not_loaded(support: Client) -> None:
    upload(support, file_of(row(1)))
    page = support.post(address(), {"discard": "1"}, follow=True).content.decode()
    assert "Файл не загружен: ничего не изменилось" in page
    assert "отказались загружать" in page
    table = TableImport.objects.get()
    assert (table.content, table.discarded_at is None) == (None, False)
    assert "отказались принимать" in support.get(address()).content.decode()
    assert "отказались принимать" in support.post(address(), follow=True).content.decode()
    assert (CustomerLoad.objects.count(), Account.objects.count()) == (0, 0)
    assert AuditEvent.objects.filter(action="customer.load_discarded").count() == 1


def test_what_is_begun_is_stopped_and_not_discarded(support: Client) -> None:
    upload(support, file_of(row(1)))
    support.post(address())
    assert "её можно остановить" in support.post(address(), {"discard": "1"}, follow=True).content.decode()
    assert TableImport.objects.get().discarded_at is None


def test_a_load_is_stopped_between_its_rows_and_the_rest_comes_with_the_same_file(
    support: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = file_of(row(1), row(2), row(3))
    upload(support, content)
    support.post(address())
    assert "Остановить" in support.get(address()).content.decode()
    run = runs.run

    def stopped(*given: Any, **named: Any) -> Iterator[Any]:
        for number, verdict in enumerate(run(*given, **named)):
            yield verdict
            if number == 0:
                support.post(address(), {"stop": "1"})

    monkeypatch.setattr(runs, "run", stopped)
    loads.drain()
    monkeypatch.undo()
    load = CustomerLoad.objects.get()
    assert (load.state, load.stopped_at is None, load.done, Account.objects.count()) == ("done", False, 1, 1)
    page = support.get(address()).content.decode()
    assert "Пройдено строк: 1 из 3" in page
    assert "клиент, лицевой счёт" in report(support)
    assert AuditEvent.objects.get(action="customer.load_stopped").details["new"] == 1
    assert "уже закончилась" in support.post(address(), {"stop": "1"}, follow=True).content.decode()
    upload(support, content)
    support.post(reverse("admin:desk_load_one", args=[TableImport.objects.latest("pk").pk]))
    loads.drain()
    assert Account.objects.count() == 3


def test_who_may_only_look_neither_stops_nor_discards(support: Client, auditor: Client) -> None:
    upload(support, file_of(row(1)))
    assert auditor.post(address(), {"discard": "1"}).status_code == 403
    support.post(address())
    assert auditor.post(address(), {"stop": "1"}).status_code == 403
    assert "Остановить" not in auditor.get(address()).content.decode()
    assert CustomerLoad.objects.get().state == JobState.WAITING
