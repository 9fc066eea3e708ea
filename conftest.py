"""Fixtures for every test of the portal: a database with its roles, a clock that can be set, users and clients."""

import gc
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib import admin
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, TransactionTestCase
from pytest_django import DjangoDbBlocker

from sipcabinet.lib.clock import MINSK

NOT_DJANGOS = {"subscribers_callrecord", "subscribers_partytotal"}  # partitioned tables, which migrations make by SQL
TODAY = datetime(2026, 11, 22, 10, tzinfo=MINSK)  # of most tests: a Sunday
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def pytest_configure() -> None:
    # Every test client builds the middleware anew: without this setting each would read the whole static folder.
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["accounts.tests.hashers.QuickHasher"]
    admin.autodiscover()  # tests check all pages of the desk, even before `urls` is imported


def pytest_collection_finish() -> None:
    # Thousands of tests leave garbage. If each collection also checked all imported objects, it would take a tenth of
    # the run.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """The owner creates the test database; the tests themselves run in the application's role."""
    connection.settings_dict["OPTIONS"]["assume_role"] = None
    with django_db_blocker.unblock():
        creation: Any = connection.creation
        _drop_left_over(creation._get_test_db_name())
    if "MIGRATED" in os.environ:  # copying takes a moment, all migrations ten seconds
        connection.settings_dict["TEST"]["TEMPLATE"] = connection.settings_dict["NAME"]


def _drop_left_over(name: str) -> None:
    """Drops the database that an earlier run could not drop, because a process that a test killed left a child behind
    that is still connected. Django would give up, and each test would fail."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)} WITH (FORCE)")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        # Migrations leave the roles of the desk. Whether a test found them would depend on the tests before it.
        _empty_all_tables()
    _open_months(django_db_blocker)
    _act_as(settings.DATABASE_ROLE, django_db_blocker)
    yield
    _act_as(None, django_db_blocker)


def _open_months(blocker: DjangoDbBlocker) -> None:
    """Creates the partitions of calls that most tests of calls need, for today and for the day of `today`. Sixteen new
    tables in each test would take longer than the test itself."""
    from subscribers.calls import partitions

    with blocker.unblock():
        partitions.open_ahead()
        with time_machine.travel(TODAY, tick=False):
            partitions.open_ahead()


def _act_as(role: str | None, blocker: DjangoDbBlocker) -> None:
    with blocker.unblock():
        connection.close()
        connection.settings_dict["OPTIONS"]["assume_role"] = role


def _empty_all_tables(_case: TransactionTestCase | None = None) -> None:
    """Replaces `flush`, which the application's role may not use: TRUNCATE is granted to nobody."""
    if connection.needs_rollback or not connection.is_usable():
        connection.close()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET session_replication_role = replica")  # else append-only tables refuse even the owner
        names = {*connection.introspection.django_table_names(only_existing=True), *NOT_DJANGOS} - KEPT
        quoted = [connection.ops.quote_name(name) for name in names]
        found = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in quoted)
        cursor.execute(found)
        for (name,) in cursor.fetchall():  # TRUNCATE would create new files for all tables, even for empty ones
            cursor.execute(f"DELETE FROM {name}")
    connection.close()


TransactionTestCase._fixture_teardown = _empty_all_tables  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _nothing_waits() -> None:
    """Each test begins with a cache that says that nothing waits in the desk's queues: the count for the navigation
    takes a third of the time of a page. `queues_counted` undoes this."""
    from desk.queue import Waiting
    from desk.queues import QUEUES
    from desk.selectors import waiting

    cache.clear()
    waiting.keep({part.name: Waiting() for queue in QUEUES for part in queue.parts}, seconds=None)


@pytest.fixture
def queues_counted() -> None:
    """The first page of the desk in this test counts what waits, as after KEPT_SECONDS without a visitor."""
    cache.clear()


@pytest.fixture(autouse=True)
def _first_face() -> Iterator[None]:
    """The environment's face is in force and asks no query, until a test puts another one in force."""
    from operator_profile.selectors import face

    face.keep(None, float("inf"))
    yield
    face.keep(None, float("inf"))


@pytest.fixture
def at() -> Iterator[Callable[[str], Any]]:
    """Sets the clock: `at("2026-11-22 10:00")` is Minsk time; returns the traveller (`.shift(seconds)`)."""
    travellers: list[time_machine.travel] = []

    def travel(moment: str) -> Any:
        aware = datetime.fromisoformat(moment).replace(tzinfo=MINSK)
        traveller = time_machine.travel(aware, tick=False)
        travellers.append(traveller)
        return traveller.start()

    yield travel
    for traveller in reversed(travellers):
        traveller.stop()


@pytest.fixture
def today(at: Callable[[str], Any]) -> Any:
    """TODAY at ten, the day of most tests; returns the traveller."""
    return at(f"{TODAY:%Y-%m-%d %H:%M}")


@pytest.fixture
def account(db: None) -> Any:
    """The account of `owner`."""
    from accounts.tests.factories import AccountFactory

    return AccountFactory.create()


@pytest.fixture
def owner(account: Any) -> Any:
    """The administrator of `account`, with the password `factories.PASSWORD`."""
    from accounts.tests.factories import UserFactory

    return UserFactory.create(account=account)


@pytest.fixture
def other_owner(db: None) -> Any:
    """The administrator of another account."""
    from accounts.tests.factories import UserFactory

    return UserFactory.create()


@pytest.fixture
def staff(db: None) -> Any:
    """A staff user with all rights and a second factor."""
    from accounts.tests.factories import StaffFactory

    return StaffFactory.create()


@pytest.fixture
def client_of() -> Callable[[Any], Client]:
    """Returns a test client in which the given user is signed in, also with the second factor if the user has one."""
    from sipcabinet.tests.signed_in import signed_in

    return signed_in
