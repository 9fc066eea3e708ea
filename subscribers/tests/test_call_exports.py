"""Sums of calls, and the same calls as files (3.6)."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Account
from sipcabinet.lib import money, phones, tenancy
from sipcabinet.lib.periods import Month
from sipcabinet.tests.moments import minsk
from subscribers.models import CallDirection, CallOutcome, Subscriber
from subscribers.selectors import calls
from subscribers.tests.call_pages import NOVEMBER, exported, lines, url
from subscribers.tests.factories import CallFactory, DestinationFactory, NumberFactory

pytestmark = pytest.mark.usefixtures("today")


@pytest.fixture
def many(subscriber: Subscriber) -> Subscriber:
    """More than a page of answered, covered and unanswered calls, and calls outside the selection."""
    russia = DestinationFactory.create(code="russia", name="Россия")
    for serial in range(61):
        CallFactory.create(
            subscriber=subscriber,
            started_at=minsk("2026-11-02 23:59:30") + timedelta(hours=serial),
            destination=russia if serial % 3 else DestinationFactory.create(),
            outcome=CallOutcome.NO_ANSWER if serial % 7 == 0 else CallOutcome.ANSWERED,
            talk_seconds=0 if serial % 7 == 0 else 61 + serial,
            included_seconds=61 if serial % 7 == 1 else 0,
            other_party="+74951234567" if serial % 3 else "+375297000001",
        )
    CallFactory.create(subscriber=subscriber, started_at=minsk("2026-10-31 12:00:00"))
    CallFactory.create(
        subscriber=subscriber, started_at=minsk("2026-11-05 12:00:00"), direction=CallDirection.IN, cost=Decimal(0)
    )
    CallFactory.create(subscriber=NumberFactory.create(trunk=subscriber), started_at=minsk("2026-11-05 12:00:00"))
    return subscriber


def test_totals_are_the_sum_of_all_rows(client: Client, account: Account, many: Subscriber) -> None:
    totals = client.get(url(many), NOVEMBER).context["totals"]
    selection = calls.Selection(account, many, Month(2026, 11), CallDirection.OUT)
    with tenancy.portal(account.pk):
        rows = list(calls.stream(selection))
    assert (totals.calls, totals.answered) == (61, sum(call.answered for call in rows)) == (61, 52)
    for name in ("talk_seconds", "billed_seconds", "included_seconds", "cost"):
        assert getattr(totals, name) == sum(getattr(call, name) for call in rows), name
    assert totals.cost > 0
    assert totals.included_seconds > 0


def shown_lines(client: Client, subscriber: Subscriber) -> list[Any]:
    first = client.get(url(subscriber), NOVEMBER).context
    return [*first["lines"], *lines(client, subscriber, onward=first["page"].onward)]


def test_csv_equals_the_pages(client: Client, many: Subscriber) -> None:
    text = exported(client, many, "csv").body.decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    titles, *rows = table
    assert titles[0] == "Дата"
    shown = shown_lines(client, many)[::-1]
    assert [row[:4] for row in rows] == [[line.day, line.time, line.other_party, line.destination] for line in shown]
    costs = [Decimal(row[7].replace(",", ".")) for row in rows]
    assert [money.show(cost, 4 if cost else 2) for cost in costs] == [line.cost for line in shown]
    assert [row[4] for row in rows if row[4] != "отвечен"] == [line.outcome for line in shown if line.outcome]
    assert len(rows) == 61
    assert client.get(url(many), NOVEMBER).context["totals"].cost == sum(costs, Decimal(0))


def test_xlsx_equals_the_pages(client: Client, many: Subscriber) -> None:
    page: Any = load_workbook(io.BytesIO(exported(client, many, "xlsx").body)).active
    table = [[cell.value for cell in row] for row in page.iter_rows()]
    header = next(place for place, row in enumerate(table) if row[0] == "Дата")
    rows, totals = table[header + 1 : -1], table[-1]
    shown = shown_lines(client, many)[::-1]
    assert [[f"{row[0]:%d.%m.%Y}", f"{row[1]:%H:%M:%S}", row[2], row[3]] for row in rows] == [
        [line.day, line.time, line.other_party, line.destination] for line in shown
    ]
    seconds = [[round(cell.total_seconds()) for cell in row[5:7]] for row in rows]
    assert seconds == [[line.talk_seconds, line.billed_seconds] for line in shown]
    context = client.get(url(many), NOVEMBER).context["totals"]
    assert [round(cell.total_seconds()) for cell in totals[5:7]] == [context.talk_seconds, context.billed_seconds]
    assert Decimal(str(totals[7])) == money.kopecks(context.cost)


def test_files_have_the_number_kind_and_month_in_their_name(client: Client, many: Subscriber) -> None:
    name = unquote(exported(client, many, "xlsx").headers["Content-Disposition"])
    assert name.endswith(f"''Детализация {phones.display(many.phone)}, исходящие, ноябрь 2026.xlsx")


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_names_of_the_customer_never_become_formulas(client: Client, subscriber: Subscriber, extension: str) -> None:
    customer = subscriber.account.customer
    customer.name = "=cmd|' /C calc'!A0"
    customer.save()
    CallFactory.create(
        subscriber=subscriber, started_at=minsk("2026-11-05 09:00:00"), other_party="@1+1",
        destination=DestinationFactory.create(code="evil", name="-2+3"),
    )  # fmt: skip
    body = exported(client, subscriber, extension).body
    if extension == "xlsx":
        page: Any = load_workbook(io.BytesIO(body)).active
        assert not [cell for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    else:
        text = body.decode("utf-8-sig")
        for guarded in ("'@1+1", "'-2+3"):
            assert guarded in text
        assert "=cmd" not in text


def test_an_unknown_format_is_no_page(client: Client, subscriber: Subscriber) -> None:
    for extension in ("", "pdf", "../csv"):
        path = reverse("subscribers:calls_export", args=[subscriber.pk])
        assert client.get(path, NOVEMBER | {"format": extension}).status_code == 404


def test_an_export_of_a_month_without_calls_holds_its_titles_alone(client: Client, subscriber: Subscriber) -> None:
    text = exported(client, subscriber, "csv", month="2026-10").body.decode("utf-8-sig")
    [titles] = text.splitlines()
    assert titles.startswith("Дата;Время;Собеседник;")
