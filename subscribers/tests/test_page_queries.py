"""Pages of one account with very many numbers and calls: few queries, one partition, never all calls scanned (3.0–3.6).

All queries of a whole request are counted, including those for the session and the user: SELECT, INSERT, UPDATE and
DELETE. Savepoints, roles and settings are not counted.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account
from sipcabinet.lib import prepared_statements, tenancy
from sipcabinet.lib.periods import Month
from subscribers.models import CallDirection, Subscriber
from subscribers.selectors import calls
from subscribers.selectors.calls import Selection
from subscribers.tests import crowd

MOST = 8
ASKED = re.compile(r"\s*(WITH|SELECT|INSERT|UPDATE|DELETE|DECLARE)\b", re.IGNORECASE)
STAGE = ("SELECT set_config", "SELECT 1")
SIZES = [(1_000, 20_000), pytest.param((10_000, 200_000), marks=pytest.mark.full)]


@pytest.fixture(params=SIZES, ids=["small", "whole"])
def trunk(request: pytest.FixtureRequest, account: Account, at: Callable[[str], Any]) -> Subscriber:
    at("2026-11-22 10:00")
    numbers, count = request.param
    trunk = crowd.connect(account, numbers)
    crowd.call(trunk, [Month(2026, 11), Month(2026, 10)], 1, count)
    crowd.total(account)
    crowd.analyze()
    return trunk


def asked(client: Client, path: str) -> list[str]:
    """The page's queries on a second visit."""
    client.get(path)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(path).status_code == 200, path
    return [query["sql"] for query in caught if ASKED.match(query["sql"]) and not query["sql"].startswith(STAGE)]


def plan(account: Account, sql: str, option: str = "COSTS") -> str:
    """The query plan of the page's statement behind the second wall."""
    with tenancy.portal(account.pk), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN ({option}) {sql}")
        return "\n".join(row[0] for row in cursor.fetchall())


def pages(client: Client, trunk: Subscriber) -> dict[str, str]:
    number = trunk.numbers.order_by("pk")[7]
    select = reverse("subscribers:select")
    of_trunk, of_number = (reverse("subscribers:calls", args=[one.pk]) for one in (trunk, number))
    november = "?month=2026-11&kind=out"
    return {
        "all": select,
        "all, further": f"{select}?onward={client.get(select).context['page'].onward}",
        "part of a number": f"{select}?phone=00-50",
        "name": f"{select}?phone=кабинет+99",
        "plan and status": f"{select}?phone=00&plan={number.plan_id}&status=active",
        "nothing found": f"{select}?phone=0000000",
        "trunk": reverse("subscribers:detail", args=[trunk.pk]),
        "number": reverse("subscribers:detail", args=[number.pk]),
        "charges": reverse("subscribers:charges", args=[trunk.pk]) + "?month=2026-11",
        "calls of the trunk": of_trunk + november,
        "calls of the trunk, further": f"{of_trunk}{november}&onward="
        + client.get(of_trunk + november).context["page"].onward,
        "calls of a number": of_number + november,
        "calls by number": f"{of_trunk}{november}&number=700",
        "calls by number of a number": f"{of_number}{november}&number=700",
        "calls by outcome": f"{of_trunk}{november}&outcome=unanswered",
    }


def test_no_page_asks_often_and_calls_are_read_by_their_index(
    client: Client, account: Account, trunk: Subscriber
) -> None:
    of_calls = 0
    for name, path in pages(client, trunk).items():
        queries = asked(client, path)
        assert len(queries) <= MOST, (name, len(queries), queries)
        for sql in queries:
            assert "OFFSET" not in sql, name
            if "subscribers_" not in sql:
                continue
            steps = plan(account, sql)
            # The sources of calls are only a few rows; a whole scan is fine.
            assert not re.search(r"Seq Scan on subscribers_call(?!source\b)", steps), (name, steps)
            assert set(re.findall(r"subscribers_callrecord_\d{4}_\d\d\b", steps)) <= {"subscribers_callrecord_2026_11"}
            if "subscribers_callrecord" in sql:
                of_calls += 1
                assert re.search(r"(Index|Bitmap Heap) Scan .*on subscribers_callrecord_2026_11", steps), (name, steps)
    assert of_calls >= 7  # six pages of calls, one of them with sums counted over its rows


def test_a_plan_for_any_subscriber_reads_calls_in_their_order(account: Account, trunk: Subscriber) -> None:
    """Most subscribers have few calls: a plan for them that sorts would read all calls of one who has many."""
    selection = Selection(account, trunk, Month(2026, 11), CallDirection.OUT)
    further = calls.page(selection).onward
    calls.page(selection, onward=further)
    calls.page(replace(selection, answered=False))
    kept = prepared_statements.names(connection.connection).values()
    listed = [sql for sql in kept if "subscribers_callrecord" in sql and "2026-11-01" in sql and "LIMIT" in sql]
    assert len(listed) >= 3  # and those of other tests in this process
    for sql in listed:
        steps = plan(account, sql.replace("%", "%%"), "GENERIC_PLAN")
        assert "Sort" not in steps, (sql, steps)
        assert "subscriber_id_started_at_id_idx" in steps


def test_the_calls_of_found_numbers_are_planned_for_these_numbers(account: Account, trunk: Subscriber) -> None:
    selection = Selection(account, trunk, Month(2026, 11), CallDirection.OUT, number="70")
    before = len(prepared_statements.names(connection.connection))
    with CaptureQueriesContext(connection) as caught:
        assert calls.page(calls.looked_up(selection)).rows
    assert len(prepared_statements.names(connection.connection)) == before
    (of_numbers,) = [query["sql"] for query in caught if "other_party" in query["sql"] and "LIMIT" not in query["sql"]]
    assert "subscriber_id_other_party_idx" in plan(account, of_numbers)


def test_without_the_month_every_partition_is_read(
    client: Client, account: Account, trunk: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The month as a query value is the guard: without it the plan shows more than one partition."""
    real = calls._rows

    def forgetful(selection: calls.Selection) -> Any:
        rows = real(selection)
        where: Any = rows.query.where
        where.children = [child for child in where.children if child.lhs.target.column != "month"]
        return rows

    monkeypatch.setattr(calls, "_rows", forgetful)
    path = reverse("subscribers:calls", args=[trunk.pk]) + "?month=2026-11&kind=out"
    steps = [plan(account, sql) for sql in asked(client, path) if "subscribers_callrecord" in sql]
    assert "subscribers_callrecord_2026_10" in steps[0]
