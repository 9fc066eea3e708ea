"""A scripted switch backend for the settings: it fails as the test says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from sipcabinet.lib import durable
from subscribers.models import Provisioning, ProvisioningJob
from subscribers.switch import backends, jobs
from subscribers.switch.backends import Telling, TroubleError
from subscribers.switch.facts import State
from subscribers.switch.open_numbers import OpenNumber


@dataclass
class ScriptedSwitch:
    """Keeps the newest state of each subscriber, as the version guard requires. `script`: faults of the next tellings.

    `before` is called while a telling is in progress, to simulate simultaneous events.
    """

    script: list[Exception | None] = field(default_factory=list)
    before: Callable[[], object] | None = None
    told: list[Telling] = field(default_factory=list)
    states: dict[int, Telling] = field(default_factory=dict)
    opened: list[OpenNumber] = field(default_factory=list)
    spoilt: dict[int, int] = field(default_factory=dict)
    away: bool = False
    name: str = "scripted"

    def tell(self, telling: Telling, open_numbers: Sequence[OpenNumber]) -> int:
        if self.before is not None:
            before, self.before = self.before, None
            before()
        fault = self.script.pop(0) if self.script else None
        if fault is not None or self.away:
            raise fault or TroubleError("away")
        known = self.states.get(telling.subscriber_id)
        if known is not None and known.version > telling.version:
            return known.version
        self.told.append(telling)
        self.states[telling.subscriber_id] = telling
        self.keep_open(open_numbers)
        return telling.version

    def keep_open(self, open_numbers: Sequence[OpenNumber]) -> None:
        if self.away:
            raise TroubleError("away")
        self.opened = list(open_numbers)

    def differing(self, tellings: Sequence[Telling]) -> Mapping[int, int]:
        if self.away:
            raise TroubleError("away")
        return {
            told.subscriber_id: self.spoilt[told.subscriber_id]
            for told in tellings
            if told.subscriber_id in self.spoilt
        }

    def state(self, subscriber_id: int) -> State:
        return self.states[subscriber_id].state


def use(switch: ScriptedSwitch, monkeypatch: pytest.MonkeyPatch) -> ScriptedSwitch:
    monkeypatch.setattr(backends, "chosen", lambda: switch)
    return switch


def claim() -> ProvisioningJob:
    job = durable.claim(ProvisioningJob, lease=jobs.LEASE)
    assert job is not None
    return job


def run_out(job: ProvisioningJob) -> None:
    """Makes the worker's lease expire, as if the worker had died."""
    ProvisioningJob.objects.filter(pk=job.pk).update(claimed_until=durable.ClockTimestamp() - timedelta(seconds=1))


def versions(subscriber_id: int) -> tuple[int, int]:
    row = Provisioning.objects.get(pk=subscriber_id)
    return row.version, row.applied_version
