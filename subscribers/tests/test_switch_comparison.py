"""The nightly comparison of the switch with the facts, as a task and as a command."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from accounts.models import Account
from accounts.tests.factories import AccountFactory
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from sipcabinet.tests.durable_rows import in_threads
from subscribers import tasks
from subscribers.models import Provisioning, ProvisioningJob, SipAccount, Subscriber, SubscriberStatus
from subscribers.services import operations
from subscribers.switch import comparison, jobs, provisioning
from subscribers.switch.comparison import SwitchCounts
from subscribers.tests.factories import NumberFactory, ServiceAssignmentFactory, TrunkFactory
from subscribers.tests.scripted_switch import ScriptedSwitch, use, versions
from subscribers.tests.sip_factories import SipAccountFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch) -> ScriptedSwitch:
    return use(ScriptedSwitch(), monkeypatch)


@pytest.fixture
def trunk(account: Account, switch: ScriptedSwitch) -> Subscriber:
    """A trunk whose state is applied on the switch."""
    trunk = TrunkFactory.create(account=account)
    SipAccountFactory.create(trunk=trunk)
    provisioning.want(subscriber=trunk)
    jobs.drain()
    return trunk


def changed_behind(trunk: Subscriber) -> None:
    """Changes facts without a request to the switch."""
    ServiceAssignmentFactory.create(subscriber=trunk)


def lose_job(trunk: Subscriber) -> None:
    provisioning.want(subscriber=trunk)
    ProvisioningJob.objects.filter(subscriber=trunk, state=JobState.WAITING).delete()


# --- What is found ---------------------------------------------------------------------------------------------------
def test_where_all_is_well_nothing_is_written(trunk: Subscriber) -> None:
    assert comparison.run() == SwitchCounts(checked=1)
    assert ProvisioningJob.objects.count() == 1


def test_a_lost_job_is_done(trunk: Subscriber, switch: ScriptedSwitch) -> None:
    lose_job(trunk)
    assert jobs.drain() == 0
    tasks.compare_switch()
    jobs.drain()
    assert versions(trunk.pk) == (3, 3)
    assert comparison.run() == SwitchCounts(checked=1)


def test_a_job_under_way_is_left_alone(trunk: Subscriber) -> None:
    provisioning.want(subscriber=trunk)
    assert comparison.run() == SwitchCounts(checked=1)
    assert versions(trunk.pk) == (2, 1)


def test_facts_win(trunk: Subscriber, switch: ScriptedSwitch) -> None:
    changed_behind(trunk)
    assert comparison.run() == SwitchCounts(checked=1, changed=1)
    jobs.drain()
    assert len(switch.state(trunk.pk)["services"]) == 1


def test_a_number_the_switch_never_heard_of(trunk: Subscriber) -> None:
    NumberFactory.create(trunk=trunk)
    NumberFactory.create(trunk=trunk, status=SubscriberStatus.CLOSED, closed_at=clock.now())
    assert comparison.run() == SwitchCounts(checked=3, changed=1)
    assert Provisioning.objects.count() == 2


def test_a_switch_that_is_not_as_it_was_told(trunk: Subscriber, switch: ScriptedSwitch) -> None:
    switch.spoilt = {trunk.pk: 9}
    assert comparison.run() == SwitchCounts(checked=1, differing=1)
    jobs.drain()
    assert versions(trunk.pk) == (10, 10)


def test_a_record_that_is_not_what_was_wanted(trunk: Subscriber) -> None:
    Provisioning.objects.update(applied={})
    assert comparison.run() == SwitchCounts(checked=1, differing=1)


def test_jobs_given_up_stay_with_staff(trunk: Subscriber) -> None:
    provisioning.want(subscriber=trunk)
    ProvisioningJob.objects.filter(version=2).update(state=JobState.PARKED)
    assert comparison.run() == SwitchCounts(checked=1, given_up=1)
    assert versions(trunk.pk) == (2, 1)


def test_a_job_given_up_long_ago_hides_no_lost_one(trunk: Subscriber) -> None:
    ProvisioningJob.objects.filter(version=1).update(state=JobState.PARKED)
    lose_job(trunk)
    assert comparison.run() == SwitchCounts(checked=1, lost=1)


def test_a_switch_in_trouble_stops_only_the_comparison(trunk: Subscriber, switch: ScriptedSwitch) -> None:
    changed_behind(NumberFactory.create(trunk=trunk))
    switch.away = True
    assert comparison.run() == SwitchCounts(checked=2, changed=1, unread=1)


def test_an_unreadable_password_stops_nobody_else(trunk: Subscriber, switch: ScriptedSwitch) -> None:
    SipAccount.objects.update(password_sealed="gAAAAA")
    number = NumberFactory.create(trunk=trunk)
    provisioning.want(subscriber=number)
    jobs.drain()
    switch.spoilt = {number.pk: 1}
    assert comparison.run() == SwitchCounts(checked=2, differing=1, unread=1)


def test_batches_leave_nobody_out(trunk: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "BATCH", 2)
    for _ in range(4):
        NumberFactory.create(trunk=trunk)
    seen: list[int] = []
    assert comparison.run(progress=seen.append) == SwitchCounts(checked=5, changed=4)
    assert seen == [2, 2, 1]


@pytest.mark.django_db(transaction=True)
def test_who_is_being_changed_just_now_is_left_alone() -> None:
    trunk = TrunkFactory.create()
    with transaction.atomic():
        operations.locked(trunk)
        assert in_threads(1, lambda _: comparison.run()) == [SwitchCounts(busy=1)]
    assert comparison.run() == SwitchCounts(checked=1, changed=1)


# --- The command -----------------------------------------------------------------------------------------------------
def command(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """The command's output; stderr if it refuses."""
    if code:
        with pytest.raises(SystemExit) as end:
            call_command("reconcile_provisioning", *words)
        assert end.value.code == code
    else:
        call_command("reconcile_provisioning", *words)
    said = capsys.readouterr()
    if code == 2:
        assert said.err.count("\n") == 1
        return said.err
    return said.out


def test_a_dry_run_says_and_writes_nothing(trunk: Subscriber, capsys: pytest.CaptureFixture[str]) -> None:
    changed_behind(trunk)
    said = json.loads(command(capsys, "--dry-run", "--json"))
    assert said == {
        "checked": 1, "changed": 1, "lost": 0, "differing": 0, "given_up": 0, "busy": 0, "unread": 0,
    }  # fmt: skip
    assert versions(trunk.pk) == (1, 1)
    assert "changed 1" in command(capsys)
    assert versions(trunk.pk) == (2, 1)


def test_one_account_alone(trunk: Subscriber, capsys: pytest.CaptureFixture[str]) -> None:
    TrunkFactory.create(account=AccountFactory.create())
    assert json.loads(command(capsys, "--account", trunk.account.number, "--json"))["checked"] == 1
    assert not ProvisioningJob.objects.exclude(subscriber=trunk).exists()


def test_partial_success_is_three(
    trunk: Subscriber, switch: ScriptedSwitch, capsys: pytest.CaptureFixture[str]
) -> None:
    switch.away = True
    assert "unread 1" in command(capsys, code=3)


def test_what_cannot_be_done_is_one_line(capsys: pytest.CaptureFixture[str], settings: Any, db: None) -> None:
    assert "нет лицевого счёта 999" in command(capsys, "--account", "999", code=2)
    settings.PROVISIONING_BACKEND = "asterisk"
    assert "PROVISIONING_BACKEND" in command(capsys, code=2)
