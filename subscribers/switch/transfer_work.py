"""The work of a transfer: passes all subscribers, compares each with the switch, and tells what is not there."""

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import PORTAL
from sipcabinet.lib import clock, durable
from sipcabinet.lib.durable import ClaimLost, ClockTimestamp, JobState
from sipcabinet.lib.seals import InvalidToken
from subscribers.models import Provisioning, Subscriber, SubscriberStatus, SwitchTransfer
from subscribers.switch import backends, facts, jobs, open_numbers, provisioning, tellings, transfers
from subscribers.switch.backends import Backend, RefusedError, TroubleError

log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=2)  # longer than one comparison and one telling, each with its deadline
PART = 20.0  # seconds of work, after which other tasks of the worker get their turn
BATCH = 100
LISTED = 100  # faults with their reasons
ROUNDS = 2
TRIES = 3


def drain() -> int:
    """Does a part of the transfer that is due; returns how many were claimed. Raises ImproperlyConfigured."""
    backends.chosen()
    return durable.drain(lambda: durable.claim(SwitchTransfer, lease=LEASE), work, most=1)


def work(job: SwitchTransfer) -> None:
    """Works for PART seconds on a claimed transfer, then gives it back. Raises ClaimLost."""
    backend = backends.chosen()
    if job.switch != backend.name:  # a process that has not been restarted yet
        durable.postpone(job, "", delay=durable.FIRST_DELAY, counts=False)
        return
    if job.began_at is None:
        _keep(job, began_at=clock.now())
    until = time.monotonic() + PART
    try:
        _keep_open(backend)
        while time.monotonic() < until:
            batch = _next(job)
            if batch:
                _pass(job, backend, batch)
            elif job.round < ROUNDS:
                _keep(job, round=job.round + 1, position=0, failed=0, faults=[])
            else:
                _end(job)
                return
    except TroubleError as trouble:
        _wait(job, f"trouble: {trouble}")
        return
    durable.postpone(job, "", delay=timedelta(0), counts=False)
    durable.hint(transfers.TASK)


def _keep_open(backend: Backend) -> None:
    try:
        backend.keep_open(open_numbers.today())
    except RefusedError as refusal:
        raise TroubleError(f"open numbers refused: {refusal}") from None


def _next(job: SwitchTransfer) -> list[int]:
    """Ids of the next subscribers. The second round passes those that the switch does not have: a process with the
    former settings told them to the former switch, or their state was refused."""
    if job.round == 1:
        rows = Subscriber.objects.filter(pk__gt=job.position).order_by("pk")
        return list(rows.values_list("pk", flat=True)[:BATCH])
    missing = Provisioning.objects.filter(pk__gt=job.position).exclude(applied_on=job.switch).order_by("pk")
    return list(missing.values_list("pk", flat=True)[:BATCH])


def _pass(job: SwitchTransfer, backend: Backend, batch: Sequence[int]) -> None:
    """Brings the desired states of the batch up to date, and tells those that differ on the switch."""
    _bring_up_to_date(batch)
    rows = {row.pk: row for row in Provisioning.objects.filter(pk__in=batch)}
    differing = _differing(backend, list(rows.values()))
    _mark([row for row in rows.values() if row.pk not in differing], job.switch)
    passed = job.passed
    for done, pk in enumerate(batch, start=1):
        if pk in differing:
            _tell(job, backend, pk, passed + done if job.round == 1 else passed)
    _keep(job, position=batch[-1], passed=passed + len(batch) if job.round == 1 else passed, trouble_since=None)


def _bring_up_to_date(batch: Sequence[int]) -> None:
    subscribers = list(Subscriber.objects.filter(pk__in=batch))
    states = facts.desired_of(subscribers)
    known = dict(Provisioning.objects.filter(pk__in=batch).values_list("pk", "desired"))
    closed = {row.pk for row in subscribers if row.status == SubscriberStatus.CLOSED}
    other = [pk for pk, state in states.items() if (known[pk] != state if pk in known else pk not in closed)]
    if other:
        provisioning.want_all(other)


def _differing(backend: Backend, rows: Sequence[Provisioning]) -> set[int]:
    """Those that are otherwise on the switch, and those that cannot be compared: telling them finds out why."""
    readable = tellings.readable(rows)
    unread = {row.pk for row in rows} - {telling.subscriber_id for telling in readable}
    try:
        return unread | set(backend.differing(readable))
    except RefusedError:
        return {row.pk for row in rows}


def _mark(equal: Sequence[Provisioning], switch: str) -> None:
    """Saves that the switch has these states. A state that has changed meanwhile has its own job."""
    of_version: dict[int, list[int]] = {}
    for row in equal:
        if row.applied_on != switch and row.applied_version == row.version:
            of_version.setdefault(row.version, []).append(row.pk)
    for version, pks in of_version.items():
        same = Provisioning.objects.filter(pk__in=pks, version=version, applied_version=version)
        same.update(applied_on=switch)
    for row in equal:
        if row.applied_version < row.version:
            jobs.record(row, switch)


def _tell(job: SwitchTransfer, backend: Backend, pk: int, passed: int) -> None:
    """Applies the present state of a subscriber. Raises TroubleError."""
    for _try in range(TRIES):
        row = Provisioning.objects.get(pk=pk)
        try:
            (telling,) = tellings.of([row])
            there = backend.tell(telling, open_numbers.today())
        except RefusedError as refusal:
            _fail(job, pk, passed, f"refused: {refusal}")
            return
        except (InvalidToken, ValueError):
            _fail(job, pk, passed, "password")
            return
        if there == row.version:
            _succeed(job, row, passed)
            return
        jobs.go_beyond(row, there)
    _fail(job, pk, passed, "later version")


def _succeed(job: SwitchTransfer, row: Provisioning, passed: int) -> None:
    with transaction.atomic():
        jobs.record(row, job.switch)
        _keep(job, position=row.pk, passed=passed, changed=job.changed + 1)


def _fail(job: SwitchTransfer, pk: int, passed: int, fault: str) -> None:
    log.warning("provisioning.not_transferred", transfer_id=job.pk, subscriber_id=pk, error=fault)
    listed = [*job.faults, {"subscriber": pk, "reason": fault}][:LISTED]
    with transaction.atomic():
        Provisioning.objects.filter(pk=pk).update(applied_on="")
        _keep(job, position=pk, passed=passed, failed=job.failed + 1, faults=listed)


def _keep(job: SwitchTransfer, **fields: Any) -> None:
    """Saves progress and extends the claim. Raises ClaimLost if another process has the job, or it was ended."""
    mine = SwitchTransfer.objects.filter(pk=job.pk, claim_token=job.claim_token, state=JobState.WAITING)
    if not mine.update(claimed_until=ClockTimestamp() + LEASE, **fields):
        raise ClaimLost
    for name, value in fields.items():
        setattr(job, name, value)


def _end(job: SwitchTransfer) -> None:
    summary = _("Передача на коммутатор закончена: передано %(changed)d, не принято %(failed)d")
    counts = {"passed": job.passed, "changed": job.changed, "failed": job.failed}
    with transaction.atomic():
        durable.finish(job)
        transfers.record("provisioning.transfer_ended", summary % counts, job, PORTAL, counts)
    log.info("provisioning.transferred", transfer_id=job.pk, **counts)


def _wait(job: SwitchTransfer, error: str) -> None:
    """Postpones the job, which is not at fault; gives it up if the switch has been away for too long."""
    since = job.trouble_since or clock.now()
    age = clock.now() - since
    log.warning("provisioning.trouble", transfer_id=job.pk, error=error)
    if age > jobs.KEEP_TRYING:
        durable.park(job, error)
    else:
        delay = min(max(age, durable.FIRST_DELAY), jobs.LONGEST_WAIT)
        durable.postpone(job, error, delay=delay, counts=False, trouble_since=since)
