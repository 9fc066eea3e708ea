"""Applies states to the switch: claims jobs and sends the present desired state of each job's subscriber."""

from datetime import timedelta

import structlog
from django.db import transaction

from sipcabinet.lib import clock, durable
from subscribers.models import Provisioning, ProvisioningJob
from subscribers.switch import backends, open_numbers, provisioning, tellings, transfers
from subscribers.switch.backends import Backend, RefusedError, TroubleError

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=1)  # at least twice the deadline of a switch backend
KEEP_TRYING = timedelta(hours=48)
LONGEST_WAIT = timedelta(minutes=5)


def drain() -> int:
    """Runs due jobs until none is left or the switch is in trouble; returns how many were tried.

    One drain at a time: a slow switch must not occupy all workers. In trouble it stops after one job. A process that
    still has the former switch leaves the jobs to the others. Raises ImproperlyConfigured before any job is claimed.
    """
    backend, trouble = backends.chosen(), False
    if transfers.is_outdated(backend.name):
        log.warning("provisioning.former_settings")
        return 0

    def next_job() -> ProvisioningJob | None:
        return None if trouble else durable.claim(ProvisioningJob, lease=LEASE)

    def work(job: ProvisioningJob) -> None:
        nonlocal trouble
        trouble = not tell(job, backend)

    with durable.alone("provisioning", silent_for=LEASE) as mine:
        return durable.drain(next_job, work) if mine else 0


def tell(job: ProvisioningJob, backend: Backend) -> bool:
    """One attempt at a claimed job, outside any transaction; False if the switch is in trouble. Raises ClaimLost.

    After a crash between the switch's commit and ours the same version is sent once more.
    """
    row = Provisioning.objects.get(pk=job.subscriber_id)
    if row.applied_version >= job.version and row.applied_on == backend.name:
        durable.finish(job)
        return True
    (telling,) = tellings.of([row])
    try:
        there = backend.tell(telling, open_numbers.today())
    except TroubleError as trouble:
        _wait(job, f"trouble: {trouble}")
        return False
    except RefusedError as refusal:
        durable.park(job, f"refused: {refusal}")
        return True
    if there == row.version:
        _record(job, row, backend.name)
    else:
        with transaction.atomic():
            durable.finish(job)
            go_beyond(row, there)
        log.warning("provisioning.late", job_id=job.pk, subscriber_id=row.pk, version=row.version, there=there)
    return True


def _record(job: ProvisioningJob, row: Provisioning, switch: str) -> None:
    with transaction.atomic():
        durable.finish(job)
        record(row, switch)
    log.info("provisioning.told", job_id=job.pk, subscriber_id=row.pk, version=row.version)


def record(row: Provisioning, switch: str) -> None:
    """Saves that this state is applied on the switch; never lowers `applied_version` if it has grown meanwhile."""
    told = {"applied": row.desired, "applied_version": row.version, "applied_at": clock.now(), "applied_on": switch}
    behind = Provisioning.objects.filter(pk=row.pk, applied_version__lt=row.version)
    if not behind.update(**told):
        Provisioning.objects.filter(pk=row.pk, applied_version=row.version).exclude(applied_on=switch).update(**told)


def go_beyond(row: Provisioning, there: int) -> None:
    """The switch has a later version. If that is not ours (after a database restore), saves ours with a later one."""
    if not Provisioning.objects.filter(pk=row.pk, version__gt=row.version).exists():
        provisioning.want_all([row.pk], above={row.pk: there})


def _wait(job: ProvisioningJob, error: str) -> None:
    """Postpones the job without counting an attempt (the switch's fault); parks it for staff after KEEP_TRYING."""
    age = clock.now() - job.created_at
    log.warning("provisioning.trouble", job_id=job.pk, error=error)
    if age > KEEP_TRYING:
        durable.park(job, error)
    else:
        delay = min(max(age, durable.FIRST_DELAY), LONGEST_WAIT)
        durable.postpone(job, error, delay=delay, counts=False)
