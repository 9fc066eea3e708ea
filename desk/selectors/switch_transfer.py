"""«Передача на коммутатор» (3.2-3.4): the progress of the last transfer, as pages show it."""

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.staff import STATE_TONES
from subscribers.models import Subscriber, SwitchTransfer

LISTED = 20


class Fault(NamedTuple):
    """A subscriber that the switch has not taken, and why."""

    subscriber: Subscriber
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A transfer with its share in percent, subscribers a minute, and minutes left; None where nothing is known."""

    job: SwitchTransfer
    tone: str
    is_running: bool
    share: int
    a_minute: int | None
    minutes_left: int | None
    faults: list[Fault]


def progress(job: SwitchTransfer) -> Progress:
    """One query if there are faults, else none."""
    is_running = job.state == JobState.WAITING
    spent = (job.finished_at or clock.now()) - (job.began_at or job.created_at)
    speed = job.passed / spent.total_seconds() if job.passed and spent else 0.0
    left = max(1, round((job.total - job.passed) / speed / 60)) if is_running and speed else None
    share = min(99 if is_running else 100, job.passed * 100 // job.total) if job.total else 0
    tone = "warn" if is_running and job.trouble_since else STATE_TONES[JobState(job.state)]
    if job.state == JobState.DONE and job.failed:
        tone = "warn"
    return Progress(job, tone, is_running, share, round(speed * 60) or None, left, _faults(job))


def _faults(job: SwitchTransfer) -> list[Fault]:
    listed = job.faults[:LISTED]
    if not listed:
        return []
    rows = Subscriber.objects.select_related("account__customer").in_bulk([one["subscriber"] for one in listed])
    return [Fault(rows[one["subscriber"]], _reason(one["reason"])) for one in listed if one["subscriber"] in rows]


def _reason(code: str) -> str:
    if code == "password":
        return _("пароль SIP не читается: нет его ключа")
    if code == "later version":
        return _("на коммутаторе более новое состояние")
    return _("коммутатор не принимает: %(reason)s") % {"reason": code.removeprefix("refused: ")}
