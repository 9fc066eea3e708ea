"""Durable work with many workers, and its hints; for each guard the fault that happens without the guard."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import pytest
from celery import Celery, current_app
from django.db import OperationalError, connection, transaction
from pytest_django import Settings
from structlog.testing import capture_logs

from notifications.models import Letter
from sipcabinet.lib import durable
from sipcabinet.lib.durable import JobState
from sipcabinet.tests.durable_rows import LEASE, claim, in_threads, job, now

pytestmark = pytest.mark.django_db(transaction=True)


def test_many_workers_take_each_row_once() -> None:
    rows = {job().pk for _ in range(60)}

    def all_i_can_get(_: int) -> list[int]:
        taken = []
        while (row := durable.claim(Letter, lease=LEASE)) is not None:
            taken.append(row.pk)
        return taken

    taken = [pk for mine in in_threads(8, all_i_can_get) for pk in mine]
    assert len(taken) == 60
    assert set(taken) == rows


def test_without_the_row_lock_two_workers_would_take_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    barrier = threading.Barrier(2, timeout=10)

    def without_lock(model: type[Letter]) -> Letter | None:
        row = model.objects.filter(state=JobState.WAITING).order_by("pk").first()
        barrier.wait()
        return row

    job()
    job()
    monkeypatch.setattr(durable, "_next_due", without_lock)
    first, second = in_threads(2, lambda _: durable.claim(Letter, lease=LEASE))
    assert first == second


def test_a_locked_row_holds_nobody_up() -> None:
    first, second = job(), job()
    with _locked(first):
        started = time.monotonic()
        assert claim() == second
        assert time.monotonic() - started < 1


@contextmanager
def _locked(row: Letter) -> Iterator[None]:
    """Another transaction locks the row."""
    locked, done = threading.Event(), threading.Event()

    def hold(_: int) -> None:
        with transaction.atomic():
            Letter.objects.select_for_update().get(pk=row.pk)
            locked.set()
            done.wait(10)

    holder = threading.Thread(target=in_threads, args=(1, hold))
    holder.start()
    assert locked.wait(10)
    try:
        yield
    finally:
        done.set()
        holder.join()


def _is_free(_: int) -> bool:
    with durable.alone("letters", silent_for=LEASE) as mine:
        return mine


def test_only_one_may_be_alone() -> None:
    with durable.alone("letters", silent_for=LEASE) as mine:
        assert mine
        assert in_threads(1, _is_free) == [False]
    assert in_threads(1, _is_free) == [True]


def test_one_that_fell_silent_holds_nobody_up() -> None:
    with durable.alone("letters", silent_for=timedelta(seconds=0.2)) as mine:
        assert mine
        time.sleep(0.6)
        assert in_threads(1, _is_free) == [True]
        with pytest.raises(OperationalError):
            job()
        connection.close()
    assert job().pk


def test_silence_is_allowed_again_afterwards() -> None:
    with durable.alone("letters", silent_for=timedelta(seconds=0.2)):
        pass
    time.sleep(0.6)
    assert job().pk


# --- Hints -----------------------------------------------------------------------------------------------------------
def test_a_hint_is_given_after_the_commit_only() -> None:
    with patch.object(current_app, "send_task") as send:
        with transaction.atomic():
            durable.hint("letters.drain")
            transaction.set_rollback(True)
        assert not send.called
        with transaction.atomic():
            durable.hint("letters.drain")
            assert not send.called
        assert send.called


def test_a_hint_that_finds_no_redis_is_lost_at_once_and_harmless(settings: Settings) -> None:
    away = Celery("away", broker="redis://127.0.0.1:1/0", set_as_current=False)
    away.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    started = time.monotonic()
    with patch("celery.current_app", away), capture_logs() as logs, transaction.atomic():
        row = job()
        durable.hint("letters.drain")
    assert time.monotonic() - started < 1
    assert [(entry["event"], entry["task"]) for entry in logs] == [("durable.hint_lost", "letters.drain")]
    assert now(row).state == JobState.WAITING
