"""Nightly comparison of the switch with the facts; a subscriber that differs gets a new version and a job."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field

import structlog
from django.db import transaction
from django.db.models import F, QuerySet

from accounts.models import Account
from sipcabinet.lib.durable import JobState
from subscribers.models import Provisioning, ProvisioningJob, Subscriber, SubscriberStatus
from subscribers.switch import backends, facts, open_numbers, provisioning, tellings
from subscribers.switch.backends import Backend, RefusedError, TroubleError

log = structlog.get_logger(__name__)

BATCH = 200
Progress = Callable[[int], None]
Versions = dict[int, tuple[int, int]]  # by subscriber: the version compared, the version on the switch


@dataclass(slots=True)
class SwitchCounts:
    """Subscribers by result of the comparison.

    `changed`: the facts differ from the desired state; `lost`: not applied, and no job is left to apply it;
    `differing`: the switch differs from the applied state. These three get a new job. `given_up`: parked jobs that wait
    for staff; `busy`: being changed right now; `unread`: could not be compared with the switch.
    """

    checked: int = 0
    changed: int = 0
    lost: int = 0
    differing: int = 0
    given_up: int = 0
    busy: int = 0
    unread: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left for staff or for the next run."""
        return not (self.given_up or self.unread)


@dataclass(slots=True)
class _Look:
    """Reads the switch; stops reading at the first trouble."""

    backend: Backend
    counts: SwitchCounts
    reachable: bool = field(default=True)

    def keep_open(self) -> None:
        try:
            self.backend.keep_open(open_numbers.today())
        except (TroubleError, RefusedError) as fault:
            self._give_up(fault)

    def differing(self, batch: Sequence[int]) -> Versions:
        """Subscribers of the batch whose version is applied but whose state on the switch differs from it."""
        settled = list(Provisioning.objects.filter(pk__in=batch, applied_version=F("version")))
        readable = tellings.readable(settled)
        versions = {telling.subscriber_id: telling.version for telling in readable}
        found = {}
        if self.reachable:
            try:
                found = dict(self.backend.differing(readable))
            except (TroubleError, RefusedError) as fault:
                self._give_up(fault)
        self.counts.unread += len(settled) - (len(readable) if self.reachable else 0)
        return {pk: (versions[pk], known) for pk, known in found.items()}

    def _give_up(self, fault: Exception) -> None:
        self.reachable = False
        log.warning("provisioning.unread", error=str(fault))


def run(
    *, account: Account | None = None, dry_run: bool = False, progress: Progress = lambda _done: None
) -> SwitchCounts:
    """Compares every subscriber, or those of one account, in short transactions; a dry run writes nothing anywhere.

    The switch's trouble stops only the comparison with the switch. Raises ImproperlyConfigured.
    """
    counts = SwitchCounts()
    look = _Look(backends.chosen(), counts)
    if not dry_run:
        look.keep_open()
    for batch in _batches(of_account(account)):
        differing = look.differing(batch)
        with transaction.atomic():
            _settle(batch, differing, counts, dry_run=dry_run)
        progress(len(batch))
    log.info("provisioning.reconciled", dry_run=dry_run, **asdict(counts))
    return counts


def of_account(account: Account | None) -> QuerySet[Subscriber]:
    """The subscribers that a run checks."""
    rows = Subscriber.objects.all()
    return rows.filter(account=account) if account else rows


def _batches(rows: QuerySet[Subscriber]) -> Iterator[list[int]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield batch
        last = batch[-1]


def _settle(batch: Sequence[int], differing: Versions, counts: SwitchCounts, *, dry_run: bool) -> None:
    """Handles one batch under its locks; skips subscribers being changed now, as that change gets a job anyway."""
    rows = Subscriber.objects.filter(pk__in=batch).order_by("pk")
    held = list(rows if dry_run else rows.select_for_update(no_key=True, skip_locked=True))
    states = facts.desired_of(held)
    known, jobs = Provisioning.objects.in_bulk([row.pk for row in held]), _jobs(held)
    anew: list[int] = []
    for subscriber in held:
        pk = subscriber.pk
        fault = _fault(subscriber, states[pk], known.get(pk), jobs.get(pk, []), differing.get(pk))
        if fault:
            setattr(counts, fault, getattr(counts, fault) + 1)
        if fault in {"changed", "lost", "differing"}:
            anew.append(pk)
    counts.checked += len(held)
    counts.busy += len(batch) - len(held)
    if anew and not dry_run:
        provisioning.want_all(anew, above={pk: differing[pk][1] for pk in anew if pk in differing})


def _jobs(held: Sequence[Subscriber]) -> dict[int, list[tuple[str, int]]]:
    """State and version of the unfinished jobs, by subscriber."""
    found: dict[int, list[tuple[str, int]]] = {}
    jobs = ProvisioningJob.objects.filter(subscriber__in=[row.pk for row in held]).exclude(state=JobState.DONE)
    for pk, state, version in jobs.values_list("subscriber_id", "state", "version"):
        found.setdefault(pk, []).append((state, version))
    return found


def _fault(
    subscriber: Subscriber,
    state: facts.State,
    row: Provisioning | None,
    jobs: Sequence[tuple[str, int]],
    differing: tuple[int, int] | None,
) -> str:
    """The name of the count for the subscriber; empty if all is well or a job is waiting."""
    if row is None:
        return "" if subscriber.status == SubscriberStatus.CLOSED else "changed"
    if row.desired != state:
        return "changed"
    if row.applied_version < row.version:
        if any(job == JobState.WAITING for job, _version in jobs):
            return ""
        return "given_up" if any(version >= row.version for _job, version in jobs) else "lost"
    if row.applied != row.desired or (differing is not None and differing[0] == row.version):
        return "differing"
    return ""
