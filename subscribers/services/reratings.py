"""Re-rating of a month, ordered by staff and done by a worker with its progress (4.5)."""

import time
from datetime import timedelta

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.services import audit
from sipcabinet.lib import clock, constraints, durable
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from subscribers.calls import months, rerating
from subscribers.models import Rerating
from subscribers.rating import from_micro

log = structlog.get_logger(__name__)
TASK = "subscribers.drain_reratings"
LEASE = timedelta(minutes=30)  # longer than the transaction of the largest trunk
_PAUSE = 1.0  # seconds between two writes of the progress


class ReratingError(DomainError):
    """The month cannot be re-rated now."""

    code = "rerating.refused"


def order(*, month: Month, is_rehearsal: bool, actor: Actor) -> Rerating:
    """Orders the re-rating of all calls of an open month, or its rehearsal, which writes nothing.

    Of two people who order at once one gets ReratingError, which names the other. Raises MonthClosedError.
    """
    if months.closed(month):
        raise months.MonthClosedError(month)
    with transaction.atomic():
        with constraints.refused(lambda: _under_way(month), "one_rerating_of_a_month"):
            job = Rerating.objects.create(
                month=month.first_day,
                is_rehearsal=is_rehearsal,
                ordered_by=actor.user,
                total=rerating.size(month=month),
            )
        told = _("Начат пробный пересчёт звонков за %(month)s") if is_rehearsal else _("Начат пересчёт за %(month)s")
        _record("rerating.ordered", job, told % {"month": month.label}, actor)
        durable.hint(TASK)
    return job


def drain() -> int:
    """Does every due re-rating; returns how many were claimed."""
    return durable.drain(lambda: durable.claim(Rerating, lease=LEASE), work)


def work(job: Rerating) -> None:
    """Re-rates the month of a claimed job. A month that has closed ends the job for good. Raises ClaimLost."""
    month = Month.of(job.month)
    try:
        found = rerating.rerate(month=month, dry_run=job.is_rehearsal, progress=_Progress(job))
    except months.MonthClosedError as refusal:
        durable.refuse(job, refusal.message)
        return
    with transaction.atomic():
        durable.finish(
            job,
            checked=found.calls,
            changed=found.changed,
            without_rate=found.without_rate,
            imports=found.imports,
            before=from_micro(found.before),
            after=from_micro(found.after),
        )
        if not job.is_rehearsal:
            told = _("Пересчитаны звонки за %(month)s: проверено %(calls)d, изменилось %(changed)d")
            counts = {"calls": found.calls, "changed": found.changed}
            _record("rerating.done", job, told % {"month": month.label, **counts}, Actor(), **counts)


class _Progress:
    """Writes how many calls are checked, and keeps the claim. Inside a trunk's transaction nobody would see it."""

    def __init__(self, job: Rerating) -> None:
        self._job = job
        self._told = time.monotonic()

    def __call__(self, calls: int) -> None:
        if connection.in_atomic_block or time.monotonic() - self._told < _PAUSE:
            return
        durable.renew(self._job, lease=LEASE)
        Rerating.objects.filter(pk=self._job.pk).update(checked=calls)
        self._told = time.monotonic()


def _under_way(month: Month) -> ReratingError:
    job = Rerating.objects.filter(month=month.first_day, state=durable.JobState.WAITING).first()
    if job is None:
        return ReratingError(_("Пересчёт за %(month)s только что закончился") % {"month": month.label})
    told = {
        "month": month.label,
        "who": job.ordered_by and job.ordered_by.name,
        "at": clock.show_moment(job.created_at),
    }
    return ReratingError(_("Пересчёт за %(month)s уже идёт: %(who)s, %(at)s") % told)


def _record(action: str, job: Rerating, summary: str, actor: Actor, **details: int) -> None:
    about = {"rerating_id": job.pk, "month": Month.of(job.month).code, "is_rehearsal": job.is_rehearsal, **details}
    audit.record(action=action, user=actor.user, address=actor.address, summary=summary, details=about)
