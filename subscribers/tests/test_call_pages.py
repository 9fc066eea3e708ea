"""«Просмотр детализации»: the first step, the calls, and access to them (3.6)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, User
from sipcabinet.lib import tenancy
from sipcabinet.lib.periods import Month
from sipcabinet.tests.moments import minsk
from sipcabinet.tests.planted import planted
from subscribers.models import CallDirection, CallOutcome, Subscriber
from subscribers.selectors import calls
from subscribers.tests.call_pages import NOVEMBER, exported, lines, url
from subscribers.tests.factories import AccountSourceFactory, CallFactory, TrunkFactory

pytestmark = pytest.mark.usefixtures("today")


# --- The step --------------------------------------------------------------------------------------------------------
def test_the_step_offers_this_month_and_six_before_it(client: Client, subscriber: Subscriber) -> None:
    answer = client.get(url(subscriber))
    form = answer.context["form"]
    assert [code for code, _ in form.fields["month"].choices] == [
        "2026-11", "2026-10", "2026-09", "2026-08", "2026-07", "2026-06", "2026-05",
    ]  # fmt: skip
    text = answer.content.decode()
    assert "Ноябрь 2026, текущий" in text
    assert "Исходящие" in text
    assert "Входящие" in text
    assert "Далее" in text
    assert not form.errors


@pytest.mark.parametrize("moment", ["2026-10-31 23:59:59", "2026-11-01 00:00:00"])
def test_the_months_change_at_midnight_in_minsk(
    client: Client, subscriber: Subscriber, at: Callable[[str], Any], moment: str
) -> None:
    at(moment)
    first = client.get(url(subscriber)).context["form"].fields["month"].choices[0][0]
    assert first == moment[:7]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"month": "2026-04", "kind": "out"}, "month"),
        ({"month": "2026-12", "kind": "out"}, "month"),
        ({"month": "вчера", "kind": "out"}, "month"),
        ({"month": "2026-11\x07", "kind": "out"}, "month"),
        ({"month": "2026-11", "kind": "все"}, "kind"),
        ({"month": "2026-11"}, "kind"),
        ({"kind": "in"}, "month"),
    ],
)
def test_a_wrong_month_or_kind_is_said_beside_the_field(
    client: Client, subscriber: Subscriber, query: dict[str, str], field: str
) -> None:
    for path in (url(subscriber), reverse("subscribers:calls_export", args=[subscriber.pk])):
        answer = client.get(path, query | {"format": "csv"})
        assert answer.status_code == 200
        assert list(answer.context["form"].errors) == [field]
        assert "Исправьте ошибки на странице" in answer.content.decode()
        assert "Ошибка:" in answer.content.decode()


def test_too_old_a_month_says_which_may_be_seen(client: Client, subscriber: Subscriber) -> None:
    text = client.get(url(subscriber), {"month": "2026-04", "kind": "out"}).content.decode()
    assert "Детализация доступна за текущий и шесть предыдущих месяцев" in text


# --- The calls -------------------------------------------------------------------------------------------------------
def test_a_call_shows_all_that_is_known_of_it(client: Client, subscriber: Subscriber) -> None:
    CallFactory.create(
        subscriber=subscriber, started_at=minsk("2026-11-05 09:08:07"), other_party="+375297000001",
        talk_seconds=7507, billed_seconds=7507, cost=Decimal("38.210630"),
    )  # fmt: skip
    AccountSourceFactory.create(account=subscriber.account, last_call_at=minsk("2026-11-22 09:53:00"))
    [line] = lines(client, subscriber)
    assert (line.day, line.time, line.other_party) == ("05.11.2026", "09:08:07", "+375 29 700-00-01")
    assert (line.destination, line.cost) == ("Беларусь, мобильные других операторов", "38,2106")
    text = client.get(url(subscriber), NOVEMBER).content.decode()
    assert "125:07" in text
    assert "исходящие звонки, ноябрь 2026" in text
    assert "Звонки учтены по 22.11.2026, 09:53" in text


def test_an_unanswered_call_is_marked_and_free(client: Client, subscriber: Subscriber) -> None:
    CallFactory.create(subscriber=subscriber, started_at=minsk("2026-11-05 09:00:00"), outcome=CallOutcome.BUSY)
    [line] = lines(client, subscriber)
    assert (line.outcome, line.cost, line.billed_seconds) == ("занято", "0,00", 0)
    assert "занято" in client.get(url(subscriber), NOVEMBER).content.decode()


def test_a_call_within_the_included_minutes_says_why_it_is_free(client: Client, subscriber: Subscriber) -> None:
    CallFactory.create(subscriber=subscriber, started_at=minsk("2026-11-05 09:00:00"), included_seconds=60)
    [line] = lines(client, subscriber)
    assert (line.covered, line.cost) == (True, "0,00")
    assert "включено" in client.get(url(subscriber), NOVEMBER).content.decode()


def test_incoming_calls_are_shown_apart(client: Client, subscriber: Subscriber) -> None:
    CallFactory.create(subscriber=subscriber, started_at=minsk("2026-11-05 09:00:00"))
    CallFactory.create(
        subscriber=subscriber, started_at=minsk("2026-11-06 09:00:00"),
        direction=CallDirection.IN, destination=None, other_party="", cost=Decimal(0),
    )  # fmt: skip
    [line] = lines(client, subscriber, kind="in")
    assert (line.day, line.other_party, line.destination) == ("06.11.2026", "", "")
    assert "номер скрыт" in client.get(url(subscriber), NOVEMBER | {"kind": "in"}).content.decode()
    assert [line.day for line in lines(client, subscriber)] == ["05.11.2026"]


def test_months_end_at_midnight_in_minsk(client: Client, subscriber: Subscriber) -> None:
    for moment in ("2026-10-31 23:59:59", "2026-11-01 00:00:00"):
        CallFactory.create(subscriber=subscriber, started_at=minsk(moment))
    assert [(line.day, line.time) for line in lines(client, subscriber)] == [("01.11.2026", "00:00:00")]
    october = lines(client, subscriber, month="2026-10")
    assert [(line.day, line.time) for line in october] == [("31.10.2026", "23:59:59")]


def test_no_calls_are_said_with_month_and_kind(client: Client, subscriber: Subscriber) -> None:
    CallFactory.create(subscriber=subscriber, started_at=minsk("2026-11-05 09:00:00"))
    text = client.get(url(subscriber), {"month": "2026-10", "kind": "in"}).content.decode()
    assert "Звонков нет" in text
    assert "октябре 2026" in text
    assert "входящих" in text
    assert "XLSX" not in text


def test_a_page_asks_for_its_rows_once_and_never_counts_them(client: Client, subscriber: Subscriber) -> None:
    CallFactory.create_batch(3, subscriber=subscriber, started_at=minsk("2026-11-05 09:00:00"))
    with CaptureQueriesContext(connection) as caught:
        client.get(url(subscriber), NOVEMBER)
    asked = [query["sql"] for query in caught if "subscribers_callrecord" in query["sql"]]
    assert len(asked) == 1
    assert "COUNT(" not in asked[0]
    assert "OFFSET" not in asked[0]
    reads = [query["sql"] for query in caught if query["sql"].startswith("SELECT") and " FROM " in query["sql"]]
    assert len(reads) <= 8


def test_only_the_month_s_partition_is_read_by_its_index(account: Account, subscriber: Subscriber) -> None:
    for month in range(5, 12):
        CallFactory.create(subscriber=subscriber, started_at=minsk(f"2026-{month:02d}-05 09:00:00"))
    selection = calls.Selection(account, subscriber, Month(2026, 11), CallDirection.OUT)
    with tenancy.portal(account.pk), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")  # of few rows a sort costs as little as their index
        plan = calls._rows(selection).order_by("-started_at", "-id")[:51].explain()
    assert "subscribers_callrecord_2026_11" in plan
    assert "subscribers_callrecord_2026_10" not in plan
    assert "Index Scan" in plan
    assert "Sort" not in plan


def test_pages_hold_every_call_once_also_at_the_same_moment(client: Client, subscriber: Subscriber) -> None:
    """110 calls at only two moments: page borders fall between calls of the same moment."""
    for serial in range(110):
        CallFactory.create(
            subscriber=subscriber,
            started_at=minsk("2026-11-05 09:00:00") + timedelta(seconds=serial // 60),
            other_party=f"+37529{7_000_000 + serial}",
        )
    seen, query, pages = [], dict(NOVEMBER), []
    while True:
        context = client.get(url(subscriber), query).context
        pages.append([line.other_party for line in context["lines"]])
        seen += pages[-1]
        if not context["page"].onward:
            break
        query = NOVEMBER | {"onward": context["page"].onward}
    assert [len(page) for page in pages] == [50, 50, 10]
    assert len(set(seen)) == 110
    back = client.get(url(subscriber), NOVEMBER | {"back": context["page"].back}).context
    assert [line.other_party for line in back["lines"]] == pages[1]
    first = client.get(url(subscriber), NOVEMBER | {"back": back["page"].back}).context
    assert [line.other_party for line in first["lines"]] == pages[0]
    assert not first["page"].back


@pytest.mark.parametrize(
    "token", ["x", "bm90IGpzb24", "WyIyMDI2LTExLTA1Il0", "W251bGwsbnVsbF0", "WyJcdTAwMDAiLDFd", "я" * 9]
)
def test_a_token_that_is_nobody_s_leads_to_the_first_page(client: Client, subscriber: Subscriber, token: str) -> None:
    CallFactory.create(subscriber=subscriber, started_at=minsk("2026-11-05 09:00:00"))
    for name in ("onward", "back"):
        assert len(lines(client, subscriber, **{name: token})) == 1


# --- Whose calls -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["calls", "calls_export"])
def test_calls_of_another_account_look_like_missing_ones(client: Client, name: str) -> None:
    foreign = CallFactory.create(started_at=minsk("2026-11-05 09:00:00")).subscriber
    path = reverse(f"subscribers:{name}", args=[foreign.pk])
    assert client.get(path, NOVEMBER | {"format": "csv"}).status_code == 404


def test_the_second_wall_alone_hides_the_calls_too(
    client: Client, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another account's call with our subscriber's id stays invisible even if the selector forgets the account."""
    CallFactory.create(subscriber=subscriber, started_at=minsk("2026-11-05 09:00:00"))
    foreign = TrunkFactory.create()
    with planted(), connection.cursor() as cursor:
        cursor.execute("UPDATE subscribers_callrecord SET account_id = %s", [foreign.account_id])
    monkeypatch.setattr(tenancy.Tenant, "rows", lambda _, model: model._default_manager.all())
    assert lines(client, subscriber) == []
    assert "+375 29 700-00-01" not in exported(client, subscriber, "csv").body.decode()


def test_nobody_and_staff(staff: User, client_of: Callable[[User], Client], subscriber: Subscriber) -> None:
    for name in ("calls", "calls_export"):
        path = reverse(f"subscribers:{name}", args=[subscriber.pk])
        assert Client().get(path, NOVEMBER).headers["Location"].startswith(reverse("accounts:sign_in"))
        assert client_of(staff).get(path, NOVEMBER | {"format": "csv"}).status_code == 403
