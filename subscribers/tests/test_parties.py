"""The search by a part of a number: sums by the other party are those of the calls, whatever changes them (3.6)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.test import Client

from accounts.models import Account
from sipcabinet.lib import durable, tenancy
from sipcabinet.tests.moments import minsk
from subscribers.calls import parties, partitions
from subscribers.models import CallOutcome, CallRecord, PartyTotal, Subscriber
from subscribers.selectors import calls
from subscribers.tests.call_pages import NOVEMBER, exported, url
from subscribers.tests.factories import CallFactory, DestinationFactory, TrunkFactory
from subscribers.tests.imported import party_totals_are_sums, take, totals_are_sums
from subscribers.tests.price_list import cast
from subscribers.tests.switch_files import random_lines, write

pytestmark = pytest.mark.django_db
MOBILE, RUSSIA = "+375297000001", "+74951234567"


@pytest.fixture
def busy(today: None, trunk: Subscriber) -> Subscriber:
    """Eight calls to two numbers, one of them unanswered."""
    destination = DestinationFactory.create()
    for number in range(8):
        CallFactory.create(
            subscriber=trunk, started_at=minsk("2026-11-05 09:00:00") + timedelta(minutes=number),
            other_party=RUSSIA if number % 2 else MOBILE, destination=destination,
            outcome=CallOutcome.BUSY if number == 3 else CallOutcome.ANSWERED,
        )  # fmt: skip
    return trunk


@pytest.mark.usefixtures("busy")
def test_sums_follow_calls_that_are_added_changed_and_deleted() -> None:
    assert party_totals_are_sums()
    CallRecord.objects.filter(other_party=MOBILE).update(cost=F("cost") + 1, included_seconds=30)
    assert party_totals_are_sums()
    CallRecord.objects.filter(other_party=RUSSIA).delete()
    assert party_totals_are_sums()
    assert parties.join(fewest=1) == 1
    assert party_totals_are_sums()
    assert PartyTotal.objects.values_list("other_party", "calls", "fresh").get() == (MOBILE, 4, False)


def test_what_was_rolled_back_left_no_sum(busy: Subscriber) -> None:
    before = PartyTotal.objects.count()
    with transaction.atomic():
        CallRecord.objects.filter(subscriber=busy).delete()
        transaction.set_rollback(True)
    assert PartyTotal.objects.count() == before


# --- Joining ---------------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("busy")
def test_joining_waits_until_it_is_worth_it() -> None:
    assert parties.join() == 0
    assert parties.join(fewest=1) == 1
    assert parties.join(fewest=1) == 0
    assert list(PartyTotal.objects.order_by("other_party").values_list("other_party", "calls")) == [
        (MOBILE, 4),
        (RUSSIA, 4),
    ]


def test_few_new_rows_do_not_make_many_be_written_again(busy: Subscriber) -> None:
    parties.join(fewest=1)
    for number in range(20):
        CallFactory.create(
            subscriber=busy, started_at=minsk("2026-11-06 09:00:00"), other_party=f"+37529700{number:04}"
        )
    assert parties.join(fewest=1) == 1
    CallFactory.create(subscriber=busy, started_at=minsk("2026-11-07 09:00:00"))
    assert parties.join(fewest=1) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("busy")
def test_two_joins_and_an_import_at_once_lose_nothing() -> None:
    def join(_number: int) -> None:
        try:
            parties.join(fewest=1)
        finally:
            connection.close()

    def add(_number: int) -> None:
        try:
            with transaction.atomic():
                CallRecord.objects.filter(other_party=MOBILE).update(cost=F("cost") + 1)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda work: work(0), [join, add, join, add, join, add]))
    assert party_totals_are_sums()


@pytest.mark.usefixtures("busy")
def test_a_join_that_sees_a_change_alone_keeps_its_cost() -> None:
    """As the second of two joins at once does: the first one has the rows before the change."""
    parties.join(fewest=1)
    CallRecord.objects.filter(other_party=MOBILE).update(cost=F("cost") + 1)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM subscribers_partytotal WHERE NOT fresh")
    parties.join(fewest=1)
    assert list(PartyTotal.objects.values_list("other_party", "calls", "cost")) == [(MOBILE, 0, Decimal(4))]


def test_an_import_asks_for_a_join(at: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at("2026-10-25 12:00")
    partitions.open_ahead()
    cast()
    asked: list[str] = []
    monkeypatch.setattr(durable, "hint", asked.append)
    take(write(tmp_path / "Master.csv", random_lines(20)))
    assert asked == [parties.TASK]
    assert totals_are_sums()
    parties.join(fewest=1)
    assert totals_are_sums()


@pytest.mark.usefixtures("busy")
def test_sums_of_months_that_are_not_kept_are_deleted() -> None:
    november = minsk("2026-11-01 00:00:00").date()
    assert parties.let_go(november) == 0
    assert parties.let_go(november + timedelta(days=30)) > 0
    assert not PartyTotal.objects.exists()


# --- Searching -------------------------------------------------------------------------------------------------------
QUERIES = [
    {"number": "495"}, {"number": "375"}, {"number": "000000"}, {"number": "700"},
    {"number": "495", "outcome": "answered"}, {"number": "495", "outcome": "unanswered"},
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("most", [(0, 0), (1, 1), (2000, 3)])
def test_many_and_few_numbers_are_found_alike(
    client: Client, busy: Subscriber, monkeypatch: pytest.MonkeyPatch, query: dict[str, str], most: tuple[int, int]
) -> None:
    """The same calls, sums and files by number and in order of time."""
    expected = shown(client, busy, query)
    monkeypatch.setattr(calls, "MOST_NUMBERS", most[0])
    monkeypatch.setattr(calls, "MOST_CALLS", most[1])
    assert shown(client, busy, query) == expected
    parties.join(fewest=1)
    assert shown(client, busy, query) == expected


def shown(client: Client, subscriber: Subscriber, query: dict[str, str]) -> tuple[Any, ...]:
    context = client.get(url(subscriber), NOVEMBER | query).context
    return context["lines"], context["totals"], exported(client, subscriber, "csv", **query).body


def test_a_customers_page_reads_sums_of_its_own_account(account: Account, busy: Subscriber) -> None:
    CallFactory.create(subscriber=TrunkFactory.create(), started_at=minsk("2026-11-05 09:00:00"))
    assert PartyTotal.objects.values("account").distinct().count() == 2
    with tenancy.portal(account.pk):
        assert {row.subscriber_id for row in PartyTotal.objects.all()} == {busy.pk}


@pytest.mark.parametrize("right", ["INSERT", "UPDATE", "DELETE"])
def test_a_customers_page_writes_no_sums(right: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'subscribers_partytotal', %s)", [settings.PORTAL_ROLE, right])
        assert cursor.fetchone() == (False,)


def test_every_month_has_the_index_by_party() -> None:
    partitions.open_ahead()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid"
            " WHERE i.inhparent = 'call_of_party'::regclass AND x.indisvalid"
        )
        assert cursor.fetchone() == (len(partitions.months()),)
