"""Durable work: the queue is a database table, and only its rows say what is to be done.

A row is written in the transaction of the business fact that orders the work. Workers claim the next due row, do the
work, and write the outcome only while they hold the claim. Celery only carries hints that some row may be due: a hint
that is lost or sent twice changes nothing.
"""

import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any, ClassVar, TypeVar

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, models, transaction
from django.db.models import F, Q
from django.db.models.expressions import Func
from django.utils.translation import gettext_lazy as _

from sipcabinet.lib import clock, locks, metrics

log = structlog.get_logger(__name__)
ERROR_LENGTH = 2000
FIRST_DELAY = timedelta(seconds=30)
STALLED_AFTER = timedelta(minutes=30)  # no worker has come for due work: longer than any lease and any run of beat
SHOWN_FOR = timedelta(days=30)  # what ended so long ago asks for no decision any more


class ClockTimestamp(Func):
    """PostgreSQL's `clock_timestamp()`: one clock for all workers, which also moves within a transaction."""

    function = "clock_timestamp"
    output_field = models.DateTimeField()


class JobState(models.TextChoices):
    """States of durable work: waiting → done | refused | parked. A worker has a waiting row while its claim runs."""

    WAITING = "waiting", _("ожидает")
    DONE = "done", _("выполнено")
    REFUSED = "refused", _("не доставлено")  # the other side refused for good: only staff may try again
    PARKED = "parked", _("ошибка")  # claimed too often without an outcome: staff must check it


class DurableJob(models.Model):
    """One piece of ordered work that is never lost (architecture: «Durable work»).

    `attempts` counts claims since `postpone(…, counts=False)` last reset the count.
    """

    due_at = models.DateTimeField(_("срок"), default=clock.now)
    state = models.CharField(_("состояние"), max_length=8, choices=JobState.choices, default=JobState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("попыток"), default=0)
    claim_token = models.UUIDField(null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.TextField(_("последняя ошибка"), blank=True)
    dedupe_key = models.CharField(max_length=200, null=True, blank=True, unique=True, editable=False)
    created_at = models.DateTimeField(_("создано"), default=clock.now, editable=False)
    finished_at = models.DateTimeField(_("завершено"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state=JobState.WAITING), name="%(class)s_due"),
            # Few rows end so; without the index each count would read all letters ever sent.
            models.Index(
                fields=["finished_at"],
                condition=Q(state__in=[JobState.REFUSED, JobState.PARKED]),
                name="%(class)s_stopped",
            ),
        ]

    @property
    def is_claimed(self) -> bool:
        """Whether a worker has the row now, by this process's clock: use it to show the state, not to decide."""
        return self.state == JobState.WAITING and self.claimed_until is not None and self.claimed_until > clock.now()

    @property
    def is_repeatable(self) -> bool:
        """Whether staff may start the work again («ещё раз») after it was refused or parked."""
        return True

    def wiped(self) -> dict[str, Any]:
        """Columns to overwrite when the work is done, refused or parked: secrets that only the work needed."""
        return {}


J = TypeVar("J", bound=DurableJob)


class ClaimLost(Exception):  # noqa: N818 - somebody else's success is no error
    """The claim ran out and another worker may have the row: this worker must not write its outcome."""


def stopped() -> Q:
    """Rows that ended without success in the last SHOWN_FOR: only staff can start them again."""
    return Q(state__in=[JobState.PARKED, JobState.REFUSED], finished_at__gte=clock.now() - SHOWN_FOR)


def stalled() -> Q:
    """Rows that have been due for STALLED_AFTER, and that no worker has: the workers of their queue stand still."""
    since = clock.now() - STALLED_AFTER
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=since)
    return Q(free, state=JobState.WAITING, due_at__lte=since)


def claim(model: type[J], *, lease: timedelta, max_claims: int | None = None) -> J | None:
    """Takes the next due row for `lease`, or returns None.

    Locks the row only for a short transaction of this call (SKIP LOCKED), so do not call it inside another transaction.
    A row claimed `max_claims` times without an outcome is parked and the next row is tried: a row that always fails
    does not stop the rows behind it.
    """
    limit = max_claims or settings.DURABLE_MAX_CLAIMS
    while True:
        with transaction.atomic(durable=True):
            row = _next_due(model)
            if row is None:
                return None
            if row.attempts < limit:
                return _take(row, lease)
            park(row, row.last_error or "claims ran out without an outcome")


def _next_due(model: type[J]) -> J | None:
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=ClockTimestamp())
    due = model._default_manager.filter(free, state=JobState.WAITING, due_at__lte=clock.now())
    return due.order_by("due_at", "pk").select_for_update(skip_locked=True, of=("self",)).first()


def _take(row: J, lease: timedelta) -> J:
    type(row)._default_manager.filter(pk=row.pk).update(
        attempts=F("attempts") + 1, claim_token=uuid.uuid4(), claimed_until=ClockTimestamp() + lease
    )
    row.refresh_from_db()
    return row


def _settle(row: DurableJob, **fields: Any) -> None:
    mine = type(row)._default_manager.filter(pk=row.pk, claim_token=row.claim_token, state=JobState.WAITING)
    if not mine.update(claim_token=None, claimed_until=None, **fields):
        raise ClaimLost
    if metrics.is_kept():
        kind, outcome = str(row._meta.model_name), str(fields.get("state", "postponed"))
        transaction.on_commit(lambda: metrics.work_ended(kind, outcome), robust=True)


def finish(row: DurableJob, **fields: Any) -> None:
    """Writes the outcome «done» and `fields`. Raises ClaimLost, so that the caller's transaction rolls back.

    Call it inside the transaction that writes the results of the work.
    """
    ended = {"state": JobState.DONE, "finished_at": clock.now(), "last_error": "", **row.wiped()}
    _settle(row, **{**ended, **fields})


def refuse(row: DurableJob, error: str, **fields: Any) -> None:
    """Writes the outcome «refused for good»; raises ClaimLost."""
    ended = {"state": JobState.REFUSED, "finished_at": clock.now(), **row.wiped()}
    _settle(row, last_error=error[:ERROR_LENGTH], **{**ended, **fields})


def park(row: DurableJob, error: str, **fields: Any) -> None:
    """Writes the outcome «ошибка»: staff see the row and only they can start it again. Raises ClaimLost."""
    ended = {"state": JobState.PARKED, "finished_at": clock.now(), **row.wiped()}
    _settle(row, last_error=error[:ERROR_LENGTH], **{**ended, **fields})
    log.error("durable.parked", job=row._meta.label, job_id=row.pk, attempts=row.attempts)


def postpone(
    row: DurableJob,
    error: str,
    *,
    delay: timedelta,
    counts: bool = True,
    max_claims: int | None = None,
    **fields: Any,
) -> None:
    """Gives the row back, due again after `delay`. Raises ClaimLost.

    Parks the row after `max_claims` attempts. With `counts=False` the count of attempts starts again (the remote server
    failed, not this row); the caller limits the retries.
    """
    if not counts:
        fields = {"attempts": 0, **fields}
    elif row.attempts >= (max_claims or settings.DURABLE_MAX_CLAIMS):
        park(row, error, **fields)
        return
    _settle(row, last_error=error[:ERROR_LENGTH], due_at=clock.now() + delay, **fields)


def renew(row: DurableJob, *, lease: timedelta) -> None:
    """Extends the claim by `lease` during long work. Raises ClaimLost when this worker no longer holds the claim."""
    mine = type(row)._default_manager.filter(pk=row.pk, claim_token=row.claim_token, state=JobState.WAITING)
    if not mine.update(claimed_until=ClockTimestamp() + lease):
        raise ClaimLost


def retry(row: DurableJob, *, due_at: datetime | None = None) -> bool:
    """Staff's «ещё раз»: a parked or refused row waits again with `attempts` 0. False when it cannot be retried."""
    if not row.is_repeatable:
        return False
    ended = type(row)._default_manager.filter(pk=row.pk, state__in=[JobState.PARKED, JobState.REFUSED])
    again = {"state": JobState.WAITING, "attempts": 0, "due_at": due_at or clock.now(), "finished_at": None}
    return bool(ended.update(claim_token=None, claimed_until=None, **again))


def backoff(attempts: int, *, most: timedelta = timedelta(hours=1)) -> timedelta:
    """Delay after the n-th attempt: half a minute, doubled each time, up to `most`."""
    return min(FIRST_DELAY * (1 << min(max(0, attempts - 1), 20)), most)


def hint(task_name: str) -> None:
    """After the commit, asks a worker to look for due rows. A lost hint is harmless: beat soon sends another one."""
    transaction.on_commit(lambda: _send_hint(task_name), robust=True)


def _send_hint(task_name: str) -> None:
    from celery import current_app
    from kombu.exceptions import KombuError
    from redis.exceptions import RedisError

    try:
        current_app.send_task(task_name, expires=settings.DRAIN_EVERY_SECONDS * 4, retry=False)
    except (KombuError, RedisError, OSError) as error:
        log.warning("durable.hint_lost", task=task_name, error=type(error).__name__)


@contextmanager
def alone(name: str, *, silent_for: timedelta) -> Iterator[bool]:
    """Yields whether this process is the only one that works on `name` (an advisory lock of the database connection).

    The lock only saves workers; claims protect the rows. So losing the connection and the lock is harmless.
    PostgreSQL ends the connection of a holder that sends nothing for `silent_for`, and so its lock.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({locks.KEY})", [f"durable {name}"])
        mine = bool(cursor.fetchone()[0])
        if mine:
            milliseconds = silent_for // timedelta(milliseconds=1)
            cursor.execute("SELECT set_config('idle_session_timeout', %s, false)", [f"{milliseconds}ms"])
    try:
        yield mine
    finally:
        if mine and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("RESET idle_session_timeout")
                cursor.execute(f"SELECT pg_advisory_unlock({locks.KEY})", [f"durable {name}"])


def drain(claim_next: Callable[[], J | None], work: Callable[[J], None], *, most: int = 200) -> int:
    """Claims due rows and works on them, at most `most`; returns how many. `work` writes the outcome.

    ClaimLost means that another worker has the row. Any other exception of `work` postpones the row, and finally parks
    it. When the database fails nothing can be written, so the error is raised and the claim runs out by itself.
    """
    done = 0
    while done < most and (row := claim_next()) is not None:
        try:
            _work_off(row, work)
        except ClaimLost:
            log.warning("durable.claim_lost", job=row._meta.label, job_id=row.pk)
        done += 1
    return done


def _work_off(row: J, work: Callable[[J], None]) -> None:
    try:
        work(row)
    except (ClaimLost, OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - a poison row must not stop those behind it
        place = where(error)
        log.error("durable.failed", job=row._meta.label, job_id=row.pk, attempts=row.attempts, error=place)  # noqa: TRY400
        postpone(row, place, delay=backoff(row.attempts))


def where(error: BaseException) -> str:
    """The error's type and lines of code. Its message may hold an address or a secret, so it is left out."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " ".join([type(error).__name__, *(f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames)])
