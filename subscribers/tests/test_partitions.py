"""Partitions of call records are created ahead and dropped: by the real clock, as the database uses its own (4.4)."""

from typing import Any

import pytest
from celery.signals import worker_ready
from django.db import ProgrammingError, connection, transaction

from sipcabinet.lib import durable
from sipcabinet.lib.periods import Month
from subscribers import tasks
from subscribers.calls import partitions

pytestmark = pytest.mark.django_db


def open_month(month: Month) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT subscribers_ensure_partition(%s)", [month.first_day])
        return bool(cursor.fetchone()[0])


def test_months_are_opened_ahead_once() -> None:
    opened = partitions.open_ahead()
    now = Month.current()
    assert set(opened) <= partitions.months()
    assert {now.shift(back) for back in range(-13, 3)} <= partitions.months()
    assert partitions.open_ahead() == []


def test_a_worker_that_starts_asks_for_the_months(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new installation has no month, and the task of the night comes at midnight."""
    asked: list[str] = []
    monkeypatch.setattr(durable, "hint", asked.append)
    worker_ready.send(sender=None)
    assert asked == [tasks.keep_partitions.name]


def test_months_past_keeping_are_let_go_of_at_night() -> None:
    now = Month.current()
    old = [now.shift(-15), now.shift(-14)]
    for month in old:
        open_month(month)
    tasks.keep_partitions()
    months = partitions.months()
    assert not set(old) & months
    assert {now.shift(-13), now, now.shift(2)} <= months


def test_months_that_customers_still_see_are_never_dropped(settings: Any) -> None:
    partitions.open_ahead()
    settings.CALL_KEEPING_MONTHS = 0
    with pytest.raises(ProgrammingError, match="customers still see"), transaction.atomic():
        partitions.let_go()
    assert Month.current().shift(-1) in partitions.months()


def test_the_application_owns_no_month() -> None:
    partitions.open_ahead()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE pg_get_userbyid(relowner) = current_user), count(*) "
            "FROM pg_class WHERE relname LIKE 'subscribers_callrecord_%%'"
        )
        owned, there = cursor.fetchone()
    assert (owned, there > 0) == (0, True)
