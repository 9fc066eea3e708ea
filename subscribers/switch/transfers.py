"""Transfers: when the portal has got another switch, it tells that switch everything, by itself and part by part.

Changes meanwhile are told as usual. The version that the switch stores with each state decides, so neither of the two
undoes the other. What is already on the switch is not written again, so a transfer may be killed and repeated.
"""

from collections.abc import Mapping

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import PORTAL, Actor
from accounts.services import audit
from sipcabinet.lib import clock, durable, locks
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.errors import DomainError
from subscribers.models import Subscriber, SwitchTransfer
from subscribers.models.switch_transfer import REASON_LENGTH
from subscribers.switch import backends

log = structlog.get_logger(__name__)
TASK = "subscribers.drain_switch_transfers"
STARTED = clock.now()  # of this process; a worker's children have the time of their parent
_LOCK = "switch transfer"


class TransferError(DomainError):
    """A transfer cannot begin now, or its reason is missing (code `transfer.reason`)."""

    code = "transfer.refused"


def newest() -> SwitchTransfer | None:
    """The last transfer, which names the switch that the portal works with."""
    return SwitchTransfer.objects.select_related("ordered_by").order_by("-pk").first()


def follow() -> SwitchTransfer | None:
    """Begins a transfer if this process has another switch than the last transfer; None if there is nothing to do.

    While the portal is being restarted, processes with the former settings still run: they began before the last
    transfer, so they change nothing. Raises ImproperlyConfigured.
    """
    switch = backends.chosen().name
    if _is_told_of(switch):
        return None
    with transaction.atomic():
        locks.hold(_LOCK)
        return None if _is_told_of(switch) else _begin(switch, PORTAL)


def order(*, actor: Actor) -> SwitchTransfer:
    """Begins a transfer to the switch of the settings, for the actor's reason.

    Raises TransferError if one is under way, or if this process still has the former settings; ImproperlyConfigured.
    """
    if not actor.reason.strip():
        raise TransferError(_("Укажите основание"), code="transfer.reason")
    if len(actor.reason) > REASON_LENGTH:
        raise TransferError(_("Не больше %(most)d знаков") % {"most": REASON_LENGTH}, code="transfer.reason")
    switch = backends.chosen().name
    with transaction.atomic():
        locks.hold(_LOCK)
        last = newest()
        if last is not None and last.switch != switch and _is_newer(last):
            raise TransferError(_("Портал переключён на другой коммутатор; перезапустите и эту часть портала"))
        if last is not None and last.state == JobState.WAITING and last.switch == switch:
            who = last.ordered_by.name if last.ordered_by else _("портал")
            told = {"who": who, "at": clock.show_moment(last.created_at)}
            raise TransferError(_("Передача уже идёт: %(who)s, %(at)s") % told)
        return _begin(switch, actor)


def is_outdated(switch: str) -> bool:
    """Whether the portal has been given another switch since this process, which has `switch`, was started."""
    last = SwitchTransfer.objects.order_by("-pk").only("switch", "created_at").first()
    return last is not None and last.switch != switch and _is_newer(last)


def record(action: str, summary: str, job: SwitchTransfer, actor: Actor, counts: Mapping[str, int]) -> None:
    """Writes an event of the job into the journal of the operator."""
    about = {"transfer_id": job.pk, "switch": job.switch, "reason": job.reason, **counts}
    audit.record(action=action, user=actor.user, address=actor.address, summary=summary, details=about)


def _is_told_of(switch: str) -> bool:
    last = newest()
    if last is None or last.switch == switch:
        return last is not None
    if _is_newer(last):
        log.warning("provisioning.former_settings")
        return True
    return False


def _is_newer(job: SwitchTransfer) -> bool:
    return job.created_at >= STARTED


def _begin(switch: str, actor: Actor) -> SwitchTransfer:
    waiting = SwitchTransfer.objects.filter(state=JobState.WAITING)
    ended = {"state": JobState.REFUSED, "finished_at": clock.now(), "claim_token": None, "claimed_until": None}
    waiting.update(last_error=_("портал переключён на другой коммутатор"), **ended)
    job = SwitchTransfer.objects.create(
        switch=switch, reason=actor.reason.strip(), ordered_by=actor.user, total=Subscriber.objects.count()
    )
    summary = _("Начата передача всего на коммутатор") if actor.user else _("Передача на коммутатор началась сама")
    record("provisioning.transfer_begun", summary, job, actor, {"total": job.total})
    durable.hint(TASK)
    return job
