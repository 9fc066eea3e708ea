"""A transfer of everything to a switch: begun by itself, part by part, beside changes; and what each guard is for."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from accounts.actor import Actor
from accounts.models import Account, AuditEvent
from accounts.tests.factories import StaffFactory
from sipcabinet.lib import clock, durable
from sipcabinet.lib.durable import ClaimLost, JobState
from sipcabinet.tests.at_once import at_once
from subscribers import tasks
from subscribers.models import Provisioning, ProvisioningJob, SipAccount, Subscriber, SubscriberStatus, SwitchTransfer
from subscribers.services import restrictions
from subscribers.switch import backends, jobs, provisioning, sip_passwords, transfer_work, transfers
from subscribers.switch.backends import RefusedError, TroubleError
from subscribers.switch.transfers import TransferError
from subscribers.tests.factories import NumberFactory, ServiceAssignmentFactory, TrunkFactory
from subscribers.tests.scripted_switch import ScriptedSwitch, use, versions
from subscribers.tests.sip_factories import SipAccountFactory

pytestmark = pytest.mark.django_db


class Compared(ScriptedSwitch):
    """A scripted switch that compares what it has with what it should have."""

    def differing(self, tellings: Any) -> dict[int, int]:
        super().differing(tellings)
        found = {}
        for telling in tellings:
            known = self.states.get(telling.subscriber_id)
            if known != telling:
                found[telling.subscriber_id] = known.version if known else 0
        return found


@pytest.fixture
def former(monkeypatch: pytest.MonkeyPatch) -> ScriptedSwitch:
    return use(Compared(name="former"), monkeypatch)


@pytest.fixture
def several(account: Account, former: ScriptedSwitch) -> list[Subscriber]:
    """A trunk with three numbers, all on the former switch, which the portal knows to be its own."""
    trunk = TrunkFactory.create(account=account)
    SipAccountFactory.create(trunk=trunk)
    rows = [trunk, *(NumberFactory.create(trunk=trunk) for _ in range(3))]
    ServiceAssignmentFactory.create(subscriber=rows[1])
    provisioning.want_all([row.pk for row in rows])
    jobs.drain()
    tasks.follow_switch()
    finish()
    return rows


@pytest.fixture
def switch(several: list[Subscriber], monkeypatch: pytest.MonkeyPatch) -> ScriptedSwitch:
    """The new switch: the portal was restarted with it."""
    restarted(monkeypatch)
    return use(Compared(name="new"), monkeypatch)


def restarted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfers, "STARTED", clock.now())


def finish() -> SwitchTransfer:
    for _part in range(50):
        if not transfer_work.drain():
            break
    return newest()


def newest() -> SwitchTransfer:
    job = transfers.newest()
    assert job is not None
    return job


def counts() -> tuple[str, int, int, int, int]:
    job = newest()
    return job.state, job.total, job.passed, job.changed, job.failed


# --- By itself -------------------------------------------------------------------------------------------------------
def test_another_switch_is_told_everything_by_itself(several: list[Subscriber], switch: ScriptedSwitch) -> None:
    tasks.follow_switch()
    tasks.drain_switch_transfers()
    assert counts() == (JobState.DONE, 4, 4, 4, 0)
    assert {pk: told.state for pk, told in switch.states.items()} == {
        row.pk: row.desired for row in Provisioning.objects.all()
    }
    assert switch.states[several[0].pk].password == "SipSecret23456789abc"
    assert switch.opened
    assert set(Provisioning.objects.values_list("applied_on", flat=True)) == {"new"}
    assert ProvisioningJob.objects.count() == 4  # none for the transfer
    told = AuditEvent.objects.filter(action__startswith="provisioning.transfer").order_by("-pk").first()
    assert told is not None
    assert "передано 4, не принято 0" in told.summary


def test_the_same_switch_is_left_alone(several: list[Subscriber]) -> None:
    tasks.follow_switch()
    assert SwitchTransfer.objects.count() == 1


def test_a_process_with_the_former_settings_neither_turns_back_nor_tells(
    several: list[Subscriber], former: ScriptedSwitch, switch: ScriptedSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.follow_switch()
    use(former, monkeypatch)
    told = len(former.told)
    restrictions.restrict(subscriber=several[1])
    tasks.follow_switch()
    assert (jobs.drain(), len(former.told)) == (0, told)
    assert transfer_work.drain() == 1  # postponed
    assert counts() == (JobState.WAITING, 4, 0, 0, 0)
    with pytest.raises(TransferError, match="перезапустите"):
        transfers.order(actor=Actor(reason="проверка"))
    restarted(monkeypatch)
    tasks.follow_switch()
    assert list(SwitchTransfer.objects.order_by("pk").values_list("switch", "state")) == [
        ("former", "done"), ("new", "refused"), ("former", "waiting"),
    ]  # fmt: skip


def test_what_such_a_process_told_too_late_comes_with_the_second_round(
    several: list[Subscriber], switch: ScriptedSwitch
) -> None:
    """It told the former switch a change after the transfer had passed the subscriber."""
    first = several[0].pk

    def told_there() -> None:
        restrictions.restrict(subscriber=several[0])
        row = Provisioning.objects.get(pk=first)
        jobs.record(row, "former")
        ProvisioningJob.objects.update(state=JobState.DONE)

    transfers.follow()
    tell, told = switch.tell, []

    def tell_and_change(*args: Any) -> int:
        there = tell(*args)
        told.append(there)
        if len(told) == 2:
            told_there()
        return there

    switch.tell = tell_and_change  # type: ignore[method-assign,assignment]
    assert finish().state == JobState.DONE
    assert switch.state(first)["outgoing_restricted"] is True
    assert counts() == (JobState.DONE, 4, 4, 5, 0)


def test_the_former_outdated_facts_and_lost_rows_are_told_too(
    several: list[Subscriber], switch: ScriptedSwitch
) -> None:
    ServiceAssignmentFactory.create(subscriber=several[2])
    ProvisioningJob.objects.filter(subscriber=several[3]).delete()
    Provisioning.objects.filter(pk=several[3].pk).delete()
    closed = NumberFactory.create(trunk=several[0], status=SubscriberStatus.CLOSED, closed_at=clock.now())
    transfers.follow()
    finish()
    assert counts() == (JobState.DONE, 5, 5, 4, 0)
    assert switch.state(several[2].pk)["services"]
    assert several[3].pk in switch.states
    assert closed.pk not in switch.states
    jobs.drain()
    assert not ProvisioningJob.objects.exclude(state=JobState.DONE).exists()


# --- Again -----------------------------------------------------------------------------------------------------------
def test_again_changes_nothing_on_an_equal_switch(several: list[Subscriber], former: ScriptedSwitch) -> None:
    before = list(Provisioning.objects.order_by("pk").values())
    told = len(former.told)
    transfers.order(actor=Actor(StaffFactory.create(), reason="После восстановления"))
    finish()
    assert counts() == (JobState.DONE, 4, 4, 0, 0)
    assert (len(former.told), list(Provisioning.objects.order_by("pk").values())) == (told, before)
    del former.states[several[2].pk]
    transfers.order(actor=Actor(reason="Потерян"))
    finish()
    assert counts() == (JobState.DONE, 4, 4, 1, 0)


def test_one_transfer_at_a_time_and_its_reason(several: list[Subscriber]) -> None:
    staff = StaffFactory.create(name="Анна Ким")
    with pytest.raises(TransferError) as refusal:
        transfers.order(actor=Actor(staff, reason=" "))
    assert refusal.value.code == "transfer.reason"
    with pytest.raises(TransferError):
        transfers.order(actor=Actor(staff, reason="x" * 301))
    transfers.order(actor=Actor(staff, reason="Новый сервер"))
    with pytest.raises(TransferError, match="уже идёт: Анна Ким"):
        transfers.order(actor=Actor(staff, reason="Новый сервер"))
    assert SwitchTransfer.objects.filter(state=JobState.WAITING).count() == 1


@pytest.mark.django_db(transaction=True)
def test_ordered_at_once_one_begins(former: ScriptedSwitch) -> None:
    def one() -> str:
        try:
            return transfers.order(actor=Actor(reason="вместе")).state
        except TransferError:
            return "refused"

    assert sorted(at_once([one] * 4)) == ["refused", "refused", "refused", "waiting"]
    transfer_work.drain()


@pytest.mark.django_db(transaction=True)
def test_followed_at_once_one_begins(former: ScriptedSwitch) -> None:
    assert len([job for job in at_once([transfers.follow] * 4) if job]) == 1


# --- In the middle ---------------------------------------------------------------------------------------------------
def test_it_works_part_by_part(
    several: list[Subscriber], switch: ScriptedSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer_work, "BATCH", 1)
    monkeypatch.setattr(transfer_work, "PART", 1e-9)
    ticks = iter(range(1000))
    monkeypatch.setattr("subscribers.switch.transfer_work.time.monotonic", lambda: next(ticks) * 1e-9 / 2)
    transfers.follow()
    seen = []
    for _part in range(20):
        if not transfer_work.drain():
            break
        seen.append(newest().passed)
    assert seen[0] == 1
    assert seen == sorted(seen)
    assert counts() == (JobState.DONE, 4, 4, 4, 0)


def test_trouble_waits_and_goes_on_where_it_was(several: list[Subscriber], switch: ScriptedSwitch, at: Any) -> None:
    moment = at("2026-11-22 10:00")
    transfers.follow()
    SwitchTransfer.objects.update(due_at=clock.now())
    switch.script = [None, None, TroubleError("away")]
    assert transfer_work.drain() == 1
    job = newest()
    assert (job.state, job.passed, job.changed, job.last_error) == (JobState.WAITING, 2, 2, "trouble: away")
    assert job.trouble_since == clock.now()
    assert transfer_work.drain() == 0
    moment.shift(timedelta(minutes=1))
    told = len(switch.told)
    finish()
    assert counts() == (JobState.DONE, 4, 4, 4, 0)
    assert len(switch.told) == told + 2
    assert newest().trouble_since is None


def test_after_two_days_of_trouble_staff_are_told(several: list[Subscriber], switch: ScriptedSwitch, at: Any) -> None:
    moment = at("2026-11-22 10:00")
    transfers.follow()
    switch.away = True
    SwitchTransfer.objects.update(due_at=clock.now())
    transfer_work.drain()
    moment.shift(timedelta(hours=49))
    transfer_work.drain()
    assert newest().state == JobState.PARKED
    assert not durable.retry(newest())
    transfers.order(actor=Actor(reason="Исправлен"))


def test_single_faults_are_counted_and_the_others_told(several: list[Subscriber], switch: ScriptedSwitch) -> None:
    bad = several[2].pk
    tell = switch.tell

    def picky(telling: Any, opened: Any) -> int:
        if telling.subscriber_id == bad:
            raise RefusedError("DataError")
        return tell(telling, opened)

    switch.tell = picky  # type: ignore[method-assign,assignment]
    SipAccount.objects.update(password_sealed="spoilt")
    transfers.follow()
    finish()
    assert counts() == (JobState.DONE, 4, 4, 2, 2)
    assert newest().faults == [
        {"subscriber": several[0].pk, "reason": "password"},
        {"subscriber": bad, "reason": "refused: DataError"},
    ]
    assert set(switch.states) == {several[1].pk, several[3].pk}


def test_a_new_password_in_the_middle_wins(several: list[Subscriber], switch: ScriptedSwitch) -> None:
    """The password changes and is told while the transfer holds the former state in its hands."""

    def change() -> None:
        account = SipAccount.objects.get()
        account.password_sealed = sip_passwords.seal(several[0], "NewSecret23456789abc")
        account.password_changed_at = clock.now()
        account.save()
        provisioning.want(subscriber=several[0])
        jobs.drain()

    transfers.follow()
    switch.before = change
    finish()
    told = switch.states[several[0].pk]
    assert (told.password, told.version) == ("NewSecret23456789abc", versions(several[0].pk)[0])
    assert counts() == (JobState.DONE, 4, 4, 4, 0)
    assert versions(several[0].pk)[0] == versions(several[0].pk)[1]


def test_a_switch_that_has_later_versions_gets_ours(several: list[Subscriber], switch: ScriptedSwitch) -> None:
    transfers.follow()
    finish()
    pk = several[1].pk
    switch.states[pk] = replace(switch.states[pk], version=77, state={"connected": False})
    transfers.order(actor=Actor(reason="Чужая база"))
    finish()
    assert switch.states[pk].version == 78
    assert switch.states[pk].state["connected"] is True
    assert versions(pk) == (78, 78)


def test_a_superseded_transfer_stops_at_its_next_step(
    several: list[Subscriber], switch: ScriptedSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    transfers.follow()
    job = durable.claim(SwitchTransfer, lease=transfer_work.LEASE)
    assert job is not None
    third = Compared(name="third")

    def switched() -> None:
        restarted(monkeypatch)
        use(third, monkeypatch)
        transfers.follow()

    switch.before = switched
    with pytest.raises(ClaimLost):
        transfer_work.work(job)
    assert len(switch.told) == 1
    finish()
    assert set(third.states) == {row.pk for row in several}


# --- The command -----------------------------------------------------------------------------------------------------
def test_the_command_prints_counts(several: list[Subscriber], switch: ScriptedSwitch, capsys: Any) -> None:
    call_command("transfer_to_switch", "--json")
    assert json.loads(capsys.readouterr().out) == {
        "total": 4, "passed": 4, "changed": 4, "failed": 0, "trouble": "",
    }  # fmt: skip
    call_command("transfer_to_switch")
    assert capsys.readouterr().out.strip() == "total 4, passed 4, changed 0, failed 0"


def test_the_command_joins_and_tells_trouble(several: list[Subscriber], switch: ScriptedSwitch, capsys: Any) -> None:
    transfers.follow()
    spoilt = "spoilt"
    SipAccount.objects.update(password_sealed=spoilt)
    with pytest.raises(SystemExit) as ended:
        call_command("transfer_to_switch")
    assert ended.value.code == 3
    told = capsys.readouterr()
    assert told.out.strip() == "total 4, passed 4, changed 3, failed 1"
    assert told.err.strip() == f"not taken: subscriber {several[0].pk}, password"
    switch.away = True
    with pytest.raises(SystemExit) as ended:
        call_command("transfer_to_switch")
    assert ended.value.code == 3
    assert "trouble: away" in capsys.readouterr().out


def test_the_command_refuses_wrong_settings(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def wrong() -> None:
        raise ImproperlyConfigured("PROVISIONING_BACKEND is recording, or kamailio")

    monkeypatch.setattr(backends, "chosen", wrong)
    with pytest.raises(SystemExit) as ended:
        call_command("transfer_to_switch")
    assert ended.value.code == 2
    assert "PROVISIONING_BACKEND" in capsys.readouterr().err
