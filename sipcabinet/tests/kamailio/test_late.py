"""Workers that write late, and a switch that fails, with Kamailio's own schema."""

import threading
import time
from datetime import timedelta

import psycopg
import pytest
from pytest_django import Settings
from structlog.testing import capture_logs

from sipcabinet.lib.durable import JobState
from sipcabinet.tests.kamailio.switch import (
    NUMBER,
    Switch,
    tell_at,
    telling_of,
)
from subscribers.models import Provisioning, ProvisioningJob, Subscriber
from subscribers.services import restrictions
from subscribers.switch import jobs, open_numbers, provisioning
from subscribers.switch.backends import TroubleError, kamailio
from subscribers.switch.backends.kamailio import KamailioBackend

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]


# --- Late workers -----------------------------------------------------------------------------------------------------
def test_an_older_state_cannot_undo_a_newer_one(switch: Switch, number: Subscriber) -> None:
    backend = KamailioBackend(switch.url)
    old = telling_of(number, 1)
    restrictions.restrict(subscriber=number)
    assert tell_at(backend, number, 2) == 2
    assert backend.tell(old, []) == 2
    assert switch.groups(NUMBER) == {"outgoing-restricted"}
    assert switch.preferences(NUMBER[1:])["cabinet-version"] == ["2"]


def test_without_the_version_it_would(switch: Switch, number: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kamailio, "is_late", lambda _telling, _there: False)
    backend = KamailioBackend(switch.url)
    old = telling_of(number, 1)
    restrictions.restrict(subscriber=number)
    tell_at(backend, number, 2)
    backend.tell(old, [])
    assert switch.groups(NUMBER) == set()


def test_versions_told_at_once_end_with_the_latest(switch: Switch, number: Subscriber) -> None:
    states = [telling_of(number, version) for version in range(1, 9)]
    threads = [
        threading.Thread(target=KamailioBackend(switch.url).tell, args=(told, open_numbers.today())) for told in states
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert switch.preferences(NUMBER[1:])["cabinet-version"] == ["8"]
    assert len(switch.rows("SELECT * FROM dbaliases")) == 1


def test_after_a_restored_database_ours_becomes_the_latest(switch: Switch, number: Subscriber) -> None:
    tell_at(KamailioBackend(switch.url), number, 7)
    provisioning.want(subscriber=number)
    jobs.drain()
    row = Provisioning.objects.get(pk=number.pk)
    assert (row.version, row.applied_version) == (8, 8)
    assert switch.preferences(NUMBER[1:])["cabinet-version"] == ["8"]


# --- Trouble ----------------------------------------------------------------------------------------------------------
def test_a_switch_that_is_away_is_trouble(switch: Switch, number: Subscriber, settings: Settings) -> None:
    settings.KAMAILIO_DATABASE_URL = "postgres://kamailio:secret-of-url@127.0.0.1:1/kamailio"
    provisioning.want(subscriber=number)
    with capture_logs() as logs:
        jobs.drain()
    job = ProvisioningJob.objects.get()
    assert (job.state, job.attempts, job.last_error) == (JobState.WAITING, 0, "trouble: OperationalError")
    assert "secret-of-url" not in str(logs)
    assert NUMBER[1:] not in str(logs)


def test_a_locked_table_is_trouble_and_leaves_nothing_half(
    switch: Switch, number: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kamailio.LIMITS, "lock_timeout", "200")
    before = switch.everything()
    with psycopg.connect(switch.url) as holder:
        holder.execute("LOCK TABLE dbaliases IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(TroubleError, match="LockNotAvailable"):
            tell_at(KamailioBackend(switch.url), number, 1)
    assert switch.everything() == before


def test_one_deadline_for_the_whole_conversation(
    switch: Switch, number: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kamailio, "DEADLINE", timedelta(seconds=0.5))
    started = time.monotonic()
    with psycopg.connect(switch.url) as holder:
        holder.execute("LOCK TABLE dbaliases IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(TroubleError):
            tell_at(KamailioBackend(switch.url), number, 1)
    assert time.monotonic() - started < 3
    assert 2 * kamailio.DEADLINE <= jobs.LEASE


def test_what_does_not_fit_is_refused_and_said_without_its_value(switch: Switch, trunk: Subscriber) -> None:
    trunk.sip_account.platform.domain = "d" * 90
    trunk.sip_account.platform.save()
    provisioning.want(subscriber=trunk)
    with capture_logs() as logs:
        jobs.drain()
    job = ProvisioningJob.objects.get()
    assert (job.state, job.last_error) == (JobState.PARKED, "refused: StringDataRightTruncation")
    assert "ddd" not in str(logs)
