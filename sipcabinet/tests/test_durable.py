"""Durable work: claims, outcomes, rows that always fail, and faults without each guard. Letters stand for any job."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, transaction
from django.db.models import F
from pytest_django import Settings
from structlog.testing import capture_logs

from notifications.models import Letter
from sipcabinet.lib import clock, durable
from sipcabinet.lib.durable import ClaimLost, JobState
from sipcabinet.tests.durable_rows import LEASE, claim, job, now, run_out

At = Callable[[str], Any]
pytestmark = pytest.mark.django_db


# --- Claims ----------------------------------------------------------------------------------------------------------
def test_the_oldest_due_row_comes_first_and_none_before_its_time(at: At) -> None:
    at("2026-11-22 10:00")
    later = job(due_at=clock.now() + timedelta(minutes=5))
    second, first = job(), job(due_at=clock.now() - timedelta(minutes=5))
    assert [claim(), claim()] == [first, second]
    assert durable.claim(Letter, lease=LEASE) is None
    at("2026-11-22 10:05")
    assert claim() == later


def test_a_claim_counts_and_shows(at: At) -> None:
    job()
    row = claim()
    assert (row.attempts, row.is_claimed) == (1, True)
    assert row.claim_token is not None


def test_a_claimed_row_is_nobody_elses_until_the_lease_has_run_out() -> None:
    job()
    first = claim()
    assert durable.claim(Letter, lease=LEASE) is None
    run_out(first)
    second = claim()
    assert second == first
    assert second.claim_token != first.claim_token
    assert second.attempts == 2


def test_a_worker_whose_clock_is_wrong_takes_no_live_claim(at: At) -> None:
    job()
    claim()
    at("2036-01-01 00:00")
    assert durable.claim(Letter, lease=LEASE) is None


def test_only_waiting_rows_are_claimed() -> None:
    for state in (JobState.DONE, JobState.REFUSED, JobState.PARKED):
        job(state=state)
    assert durable.claim(Letter, lease=LEASE) is None


@pytest.mark.django_db(transaction=True)
def test_a_claim_inside_another_transaction_is_a_mistake() -> None:
    job()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        claim()


# --- Outcomes --------------------------------------------------------------------------------------------------------
def test_finishing_writes_the_outcome_once() -> None:
    job(last_error="earlier")
    row = claim()
    durable.finish(row, smtp_code=250)
    done = now(row)
    assert (done.state, done.smtp_code, done.last_error) == (JobState.DONE, 250, "")
    assert done.finished_at is not None
    assert done.claim_token is None
    with pytest.raises(ClaimLost):
        durable.finish(row)


OUTCOMES: list[Callable[[Letter], None]] = [
    durable.finish,
    lambda row: durable.refuse(row, "no"),
    lambda row: durable.park(row, "no"),
    lambda row: durable.postpone(row, "no", delay=LEASE),
    lambda row: durable.postpone(row, "no", delay=LEASE, max_claims=1),
    lambda row: durable.renew(row, lease=LEASE),
]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_worker_that_lost_its_claim_writes_nothing(outcome: Callable[[Letter], None]) -> None:
    job()
    slow = claim()
    run_out(slow)
    quick = claim()

    def follow() -> None:
        job(subject="what follows from the work")
        outcome(slow)

    with pytest.raises(ClaimLost), transaction.atomic():
        follow()
    assert now(slow).claim_token == quick.claim_token
    assert not Letter.objects.filter(subject="what follows from the work").exists()
    durable.finish(quick)


def test_without_the_token_the_slow_worker_would_overwrite(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(row: Letter, **fields: Any) -> None:
        Letter.objects.filter(pk=row.pk).update(**fields)

    job()
    slow = claim()
    run_out(slow)
    durable.finish(claim())
    monkeypatch.setattr(durable, "_settle", careless)
    durable.refuse(slow, "I was late")
    assert now(slow).state == JobState.REFUSED


def test_long_work_renews_its_claim() -> None:
    job()
    row = claim()
    run_out(row)
    durable.renew(row, lease=LEASE)
    assert durable.claim(Letter, lease=LEASE) is None


def test_postponed_work_is_due_later_and_parked_when_its_claims_are_used_up(at: At) -> None:
    at("2026-11-22 10:00")
    job()
    for attempt in (1, 2):
        row = claim()
        durable.postpone(row, "no link", delay=timedelta(minutes=1), max_claims=3)
        assert (now(row).state, now(row).attempts, now(row).last_error) == (JobState.WAITING, attempt, "no link")
        assert durable.claim(Letter, lease=LEASE) is None
        at(f"2026-11-22 10:0{attempt}")
    durable.postpone(claim(), "no link", delay=timedelta(minutes=1), max_claims=3)
    assert now(row).state == JobState.PARKED


def test_trouble_that_is_not_the_rows_own_never_parks_it() -> None:
    job()
    for _ in range(10):
        durable.postpone(claim(), "server away", delay=timedelta(0), counts=False, max_claims=1)
    assert Letter.objects.get().state == JobState.WAITING


def test_staff_may_let_given_up_work_wait_again() -> None:
    parked, refused, done = job(state="parked", attempts=9), job(state="refused"), job(state="done")
    secret = job(state="parked", sealed=True)
    assert [durable.retry(row) for row in (parked, refused, done, secret)] == [True, True, False, False]
    assert (now(parked).state, now(parked).attempts, now(parked).finished_at) == (JobState.WAITING, 0, None)
    assert (now(done).state, now(secret).state) == (JobState.DONE, JobState.PARKED)


@pytest.mark.parametrize("outcome", OUTCOMES[:3])
def test_a_secret_goes_with_the_outcome(outcome: Callable[[Letter], None]) -> None:
    job(sealed=True, body_text="token", body_html="token")
    row = claim()
    outcome(row)
    assert (now(row).body_text, now(row).body_html) == ("", "")


def test_a_secret_goes_when_its_claims_run_out_as_well() -> None:
    row = job(sealed=True, body_text="token", body_html="token", attempts=3)
    assert durable.claim(Letter, lease=LEASE, max_claims=3) is None
    assert (now(row).state, now(row).body_text) == (JobState.PARKED, "")


def test_delays_grow_up_to_a_bound() -> None:
    delays = [durable.backoff(attempt).total_seconds() for attempt in (0, 1, 2, 3, 7, 8, 1000)]
    assert delays == [30, 30, 60, 120, 1920, 3600, 3600]


# --- Rows that always fail -------------------------------------------------------------------------------------------
def test_a_row_that_kills_its_workers_is_parked_and_stops_nobody() -> None:
    poison, healthy = job(due_at=clock.now() - timedelta(days=1)), job()
    for _ in range(3):
        row = claim()
        assert row == poison
        run_out(row)  # the worker died without an outcome
    with capture_logs() as logs:
        assert claim() == healthy
    assert now(poison).state == JobState.PARKED
    assert [(entry["event"], entry["job_id"]) for entry in logs] == [("durable.parked", poison.pk)]


def _poisoned(row: Letter) -> None:
    if row.subject == "poison":
        raise ValueError("the secret is xyzzy")
    durable.finish(row)


def _drain(work: Callable[[Letter], None] = _poisoned) -> int:
    return durable.drain(lambda: durable.claim(Letter, lease=LEASE), work)


def test_a_row_that_raises_is_handed_back_and_those_behind_it_are_done(at: At, settings: Settings) -> None:
    settings.DURABLE_MAX_CLAIMS = 2
    at("2026-11-22 10:00")
    poison, healthy = job(subject="poison"), job()
    with capture_logs() as logs:
        assert _drain() == 2
    assert (now(poison).state, now(healthy).state) == (JobState.WAITING, JobState.DONE)
    assert "xyzzy" not in now(poison).last_error + str(logs)
    assert re.fullmatch(r"ValueError( \w+\.py:\d+)+", now(poison).last_error)
    at("2026-11-22 10:01")
    _drain()
    assert now(poison).state == JobState.PARKED


def test_without_handing_back_the_others_would_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "_work_off", lambda row, work: work(row))
    job(subject="poison")
    healthy = job()
    with pytest.raises(ValueError, match="xyzzy"):
        _drain()
    assert now(healthy).state == JobState.WAITING


def test_with_the_database_in_trouble_the_claim_stays_until_it_runs_out() -> None:
    def broken(row: Letter) -> None:
        raise OperationalError("the server closed the connection unexpectedly")

    row = job()
    with pytest.raises(OperationalError):
        _drain(broken)
    assert now(row).is_claimed


def test_a_lost_claim_does_not_end_the_drain() -> None:
    def slow(row: Letter) -> None:
        Letter.objects.filter(pk=row.pk).update(claim_token=uuid4())
        durable.finish(row)

    job()
    job()
    with capture_logs() as logs:
        assert _drain(slow) == 2
    assert [entry["event"] for entry in logs] == ["durable.claim_lost"] * 2


def test_a_drain_has_an_end() -> None:
    for _ in range(5):
        job()
    assert durable.drain(lambda: durable.claim(Letter, lease=LEASE), durable.finish, most=3) == 3


def test_attempts_are_counted_by_the_database() -> None:
    row = job(attempts=2)
    Letter.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1)  # another worker claims it meanwhile
    assert durable.claim(Letter, lease=LEASE, max_claims=9).attempts == 4  # type: ignore[union-attr]
