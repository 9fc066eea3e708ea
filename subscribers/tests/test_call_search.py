"""Calls narrowed by the other party's number, destination and outcome: same rows, sums, pages and files (3.6)."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Account
from sipcabinet.lib import money
from sipcabinet.tests.moments import minsk
from subscribers.models import CallDirection, CallOutcome, Destination, Subscriber
from subscribers.tests.call_pages import NOVEMBER, exported, lines, url
from subscribers.tests.factories import CallFactory, DestinationFactory, NumberFactory, TrunkFactory

pytestmark = pytest.mark.usefixtures("today")

MOBILE, RUSSIA, SHORT = "+375297000001", "+74951234567", "103"


@pytest.fixture
def russia(account: Account) -> Destination:
    return DestinationFactory.create(code="russia", name="Россия")


@pytest.fixture
def subscriber(account: Account, russia: Destination) -> Subscriber:
    """One call to a mobile, two to Moscow (one unanswered), one to an ambulance, and calls outside the selection."""
    trunk = TrunkFactory.create(account=account, phone="+375447112030")
    called = [
        (MOBILE, DestinationFactory.create(), CallOutcome.ANSWERED),
        (RUSSIA, russia, CallOutcome.ANSWERED),
        (RUSSIA, russia, CallOutcome.BUSY),
        (SHORT, DestinationFactory.create(code="short", name="Экстренные службы"), CallOutcome.ANSWERED),
    ]
    for hour, (phone, destination, outcome) in enumerate(called, 9):
        CallFactory.create(
            subscriber=trunk, started_at=minsk(f"2026-11-05 {hour:02d}:00:00"),
            other_party=phone, destination=destination, outcome=outcome,
            talk_seconds=60 + hour if outcome == CallOutcome.ANSWERED else 0,
        )  # fmt: skip
    CallFactory.create(subscriber=trunk, started_at=minsk("2026-10-05 09:00:00"), other_party=RUSSIA)
    CallFactory.create(
        subscriber=trunk, started_at=minsk("2026-11-05 15:00:00"), other_party=RUSSIA,
        direction=CallDirection.IN, destination=None, cost=Decimal(0),
    )  # fmt: skip
    CallFactory.create(
        subscriber=NumberFactory.create(trunk=trunk), started_at=minsk("2026-11-05 09:00:00"), other_party=RUSSIA
    )
    return trunk


def parties(client: Client, subscriber: Subscriber, **query: str) -> list[str]:
    return [line.other_party for line in lines(client, subscriber, **query)]


# --- By number -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    ["+375297000001", "+375 29 700-00-01", "8 029 700-00-01", "80297000001", "29 700 00 01", "029 700-00-01",
     "700-00-01", "700", "8 029 7", "+375 29", "001", "375", "тел. 29 700", "\u0667\u0660\u0660"],
)  # fmt: skip
def test_a_number_or_a_part_of_it_is_found_in_any_spelling(client: Client, subscriber: Subscriber, text: str) -> None:
    assert parties(client, subscriber, number=text) == ["+375 29 700-00-01"]
    assert f'value="{text}"' in client.get(url(subscriber), NOVEMBER | {"number": text}).content.decode()


@pytest.mark.parametrize(
    "text", ["+7 495 123-45-67", "8~10 7 495 123-45-67", "810 7 495", "007 495 123", "495", "4567"]
)
def test_numbers_of_other_countries_are_found_too(client: Client, subscriber: Subscriber, text: str) -> None:
    assert parties(client, subscriber, number=text) == ["+7 495 123-45-67"] * 2


def test_short_numbers_are_found(client: Client, subscriber: Subscriber) -> None:
    assert parties(client, subscriber, number="103") == ["103"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("7", "не меньше трёх цифр"),
        ("+3 7", "не меньше трёх цифр"),
        ("Иванов", "цифрами"),
        ("%", "цифрами"),
        ("7" * 33, "32"),
    ],
)
def test_what_cannot_be_searched_for_is_said_beside_the_field(
    client: Client, subscriber: Subscriber, text: str, reason: str
) -> None:
    for path in (url(subscriber), reverse("subscribers:calls_export", args=[subscriber.pk])):
        answer = client.get(path, NOVEMBER | {"number": text, "format": "csv"})
        assert answer.status_code == 200
        assert reason in answer.context["filters"].errors["number"][0]
        page = answer.content.decode()
        assert "Исправьте ошибки на странице" in page
        assert "Ошибка:" in page
        assert f'value="{text}"' in page
        assert "call-table" not in page
        assert "lines" not in answer.context


# --- By destination and outcome --------------------------------------------------------------------------------------
def test_destinations_of_the_month_are_offered_and_narrow(
    client: Client, subscriber: Subscriber, russia: Destination
) -> None:
    DestinationFactory.create(code="never", name="Антарктида")
    choices = client.get(url(subscriber), NOVEMBER).context["filters"].fields["destination"].choices
    assert [name for _, name in choices] == [
        "Все",
        "Беларусь, мобильные других операторов",
        "Россия",
        "Экстренные службы",
    ]
    assert parties(client, subscriber, destination=str(russia.pk)) == ["+7 495 123-45-67"] * 2


def test_a_destination_without_calls_this_month_is_kept_and_finds_nothing(
    client: Client, subscriber: Subscriber
) -> None:
    never = DestinationFactory.create(code="never", name="Антарктида")
    answer = client.get(url(subscriber), NOVEMBER | {"destination": never.pk})
    assert answer.context["lines"] == []
    assert f'<option value="{never.pk}" selected>Антарктида' in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [("destination", "x"), ("destination", "999999"), ("destination", "9" * 30), ("outcome", "maybe")],
)
def test_an_unknown_choice_is_said_beside_the_field(
    client: Client, subscriber: Subscriber, field: str, value: str
) -> None:
    answer = client.get(url(subscriber), NOVEMBER | {field: value})
    assert list(answer.context["filters"].errors) == [field]
    assert "Исправьте ошибки на странице" in answer.content.decode()


def test_incoming_calls_have_no_destinations_to_choose(client: Client, subscriber: Subscriber) -> None:
    text = client.get(url(subscriber), NOVEMBER | {"kind": "in"}).content.decode()
    assert 'name="destination"' not in text
    wrong = client.get(url(subscriber), NOVEMBER | {"kind": "in", "destination": "x"}).content.decode()
    assert 'name="destination"' in wrong


def test_answered_and_unanswered_are_told_apart(client: Client, subscriber: Subscriber) -> None:
    outcomes = {
        kind: [line.outcome for line in lines(client, subscriber, outcome=kind)] for kind in ("answered", "unanswered")
    }
    assert outcomes == {"answered": ["", "", ""], "unanswered": ["занято"]}


def test_conditions_add_up(client: Client, subscriber: Subscriber, russia: Destination) -> None:
    query = {"number": "495", "destination": str(russia.pk), "outcome": "answered"}
    assert parties(client, subscriber, **query) == ["+7 495 123-45-67"]
    assert parties(client, subscriber, **(query | {"number": "700"})) == []


# --- Nothing found ---------------------------------------------------------------------------------------------------
def test_nothing_found_is_worded_unlike_no_calls(client: Client, subscriber: Subscriber) -> None:
    searched = client.get(url(subscriber), NOVEMBER | {"number": "000000"}).content.decode()
    assert "Ничего не найдено" in searched
    assert "В ноябре 2026 среди исходящих звонков абонента +375 44 711-20-30 таких нет." in searched
    assert "Звонков нет" not in searched
    assert "Сбросить отбор" in searched
    empty = client.get(url(subscriber), NOVEMBER | {"month": "2026-09"}).content.decode()
    assert "Звонков нет" in empty
    assert "Ничего не найдено" not in empty
    assert "Сбросить отбор" not in empty


# --- Sums, pages, files ----------------------------------------------------------------------------------------------
QUERIES = [
    {"number": "495"},
    {"outcome": "unanswered"},
    {"outcome": "answered"},
    {"number": "495", "outcome": "answered"},
]


@pytest.mark.parametrize("query", QUERIES)
def test_sums_are_those_of_the_rows_shown(client: Client, subscriber: Subscriber, query: dict[str, str]) -> None:
    context = client.get(url(subscriber), NOVEMBER | query).context
    shown, totals = context["lines"], context["totals"]
    assert totals.calls == len(shown) > 0
    assert totals.answered == sum(not line.outcome for line in shown)
    assert totals.talk_seconds == sum(line.talk_seconds for line in shown)
    assert totals.billed_seconds == sum(line.billed_seconds for line in shown)
    costs = [Decimal(line.cost.replace(",", ".")) for line in shown]
    assert money.kopecks(totals.cost) == money.kopecks(sum(costs, Decimal(0)))


def test_sums_of_a_destination_are_those_of_its_days_and_of_its_rows(
    client: Client, subscriber: Subscriber, russia: Destination
) -> None:
    with CaptureQueriesContext(connection) as caught:
        context = client.get(url(subscriber), NOVEMBER | {"destination": russia.pk}).context
    assert len([query for query in caught if "subscribers_callrecord" in query["sql"]]) == 1
    counted = client.get(url(subscriber), NOVEMBER | {"destination": russia.pk, "number": "+7 49"}).context
    assert context["totals"] == counted["totals"]
    assert (context["totals"].calls, context["totals"].unanswered) == (2, 1)


def test_pages_keep_what_was_asked_for(client: Client, subscriber: Subscriber) -> None:
    for serial in range(120):
        CallFactory.create(
            subscriber=subscriber, started_at=minsk("2026-11-07 09:00:00") + timedelta(minutes=serial),
            other_party=RUSSIA if serial % 2 else MOBILE,
        )  # fmt: skip
    first = client.get(url(subscriber), NOVEMBER | {"number": "495"})
    text = first.content.decode()
    assert "Показано звонков: 50 из 62" in text
    assert f"number=495&amp;onward={first.context['page'].onward}" in text
    second = client.get(url(subscriber), NOVEMBER | {"number": "495", "onward": first.context["page"].onward})
    shown = [*first.context["lines"], *second.context["lines"]]
    assert len({(line.day, line.time) for line in shown}) == 62
    assert {line.other_party for line in shown} == {"+7 495 123-45-67"}


def table_of(answer: Any, extension: str) -> list[list[Any]]:
    if extension == "csv":
        return list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline=""), delimiter=";"))
    page: Any = load_workbook(io.BytesIO(answer.body)).active
    return [[cell.value for cell in row] for row in page.iter_rows()]


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_files_hold_exactly_what_was_asked_for_and_say_so(
    client: Client, subscriber: Subscriber, russia: Destination, extension: str
) -> None:
    query = {"number": "495", "destination": str(russia.pk), "outcome": "answered"}
    answer = exported(client, subscriber, extension, **query)
    table = table_of(answer, extension)
    header = next(place for place, row in enumerate(table) if row and row[0] == "Дата")
    rows = table[header + 1 :]
    if extension == "xlsx":
        head = {row[0]: row[1] for row in table[:header] if len(row) > 1}
        assert head["Номер собеседника"] == "содержит 495"
        assert head["Направление"] == "Россия"
        assert head["Результат"] == "Только отвеченные"
        assert rows.pop()[0] == "Итого, звонков: 1, из них неотвеченных: 0"
    else:
        assert header == 0
    assert [row[2] for row in rows] == ["+7 495 123-45-67"]
    name = unquote(answer.headers["Content-Disposition"])
    asked = "содержит 495, Россия, Только отвеченные"
    assert name.endswith(f"исходящие, ноябрь 2026, отбор, {asked}.{extension}")
    links = client.get(url(subscriber), NOVEMBER | query).content.decode()
    assert f"number=495&amp;destination={russia.pk}&amp;outcome=answered&amp;format={extension}" in links


def test_a_file_of_everything_names_no_condition(client: Client, subscriber: Subscriber) -> None:
    answer = exported(client, subscriber, "csv", number="", destination="", outcome="")
    text = answer.body.decode("utf-8-sig")
    assert "Номер собеседника" not in text
    assert "отбор" not in unquote(answer.headers["Content-Disposition"])
    assert len(text.splitlines()) == 1 + 4


def test_what_was_typed_never_becomes_a_formula_in_the_file(client: Client, subscriber: Subscriber) -> None:
    answer = exported(client, subscriber, "csv", number="=700+0")
    text = answer.body.decode("utf-8-sig")
    assert "содержит =700+0" in unquote(answer.headers["Content-Disposition"])
    assert not [cell for row in csv.reader(io.StringIO(text), delimiter=";") for cell in row if cell.startswith("=")]
