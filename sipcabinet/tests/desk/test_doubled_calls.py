"""Each call counts once, at the desk: codes of trunks at a source, a file sent twice, doubled calls (4.2, 4.4)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from subscribers.calls import known_files
from subscribers.models import CallImport, CallRecord, CallSource, Subscriber
from subscribers.tests.factories import CallFactory, CallImportFactory, CallSourceFactory, NumberFactory, TrunkFactory

PAGE = reverse("admin:subscribers_doubled_calls")


def doubled(trunk: Subscriber) -> None:
    """A call of this month that two sources reported."""
    started_at = clock.now() - timedelta(minutes=1)
    for name in ("minsk-1", "minsk-2"):
        job = CallImportFactory.create(file_name=f"{name}.csv", source=CallSourceFactory.create(name=name), new_count=1)
        CallFactory.create(subscriber=trunk, started_at=started_at, call_id="twice", call_import=job)


def test_staff_see_doubled_calls_and_keep_one(desk: Client, staff: User) -> None:
    trunk = TrunkFactory.create()
    doubled(trunk)
    month = {"month": clock.today().strftime("%Y-%m")}
    page = desk.get(PAGE, month)
    assert [(row["call_id"], row["sources"]) for row in page.context["rows"]] == [("twice", "minsk-1, minsk-2")]
    keep = CallSource.objects.get(name="minsk-2")
    done = desk.post(PAGE, month | {"source": keep.pk}, follow=True)
    assert "Убрано повторов: 1" in done.content.decode()
    assert CallRecord.objects.get().source == keep
    event = AuditEvent.objects.get(action="call.doubles_removed")
    assert (event.account, event.user) == (trunk.account, staff)
    assert "нет." in desk.get(PAGE, month).content.decode()


def test_a_month_without_doubles_and_a_wrong_choice(desk: Client) -> None:
    assert "принятых от двух источников, за" in desk.get(PAGE).content.decode()
    assert "Выберите месяц и источник" in desk.post(PAGE, {"month": "x"}, follow=True).content.decode()


def test_a_known_file_is_refused_beside_the_field(desk: Client, stored_files: Any) -> None:
    content = b'"a","b"\n'
    CallImportFactory.create(
        source=CallSourceFactory.create(name="minsk-2"), file_name="Master.csv", state=JobState.DONE, new_count=1,
        sha256=known_files.sha256_of(SimpleUploadedFile("a", content)),
    )  # fmt: skip
    fields = {"source": CallSourceFactory.create().pk, "file": SimpleUploadedFile("b.csv", content)}
    page = desk.post(reverse("admin:desk_call_file_upload"), fields)
    assert "уже есть у источника «minsk-2»" in page.context["form"].errors["file"][0]
    assert CallImport.objects.count() == 1
    assert not list(stored_files.rglob("*.csv"))


def test_staff_say_how_a_source_names_trunks(desk: Client, staff: User) -> None:
    source = CallSourceFactory.create()
    address = reverse("admin:desk_call_source", args=[source.pk])
    told = {"zone": "Europe/Minsk", "account_code": "login", "longest": "240", "has_header": "on"}
    shown = desk.post(address, told | {"do": "look"})
    seen = shown.context["form"].data["seen"]
    assert desk.post(address, told | {"do": "save", "seen": seen}).status_code == 302
    source.refresh_from_db()
    assert source.account_code == "login"
    assert AuditEvent.objects.filter(action="callsource.changed", user=staff).exists()


@pytest.mark.usefixtures("staff")
def test_staff_give_a_trunk_its_code(desk: Client) -> None:
    trunk, other = TrunkFactory.create(switch_code="T-7"), TrunkFactory.create()

    def change(subscriber: Subscriber, code: str) -> Any:
        address = reverse("admin:subscribers_subscriber_change", args=[subscriber.pk])
        return desk.post(address, {"label": "Офис", "switch_code": code})

    assert change(trunk, " T-8 ").status_code == 302
    refused = change(other, "T-8")
    assert "уже у другого" in refused.context["adminform"].form.errors["switch_code"][0]
    assert list(Subscriber.objects.order_by("pk").values_list("switch_code", flat=True)) == ["T-8", ""]
    number = NumberFactory.create(trunk=trunk)
    change(number, "N-1")
    number.refresh_from_db()
    assert number.switch_code == ""


def test_calls_on_the_desk_tell_the_caller(desk: Client, client_of: Callable[..., Any]) -> None:
    trunk = TrunkFactory.create(phone="+375447112030")
    CallFactory.create(subscriber=trunk, caller="101")
    page = desk.get(reverse("admin:subscribers_calls"), {"phone": trunk.phone})
    assert [row["caller"] for row in page.context["rows"]] == ["внутренний 101"]
