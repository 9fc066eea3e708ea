"""Calls on hold at the desk: a queue, what the switch wrote, one decision by those who may take it (4.2, 4.4)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Look, User
from desk.selectors import waiting
from desk.tests.cast import clerk
from sipcabinet.tests.page_text import text, words
from sipcabinet.tests.signed_in import signed_in
from subscribers.calls import partitions
from subscribers.models import CallDirection, CallOutcome, CallRecord, HeldCall
from subscribers.tests.factories import held_call
from subscribers.tests.price_list import Cast, cast

pytestmark = pytest.mark.django_db
VIEW, DECIDE = "subscribers.view_heldcall", "subscribers.change_heldcall"
LIST = "/admin/subscribers/heldcall/"


@pytest.fixture(autouse=True)
def people(at: Callable[[str], Any], db: None) -> Cast:
    at("2026-11-23 12:00")
    partitions.open_ahead()
    return cast()


@pytest.fixture
def row(people: Cast) -> HeldCall:
    return held_call(people.trunk)


@pytest.fixture
def desk(staff: User) -> Client:
    return signed_in(staff)


def page_of(row: HeldCall) -> str:
    return reverse("admin:desk_held_call", args=[row.pk])


def test_it_waits_in_the_queue_and_blocks_the_close(row: HeldCall, desk: Client) -> None:
    assert waiting.count()["held"].count == 1
    assert "Звонки на проверке" in text(desk.get("/admin/"))
    assert "Слишком длинные, ждут решения: 1 звонок" in text(desk.get("/admin/"))
    assert desk.get("/admin/queues/held/next/").headers["Location"] == page_of(row)
    assert "решить" in text(desk.get(LIST))


def test_the_page_shows_what_the_switch_wrote_and_the_cost(row: HeldCall, desk: Client) -> None:
    page = words(desk.get(page_of(row)))
    assert "300:00" in page
    assert "Стоил бы целиком, без НДС и минут 91,62" in page
    assert Look.objects.filter(subject=f"held:{row.pk}").exists()


@pytest.mark.parametrize(
    ("form", "result"),
    [
        ({"decision": "as_is"}, (CallOutcome.ANSWERED, 18_000)),
        ({"decision": "seconds", "seconds": "90"}, (CallOutcome.ANSWERED, 90)),
        ({"decision": "nothing"}, (CallOutcome.NOT_PAID, 0)),
    ],
)
def test_each_decision_is_carried_out_and_leads_on(
    row: HeldCall, desk: Client, people: Cast, form: dict[str, str], result: tuple[str, int]
) -> None:
    following = held_call(people.trunk)
    answer = desk.post(page_of(row), form | {"note": "спросили клиента"})
    assert answer.status_code == 302
    assert desk.get(answer.headers["Location"]).headers["Location"] == page_of(following)
    found = CallRecord.objects.get(call_id=row.call_id, direction=CallDirection.OUT)
    assert (found.outcome, found.talk_seconds) == result
    assert "спросили клиента" in text(desk.get(page_of(row)))
    assert AuditEvent.objects.filter(action="call.held_settled", account=people.trunk.account).exists()


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ({"note": "так"}, "Выберите, как учесть звонок"),
        ({"decision": "as_is"}, "Напишите причину"),
        ({"decision": "as_is", "note": "   "}, "Напишите причину"),
        ({"decision": "seconds", "note": "так"}, "Введите секунды от 1 до 18000"),
        ({"decision": "seconds", "seconds": "18001", "note": "так"}, "Введите секунды от 1 до 18000"),
        ({"decision": "seconds", "seconds": "-1", "note": "так"}, "больше либо равно 1"),
        ({"decision": "free", "note": "так"}, "free"),
    ],
)
def test_a_wrong_form_changes_nothing_and_keeps_what_was_typed(
    row: HeldCall, desk: Client, form: dict[str, str], fault: str
) -> None:
    answer = desk.post(page_of(row), form)
    assert answer.status_code == 200
    assert fault in text(answer)
    assert waiting.count()["held"].count == 1
    if form.get("note", "").strip():
        assert f'value="{form["note"]}"' in answer.content.decode()


def test_a_second_decision_is_told(row: HeldCall, desk: Client) -> None:
    desk.post(page_of(row), {"decision": "nothing", "note": "не было"})
    answer = desk.post(page_of(row), {"decision": "as_is", "note": "было"})
    assert "Об этом звонке уже решили" in text(answer)
    assert HeldCall.objects.get().decision == "nothing"


def test_who_may_only_look_sees_no_form_and_no_whole_number(row: HeldCall) -> None:
    looking = signed_in(clerk(VIEW))
    page = text(looking.get(page_of(row)))
    assert "не решать о них" in page
    assert "297000001" not in page.replace(" ", "").replace("-", "")
    assert looking.post(page_of(row), {"decision": "nothing", "note": "не было"}).status_code == 403
    assert signed_in(clerk("subscribers.view_callrecord")).get(page_of(row)).status_code == 403


def test_a_call_without_records_needs_no_decision(row: HeldCall, desk: Client) -> None:
    CallRecord.objects.filter(call_id=row.call_id).delete()
    assert waiting.count()["held"].count == 0
    assert "частью другого звонка" in text(desk.get(page_of(row)))
