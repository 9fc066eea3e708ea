"""Confirmed changes of a subscriber, and how far the switch has come with them (3.2)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from sipcabinet.lib import tenancy
from sipcabinet.lib.durable import JobState
from subscribers.models import Operation, Provisioning, ProvisioningJob, Subscriber


class SwitchStage(models.TextChoices):
    """Whether the switch works as it should."""

    APPLYING = "applying", _("Применяется")
    APPLIED = "applied", _("Применено")
    FAILED = "failed", _("Ошибка")


TONES = {SwitchStage.APPLYING: "info", SwitchStage.APPLIED: "ok", SwitchStage.FAILED: "err"}


@dataclass(frozen=True, slots=True)
class SwitchState:
    """How far the switch is with a subscriber, or with one change of his. `applied_at` is known for the last one."""

    stage: SwitchStage
    applied_at: datetime | None = None

    @property
    def label(self) -> str:
        return str(self.stage.label)

    @property
    def tone(self) -> str:
        """The look of its badge."""
        return TONES[self.stage]

    @property
    def ended(self) -> bool:
        """Nothing more will happen by itself."""
        return self.stage != SwitchStage.APPLYING


def get(account: Account, subscriber: Subscriber, pk: int) -> Operation | None:
    """The subscriber's operation with who made it; another's is as good as missing."""
    rows = tenancy.of(account).rows(Operation).select_related("made_by").defer("made_by__password")
    return rows.filter(subscriber=subscriber, pk=pk).first()


def switch_state(account: Account, subscriber: Subscriber) -> SwitchState | None:
    """How far the switch is with the subscriber as he should be now; None while it was never told of him."""
    row = _provisioning(account, subscriber)
    return _state(account, row, row.version) if row else None


def operation_state(account: Account, operation: Operation) -> SwitchState | None:
    """How far the switch is with one change; None for a change that is no business of the switch."""
    row = _provisioning(account, operation.subscriber)
    if row is None or operation.version > row.version:
        return None
    return _state(account, row, operation.version)


def _provisioning(account: Account, subscriber: Subscriber) -> Provisioning | None:
    return tenancy.of(account).rows(Provisioning).filter(subscriber=subscriber).defer("desired", "applied").first()


def _state(account: Account, row: Provisioning, version: int) -> SwitchState:
    """A change is applied with its own version or any later one, as a job tells the present state and never its own.

    It has failed once the last job that could do it was given up; one that is lost is done by the nightly reconcile.
    """
    if row.applied_version >= version:
        return SwitchState(SwitchStage.APPLIED, row.applied_at if row.applied_version == version else None)
    jobs = tenancy.of(account).rows(ProvisioningJob).filter(subscriber_id=row.pk, version__gte=version)
    states = set(jobs.values_list("state", flat=True))
    given_up = states & {JobState.PARKED, JobState.REFUSED} and JobState.WAITING not in states
    return SwitchState(SwitchStage.FAILED if given_up else SwitchStage.APPLYING)
