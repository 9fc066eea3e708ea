"""Closed months and late calls on 3.5 and 3.6: which charges are final, which calls are late, and the links."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Account
from sipcabinet.lib import money
from sipcabinet.lib.clock import MINSK
from sipcabinet.lib.periods import Month
from sipcabinet.tests.page_text import text
from subscribers.models import PlanTerms, Subscriber
from subscribers.tests.closed_months import NOVEMBER, OCTOBER, SEPTEMBER, close
from subscribers.tests.factories import CallFactory, NumberFactory, TrunkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(at: Callable[[str], Any], fees: None) -> None:
    at("2026-11-10 12:00")


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    """September and October are closed; a late call of September is charged by October, two by November."""
    trunk = TrunkFactory.create(account=account, phone="+375447112030")
    NumberFactory.create(trunk=trunk)
    days = ((9, 1, SEPTEMBER), (9, 2, OCTOBER), (9, 3, NOVEMBER), (9, 4, NOVEMBER), (11, 1, NOVEMBER))
    for month, day, charged_in in days:
        moment = datetime(2026, month, day, 12, tzinfo=MINSK)
        CallFactory.create(subscriber=trunk, started_at=moment, charged_in=charged_in.first_day)
    close(SEPTEMBER)
    close(OCTOBER)
    return trunk


def text_of(client: Client, trunk: Subscriber, month: Month) -> str:
    answer = client.get(reverse("subscribers:charges", args=[trunk.pk]), {"month": month.code})
    return unescape(text(answer))


def rows_of(answer: Any) -> list[tuple[Any, ...]]:
    book = load_workbook(BytesIO(answer.getvalue()), read_only=True)
    return list(book.worksheets[0].values)


FINAL, RUNNING = "Месяц закрыт, начисления окончательные", "Предварительно. Звонки ещё не поступали"


def test_a_closed_month_says_that_it_is_final(client: Client, trunk: Subscriber) -> None:
    PlanTerms.objects.update(monthly_fee=Decimal(99))  # must not change October any more
    closed, running = text_of(client, trunk, OCTOBER), text_of(client, trunk, NOVEMBER)
    assert FINAL in closed
    assert RUNNING not in closed
    assert "12,31" in closed  # the fee and a call
    assert RUNNING in running
    assert FINAL not in running


def test_late_lines_are_marked_and_lead_to_their_calls(client: Client, trunk: Subscriber) -> None:
    page = text_of(client, trunk, NOVEMBER)
    assert "звонки за сентябрь 2026, поступили позже: 2 звонка, 2:00" in page
    assert page.count(">поступили позже<") == 1
    leads = re.findall(r'href="(/[^"]*\?month=[^"]*&charged=[^"]*)"', page)
    found = {}
    for lead in leads:
        answer = client.get(lead)
        totals = answer.context["totals"]
        found[re.findall(r"month=(\d{4}-\d\d)", lead)[0]] = (totals.calls, money.kopecks(totals.cost))
        assert "Начислены в месяце" in answer.content.decode()
    assert found == {"2026-09": (2, Decimal("0.61")), "2026-11": (1, Decimal("0.31"))}


def test_a_line_older_than_the_calls_shown_leads_nowhere(client: Client, trunk: Subscriber, account: Account) -> None:
    CallFactory.create(subscriber=trunk, started_at=datetime(2026, 4, 3, tzinfo=MINSK), charged_in=NOVEMBER.first_day)
    page = text_of(client, trunk, NOVEMBER)
    assert "звонки за апрель 2026" in page
    assert "month=2026-04" not in page


def test_calls_under_their_own_date_say_which_month_charges_them(client: Client, trunk: Subscriber) -> None:
    address = reverse("subscribers:calls", args=[trunk.pk])
    answer = client.get(address, {"month": "2026-09", "kind": "out"})
    assert answer.context["totals"].calls == 4
    page = answer.content.decode()
    assert page.count("поступил позже, начислен за октябрь 2026") == 1
    assert page.count("поступил позже, начислен за ноябрь 2026") == 2
    assert "Начислены в месяце" not in page
    wrong = client.get(address, {"month": "2026-09", "kind": "out", "charged": "2026-99"})
    assert "Выберите месяц из списка" in wrong.content.decode()


def test_files_say_it_too(client: Client, trunk: Subscriber) -> None:
    address = reverse("subscribers:charges_export", args=[trunk.pk])
    for month, said in ((OCTOBER, "месяц закрыт, начисления окончательные"), (NOVEMBER, "Звонки ещё не поступали")):
        rows = rows_of(client.get(address, {"month": month.code, "format": "xlsx"}))
        cells = [str(cell) for row in rows for cell in row if cell is not None]
        assert said in cells
        assert any("звонки за сентябрь 2026, поступили позже" in cell for cell in cells)
    calls = reverse("subscribers:calls_export", args=[trunk.pk])
    asked = {"month": "2026-09", "kind": "out", "charged": "2026-10", "format": "xlsx"}
    cells = [cell for row in rows_of(client.get(calls, asked)) for cell in row]
    assert "Начислены в месяце" in cells
    assert "октябрь 2026" in cells


def test_the_page_asks_little(client: Client, trunk: Subscriber) -> None:
    for month in (OCTOBER, NOVEMBER):
        with CaptureQueriesContext(connection) as caught:
            text_of(client, trunk, month)
        reads = [query["sql"] for query in caught if "SELECT" in query["sql"] and " FROM " in query["sql"]]
        assert len(reads) <= 8, "\n".join(reads)
