"""Exports and reports read from a streaming replica that knows what the primary knows, and else from the primary."""

import io
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import environ
import psycopg
import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.utils import ConnectionHandler
from openpyxl import load_workbook
from pytest_django import Settings

from accounts.models import Account
from accounts.tests.factories import AccountFactory
from billing.reports import call_detail
from billing.reports.making import Making
from billing.services import invoice_files
from billing.tests.factories import OrderFactory
from desk.selectors.reports import KINDS, Period
from sipcabinet.lib import replica
from sipcabinet.lib.environment import DATABASE_ENGINE
from sipcabinet.lib.periods import Month
from sipcabinet.tests import streaming
from subscribers.tests.factories import CallFactory, TrunkFactory

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]
NOVEMBER = Month(2026, 11)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[streaming.Servers]:
    with streaming.running(tmp_path_factory.mktemp("streaming")) as found:
        yield found


@pytest.fixture
def both(
    servers: streaming.Servers, transactional_db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The application's connection is the primary's, and the replica is known."""
    settings.REPLICA_WAIT_SECONDS = 10
    tests_own = connections[DEFAULT_DB_ALIAS]
    primary, second = (_handler(url) for url in (servers.primary, servers.replica))
    monkeypatch.setattr(replica, "_logins", second)
    connections[DEFAULT_DB_ALIAS] = primary[DEFAULT_DB_ALIAS]
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = tests_own
        primary[DEFAULT_DB_ALIAS].close()
        second[DEFAULT_DB_ALIAS].close()


def _handler(url: str) -> ConnectionHandler:
    role = {"assume_role": "sipcabinet_app"}
    wanted = environ.Env.db_url_config(url) | {"ENGINE": DATABASE_ENGINE, "OPTIONS": role}
    return ConnectionHandler({DEFAULT_DB_ALIAS: wanted})


def is_replica() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        return bool(cursor.fetchone()[0])


def numbers() -> set[str]:
    return set(Account.objects.values_list("number", flat=True))


def test_what_was_written_a_moment_ago_is_read(both: None) -> None:
    for _ in range(20):
        made = AccountFactory.create()
        with replica.reading():
            assert is_replica()
            assert made.number in numbers()
    assert not is_replica()


def test_rows_come_from_the_replica_and_writes_go_to_the_primary_between_them(
    both: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica, "PART_ROWS", 2)
    AccountFactory.create_batch(5)
    expected, seen, places = numbers(), set(), set()

    def made() -> Iterator[tuple[str, bool]]:
        for number in Account.objects.values_list("number", flat=True).order_by("pk").iterator(chunk_size=2):
            yield number, is_replica()

    for number, from_replica in replica.rows(made):
        places.add(from_replica)
        seen.add(number)
        AccountFactory.create()
    assert (seen, places) == (expected, {True})


def test_a_transaction_reads_what_it_wrote(both: None) -> None:
    with transaction.atomic():
        made = AccountFactory.create()
        with replica.reading():
            assert made.number in numbers()


def test_a_replica_that_is_late_is_not_read(both: None, servers: streaming.Servers, settings: Settings) -> None:
    settings.REPLICA_WAIT_SECONDS = 0.2
    with psycopg.connect(servers.replica_owner, autocommit=True) as owner:
        owner.execute("SELECT pg_wal_replay_pause()")
        try:
            made = AccountFactory.create()
            with replica.reading():
                assert not is_replica()
                assert made.number in numbers()
        finally:
            owner.execute("SELECT pg_wal_replay_resume()")


def test_a_copy_of_another_database_is_not_read(
    both: None, servers: streaming.Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong name in the URL: the server may hold the database of another operator, with the same tables."""
    other = _handler(urlsplit(servers.replica)._replace(path="/postgres").geturl())
    monkeypatch.setattr(replica, "_logins", other)
    try:
        with replica.reading():
            assert not is_replica()
    finally:
        other[DEFAULT_DB_ALIAS].close()


def test_a_workbook_and_a_report_are_the_same_from_both(
    both: None, at: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    at("2026-11-22 10:05")
    trunk = TrunkFactory.create(account=AccountFactory.create())
    CallFactory.create_batch(7, subscriber=trunk)
    order = OrderFactory.create(account=trunk.account, trunks=[trunk], month=NOVEMBER)

    def made() -> tuple[Any, Any]:
        stream = io.BytesIO()
        making = Making(calls_known="", alive=lambda: None, issued_file=invoice_files.file_of)
        call_detail.write(stream, order, making)
        cells = list(load_workbook(stream).worksheets[0].iter_rows(values_only=True))
        with replica.reading():
            return cells, KINDS["calls"].make(Period(NOVEMBER, NOVEMBER)).rows

    from_replica = made()
    monkeypatch.setattr(replica, "_logins", None)
    assert from_replica == made()
    assert len(from_replica[0]) > 7


def test_a_replica_that_has_ended_is_not_missed(both: None, servers: streaming.Servers) -> None:
    """The last test of this module: the replica does not come back."""
    with replica.reading():
        assert is_replica()
    servers.end_replica()
    made = AccountFactory.create()
    for _ in range(2):
        with replica.reading():
            assert not is_replica()
            assert made.number in numbers()
