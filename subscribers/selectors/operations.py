"""Confirmed changes of a subscriber, and whether the switch has applied them (3.2)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from sipcabinet.lib import tenancy
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.prepared import Prepared
from sipcabinet.lib.tenancy import HasId
from subscribers.models import Operation, Provisioning, ProvisioningJob, Subscriber


class SwitchStage(models.TextChoices):
    """Whether the switch has applied a change."""

    APPLYING = "applying", _("Применяется")
    APPLIED = "applied", _("Применено")
    FAILED = "failed", _("Ошибка")


TONES = {SwitchStage.APPLYING: "info", SwitchStage.APPLIED: "ok", SwitchStage.FAILED: "err"}


@dataclass(frozen=True, slots=True)
class SwitchState:
    """Progress of the switch with a subscriber or one change. `applied_at` is set only for the last applied change."""

    stage: SwitchStage
    applied_at: datetime | None = None

    @property
    def label(self) -> str:
        return str(self.stage.label)

    @property
    def tone(self) -> str:
        """The badge style for the stage."""
        return TONES[self.stage]

    @property
    def ended(self) -> bool:
        """Whether the stage will not change by itself any more."""
        return self.stage != SwitchStage.APPLYING


def get(account: Account, subscriber: Subscriber, pk: int) -> Operation | None:
    """The subscriber's operation with its user; None if the id is missing or of another subscriber."""
    found: Operation | None = _ONE.first(account.pk, subscriber.pk, pk)
    return found


def switch_state(account: Account, subscriber: Subscriber) -> SwitchState | None:
    """Progress of the switch with the subscriber's present state; None if no state was ever saved for the switch."""
    row = _provisioning(account, subscriber)
    return _state(account, row, row.version) if row else None


def switch_state_read(account: Account, subscriber: Subscriber) -> SwitchState | None:
    """Like `switch_state`, of a subscriber that `numbers.get_with_switch` has just read with its state."""
    row = getattr(subscriber, "provisioning", None)  # the reverse one-to-one raises when there is no row
    return _state_after(row, row.version, subscriber.job_states) if row else None  # type: ignore[attr-defined]


def operation_state(account: Account, operation: Operation) -> SwitchState | None:
    """Progress of the switch with one change; None for a change that the switch does not need."""
    row = _provisioning(account, operation.subscriber)
    if row is None or operation.version > row.version:
        return None
    return _state(account, row, operation.version)


def with_stage(rows: QuerySet[Provisioning]) -> QuerySet[Provisioning]:
    """The rows of all accounts annotated with `stage`, by the rule of `_state`."""
    jobs = ProvisioningJob.objects.filter(subscriber=OuterRef("pk"), version__gte=OuterRef("version"))
    given_up = Exists(jobs.filter(state__in=[JobState.PARKED, JobState.REFUSED]))
    failed = Q(given_up) & ~Q(Exists(jobs.filter(state=JobState.WAITING)))
    applied = When(applied_version__gte=F("version"), then=Value(SwitchStage.APPLIED))
    return rows.annotate(
        stage=Case(applied, When(failed, then=Value(SwitchStage.FAILED)), default=Value(SwitchStage.APPLYING))
    )


def failed() -> QuerySet[Any]:
    """States of all accounts that the switch does not have, annotated with `failed_at`: when their last job ended."""
    jobs = ProvisioningJob.objects.filter(subscriber=OuterRef("pk"), version__gte=OuterRef("version"))
    ended = jobs.filter(state__in=[JobState.PARKED, JobState.REFUSED]).order_by("-finished_at")
    behind: QuerySet[Any] = with_stage(Provisioning.objects.filter(applied_version__lt=F("version")))
    found: QuerySet[Any] = behind.filter(stage=SwitchStage.FAILED).annotate(
        failed_at=Subquery(ended.values("finished_at")[:1])
    )
    return found


def _provisioning(account: Account, subscriber: Subscriber) -> Provisioning | None:
    found: Provisioning | None = _PROVISIONING.first(account.pk, subscriber.pk)
    return found


def _state(account: Account, row: Provisioning, version: int) -> SwitchState:
    jobs = () if row.applied_version >= version else _JOBS.rows(account.pk, row.pk, version)
    return _state_after(row, version, [state for (state,) in jobs])


def _state_after(row: Provisioning, version: int, states: Collection[str]) -> SwitchState:
    """A change is applied when its version or any later one is applied: a job always sends the present state.

    A change has failed when all jobs that could apply it have been given up (`states` of the jobs since the change); a
    lost job is replaced by the nightly comparison.
    """
    if row.applied_version >= version:
        return SwitchState(SwitchStage.APPLIED, row.applied_at if row.applied_version == version else None)
    given_up = JobState.WAITING not in states and (JobState.PARKED in states or JobState.REFUSED in states)
    return SwitchState(SwitchStage.FAILED if given_up else SwitchStage.APPLYING)


def _jobs(account: HasId, subscriber: Any, version: Any) -> QuerySet[ProvisioningJob, Any]:
    jobs = tenancy.of(account).rows(ProvisioningJob).filter(subscriber=subscriber, version__gte=version)
    return jobs.order_by().values_list("state").distinct()


def _one(account: HasId, subscriber: Any, pk: Any) -> QuerySet[Operation]:
    rows = tenancy.of(account).rows(Operation).select_related("made_by").defer("made_by__password")
    return rows.filter(subscriber=subscriber, pk=pk)


def _state_of(account: HasId, subscriber: Any) -> QuerySet[Provisioning]:
    return tenancy.of(account).rows(Provisioning).filter(subscriber=subscriber).defer("desired", "applied")


_ONE, _PROVISIONING, _JOBS = Prepared(_one, 3), Prepared(_state_of, 2), Prepared(_jobs, 3)
