"""Jobs for the switch: claims, trouble, refusals and late workers; and the effect of removing each guard."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from structlog.testing import capture_logs

from accounts.models import Account
from sipcabinet.lib import clock, durable
from sipcabinet.lib.durable import ClaimLost, JobState
from subscribers import tasks
from subscribers.models import Provisioning, ProvisioningJob, SipAccount, Subscriber
from subscribers.services import restrictions
from subscribers.switch import backends, jobs, provisioning
from subscribers.switch.backends import RefusedError, TroubleError
from subscribers.tests.factories import NumberFactory, TrunkFactory
from subscribers.tests.scripted_switch import ScriptedSwitch, claim, run_out, use, versions
from subscribers.tests.sip_factories import SipAccountFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch) -> ScriptedSwitch:
    return use(ScriptedSwitch(), monkeypatch)


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    trunk = TrunkFactory.create(account=account)
    SipAccountFactory.create(trunk=trunk)
    provisioning.want(subscriber=trunk)
    return trunk


def saved_jobs() -> list[tuple[int, str]]:
    return list(ProvisioningJob.objects.order_by("version", "pk").values_list("version", "state"))


# --- Applying a state ------------------------------------------------------------------------------------------------
def test_what_was_told_is_written_down(trunk: Subscriber) -> None:
    tasks.drain_provisioning()
    row = Provisioning.objects.get()
    assert (row.applied, row.applied_version, row.version) == (row.desired, 1, 1)
    assert row.applied_at is not None
    assert saved_jobs() == [(1, JobState.DONE)]


def test_the_present_state_is_told_once_for_all_its_jobs(trunk: Subscriber, switch: ScriptedSwitch) -> None:
    restrictions.restrict(subscriber=trunk)
    restrictions.lift(subscriber=trunk)
    restrictions.restrict(subscriber=trunk)
    assert jobs.drain() == 4
    assert [(told.version, told.state["outgoing_restricted"]) for told in switch.told] == [(4, True)]
    assert versions(trunk.pk) == (4, 4)
    assert {state for _version, state in saved_jobs()} == {JobState.DONE}


def test_the_password_comes_in_clear_for_the_telling_alone(trunk: Subscriber, switch: ScriptedSwitch) -> None:
    with capture_logs() as logs:
        jobs.drain()
    (told,) = switch.told
    assert told.password == "SipSecret23456789abc"
    written = (
        repr(list(Provisioning.objects.values()) + list(ProvisioningJob.objects.values())) + str(logs) + repr(told)
    )
    assert told.password not in written
    assert trunk.phone not in str(logs)


def test_a_trunk_by_addresses_gives_no_password(trunk: Subscriber, switch: ScriptedSwitch) -> None:
    SipAccount.objects.update(mode="by_address", allowed_addresses=["203.0.113.7"])
    provisioning.want(subscriber=trunk)
    jobs.drain()
    assert [told.password for told in switch.told] == [""]


# --- Trouble and refusals --------------------------------------------------------------------------------------------
def test_in_trouble_a_job_waits_without_using_up_its_claims(
    trunk: Subscriber, switch: ScriptedSwitch, at: Any, settings: Any
) -> None:
    settings.DURABLE_MAX_CLAIMS = 2
    moment = at("2026-11-22 10:00")
    ProvisioningJob.objects.update(created_at=clock.now(), due_at=clock.now())
    waits = []
    for _attempt in range(6):
        switch.script = [TroubleError("away")]
        assert jobs.drain() == 1
        job = ProvisioningJob.objects.get()
        assert (job.state, job.attempts, job.last_error) == (JobState.WAITING, 0, "trouble: away")
        waits.append(int((job.due_at - clock.now()).total_seconds()))
        moment.shift(job.due_at - clock.now())
    assert waits == [30, 30, 60, 120, 240, 300]
    jobs.drain()
    assert versions(trunk.pk) == (1, 1)


def test_a_drain_stops_at_trouble_and_leaves_the_others_their_claims(trunk: Subscriber, switch: ScriptedSwitch) -> None:
    number = NumberFactory.create(trunk=trunk)
    provisioning.want(subscriber=number)
    switch.script = [TroubleError("away")]
    assert jobs.drain() == 1
    assert jobs.drain() == 1
    assert (versions(trunk.pk), versions(number.pk)) == ((1, 0), (1, 1))


def test_trouble_for_two_days_is_told_to_staff(trunk: Subscriber, switch: ScriptedSwitch) -> None:
    switch.away = True
    ProvisioningJob.objects.update(created_at=clock.now() - timedelta(hours=49))
    jobs.drain()
    assert saved_jobs() == [(1, JobState.PARKED)]


def test_a_refusal_parks_one_job_and_stops_nobody(trunk: Subscriber, switch: ScriptedSwitch) -> None:
    number = NumberFactory.create(trunk=trunk)
    provisioning.want(subscriber=number)
    switch.script = [RefusedError("DataError")]
    with capture_logs() as logs:
        assert jobs.drain() == 2
    parked = ProvisioningJob.objects.get(subscriber=trunk)
    assert (parked.state, parked.last_error) == (JobState.PARKED, "refused: DataError")
    assert (versions(trunk.pk), versions(number.pk)) == ((1, 0), (1, 1))
    assert {"event": "durable.parked", "log_level": "error", "job": "subscribers.ProvisioningJob",
            "job_id": parked.pk, "attempts": 1} in logs  # fmt: skip
    assert durable.retry(parked)
    jobs.drain()
    assert versions(trunk.pk) == (1, 1)


def test_a_password_nobody_can_read_is_the_jobs_own_fault(trunk: Subscriber, switch: ScriptedSwitch) -> None:
    SipAccount.objects.update(password_sealed="gAAAAA")
    jobs.drain()
    job = ProvisioningJob.objects.get()
    assert (job.state, job.attempts) == (JobState.WAITING, 1)
    assert job.last_error.startswith("InvalidToken")
    assert switch.told == []


def test_wrong_settings_claim_nothing(trunk: Subscriber, settings: Any) -> None:
    settings.PROVISIONING_BACKEND = "asterisk"
    with pytest.raises(ImproperlyConfigured):
        jobs.drain()
    assert ProvisioningJob.objects.get().attempts == 0


# --- Expired claims, late workers ------------------------------------------------------------------------------------
def test_a_worker_killed_before_its_outcome_is_followed_by_another(trunk: Subscriber, switch: ScriptedSwitch) -> None:
    run_out(claim())
    assert jobs.drain() == 1
    assert versions(trunk.pk) == (1, 1)


def test_a_worker_killed_after_telling_tells_the_same_once_more(
    trunk: Subscriber, switch: ScriptedSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "_record", lambda _job, _row, _switch: None)  # killed here
        job = claim()
        jobs.tell(job, switch)
    run_out(job)
    jobs.drain()
    assert [told.version for told in switch.told] == [1, 1]
    assert versions(trunk.pk) == (1, 1)


def slow_and_quick(trunk: Subscriber, switch: ScriptedSwitch) -> ProvisioningJob:
    """A worker that has read the first state is paused; meanwhile another worker applies the second state."""
    slow = claim()

    def meanwhile() -> None:
        run_out(slow)
        restrictions.restrict(subscriber=trunk)
        while (job := durable.claim(ProvisioningJob, lease=jobs.LEASE)) is not None:
            jobs.tell(job, switch)

    switch.before = meanwhile
    return slow


def test_a_late_worker_undoes_nothing(trunk: Subscriber, switch: ScriptedSwitch) -> None:
    slow = slow_and_quick(trunk, switch)
    with pytest.raises(ClaimLost):
        jobs.tell(slow, switch)
    row = Provisioning.objects.get()
    assert (row.version, row.applied_version, row.applied["outgoing_restricted"]) == (2, 2, True)
    assert switch.state(trunk.pk)["outgoing_restricted"] is True
    assert ProvisioningJob.objects.count() == 2


class Forgetful(ScriptedSwitch):
    """A switch without a version guard."""

    def tell(self, telling: Any, open_numbers: Any) -> int:
        self.states.pop(telling.subscriber_id, None)
        if self.before is not None:
            before, self.before = self.before, None
            before()
        self.states.pop(telling.subscriber_id, None)
        return super().tell(telling, open_numbers)


def test_without_the_claim_the_record_still_goes_forward_only(
    trunk: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch = use(Forgetful(), monkeypatch)
    slow = slow_and_quick(trunk, switch)
    monkeypatch.setattr(durable, "finish", lambda _row: None)
    jobs.tell(slow, switch)
    row = Provisioning.objects.get()
    assert (row.applied_version, row.applied["outgoing_restricted"]) == (2, True)


def test_without_that_too_it_would_go_back(trunk: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    switch = use(Forgetful(), monkeypatch)
    slow = slow_and_quick(trunk, switch)
    monkeypatch.setattr(durable, "finish", lambda _row: None)
    real = QuerySet.filter

    def unguarded(self: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs.pop("applied_version__lt", None)
        return real(self, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "filter", unguarded)
    jobs.tell(slow, switch)
    assert Provisioning.objects.get().applied_version == 1


def test_a_state_that_changed_while_it_was_told_is_told_again(trunk: Subscriber, switch: ScriptedSwitch) -> None:
    switch.before = lambda: restrictions.restrict(subscriber=trunk)
    assert jobs.drain() == 2
    assert [(told.version, told.state["outgoing_restricted"]) for told in switch.told] == [(1, False), (2, True)]
    assert versions(trunk.pk) == (2, 2)


def test_a_switch_that_knows_more_than_we_do_gets_a_later_version(trunk: Subscriber, switch: ScriptedSwitch) -> None:
    jobs.drain()
    switch.states[trunk.pk] = backends.Telling(trunk.pk, 40, {})
    restrictions.restrict(subscriber=trunk)
    jobs.drain()
    assert versions(trunk.pk) == (41, 41)
    assert switch.state(trunk.pk)["outgoing_restricted"] is True
