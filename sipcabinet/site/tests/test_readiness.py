"""/healthz and /readyz: the process answers; the installation is fit for work, and if not, why."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from sipcabinet.site import readiness
from sipcabinet.tests.durable_rows import job
from subscribers.calls import partitions

pytestmark = pytest.mark.django_db
CLOSED_PORT = "redis://127.0.0.1:1/0"
READY = {
    "status": "ready",
    "database": "answers",
    "broker": "answers",
    "migrations": "applied",
    "due work": "is started in time",
    "partitions": "exist for this month and the next",
}


@pytest.fixture
def months() -> None:
    partitions.open_ahead()


@contextmanager
def no_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def down(*_: object, **__: object) -> None:
        raise OperationalError("connection refused: password of the owner")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", down)
        yield


def asked() -> tuple[int, dict[str, str]]:
    answer = Client().get("/readyz")
    return answer.status_code, json.loads(answer.content)


def test_it_is_ready_when_every_part_is(months: None) -> None:
    assert asked() == (200, READY)


def test_it_costs_few_short_queries(months: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        asked()
    read = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(read) == 4
    assert "statement_timeout" in read[0]


def test_the_broker_only_carries_hints(months: None, settings: Any) -> None:
    settings.CELERY_BROKER_URL = CLOSED_PORT
    assert asked() == (200, READY | {"broker": "does not answer; hints wait, no work is lost"})


def test_without_the_database_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    with no_database(monkeypatch):
        status, words = asked()
    assert status == 503
    assert words["database"] == "does not answer"
    assert words["partitions"] == words["due work"] == words["migrations"] == readiness.UNKNOWN
    assert "password" not in str(words)


def test_a_migration_that_is_not_applied_is_told(months: None, monkeypatch: pytest.MonkeyPatch) -> None:
    applied = readiness.of_code()
    assert ("billing", "0001_initial") in applied
    monkeypatch.setattr(readiness, "of_code", lambda: applied | {("billing", "9999_new")})
    status, words = asked()
    assert (status, words["status"]) == (503, "not ready")
    assert words["migrations"] == "some are not applied; run migrate"
    assert "9999" not in str(words)


@pytest.mark.parametrize(("minutes", "status"), [(29, 200), (31, 503)])
def test_work_that_no_worker_starts_makes_it_unready(months: None, settings: Any, minutes: int, status: int) -> None:
    settings.READY_DUE_SECONDS = 1800
    job(due_at=clock.now() - timedelta(minutes=minutes))
    assert asked()[0] == status


def test_work_that_is_claimed_done_given_up_or_due_later_is_no_reason(months: None) -> None:
    old = clock.now() - timedelta(days=1)
    job(due_at=old, claimed_until=clock.now() + timedelta(minutes=1))
    for state in (JobState.DONE, JobState.PARKED, JobState.REFUSED):
        job(due_at=old, state=state)
    job(due_at=clock.now() + timedelta(minutes=1))
    assert asked()[0] == 200


def test_months_without_partitions_are_told(at: Any) -> None:
    at("2031-05-10 12:00")  # no other test has made partitions of that year
    assert asked()[1]["partitions"].startswith("are missing")


def test_a_part_that_cannot_be_read_does_not_hide_the_others(months: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "_NAMES", "SELECT missing FROM subscribers_callrecord")
    status, words = asked()
    assert status == 503
    assert words == READY | {"status": "not ready", "partitions": "cannot be read"}


def test_alive_asks_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    with no_database(monkeypatch):
        answer = Client().get("/healthz")
    assert (answer.status_code, json.loads(answer.content)) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_both_need_no_session_and_change_nothing(path: str) -> None:
    answer = Client().get(path)
    assert not answer.cookies
    assert answer.headers["Cache-Control"] == "no-store"
    assert Client().post(path).status_code == 405


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/health/"])
def test_none_is_led_to_https(path: str, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get(path).status_code in {200, 503}
    assert Client().get("/sign-in/").status_code == 301
