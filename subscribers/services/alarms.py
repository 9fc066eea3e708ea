"""тревоги: raised when paid calls look as if strangers used a PBX, decided by staff (16.6)."""

from collections import Counter
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.services import audit
from sipcabinet.lib import clock, durable, phones
from sipcabinet.lib.errors import DomainError
from subscribers.calls import estimates
from subscribers.calls.estimates import Estimate, Talk
from subscribers.models import AlarmState, FraudAlarm, SipAccount, Subscriber
from subscribers.selectors import fraud_signs
from subscribers.selectors.fraud_signs import Recent, Sign, Thresholds
from subscribers.services import limits
from subscribers.switch import live

log = structlog.get_logger(__name__)
TASK = "subscribers.look_for_fraud"
SILENT = timedelta(minutes=1)
REASON_LENGTH = 200


class AlarmError(DomainError):
    """The decision is refused."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=f"alarm.{code}")


def look() -> int:
    """Raises an alarm for each new sign of a trunk; returns how many. One run at a time.

    A sign that waits for a decision, or was decided within the hour or its quiet period, raises none.
    """
    with durable.alone("alarms", silent_for=SILENT) as mine:
        return _look() if mine else 0


def _look() -> int:
    now, thresholds = clock.now(), Thresholds.in_settings()
    talks = _in_progress()
    found = fraud_signs.recent(now, thresholds) + [_recent(one) for one in talks]
    at_once = Counter(one.trunk_id for one in talks)
    signs = fraud_signs.signs(found, at_once, thresholds, clock.today())
    if not signs:
        return 0
    trunks = Subscriber.objects.select_related("account").in_bulk({one.trunk_id for one in signs})
    return sum(_raise(trunks[one.trunk_id], one) for one in signs)


def _in_progress() -> list[Estimate]:
    """Paid calls in progress; none while the switch cannot be asked."""
    legs = [leg for leg in (live.paid_legs() or []) if leg.seconds is None] if live.is_there() else []
    logins = dict(
        SipAccount.objects.filter(auth_name__in={leg.login for leg in legs}).values_list("auth_name", "trunk_id")
    )
    talks = [
        Talk(logins[leg.login], leg.called, leg.since, estimates.elapsed(leg.since))
        for leg in legs
        if leg.login in logins
    ]
    return [one for one in estimates.of(talks) if one.price > 0 and one.seconds]


def _recent(one: Estimate) -> Recent:
    return Recent(one.trunk_id, one.destination_id, one.price, 1, one.cost)


@transaction.atomic
def _raise(trunk: Subscriber, sign: Sign) -> bool:
    """Writes the alarm under the trunk's lock, unless one of this sign waits or is quiet."""
    Subscriber.objects.select_for_update(no_key=True).values_list("pk").get(pk=trunk.pk)
    now = clock.now()
    quiet = Q(state=AlarmState.WAITING) | Q(quiet_until__gt=now) | Q(decided_at__gt=now - fraud_signs.WINDOW)
    if FraudAlarm.objects.filter(quiet, trunk=trunk, sign=sign.sign).exists():
        return False
    row = FraudAlarm.objects.create(
        account_id=trunk.account_id, trunk=trunk, sign=sign.sign, facts=sign.facts, raised_at=now
    )
    told = {"phone": phones.display(trunk.phone), "sign": row.get_sign_display()}
    audit.record(
        account=trunk.account,
        action="alarm.raised",
        summary=_("Тревога, %(phone)s: %(sign)s") % told,
        details={"alarm_id": row.pk, "subscriber_id": trunk.pk, "sign": row.sign, **row.facts},
    )
    log.warning("alarm.raised", trunk_id=trunk.pk, sign=row.sign)
    return True


def decide(*, alarm: FraudAlarm, is_true: bool, closes: bool, by: Actor) -> FraudAlarm:
    """Settles an alarm. True and `closes`: the paid directions are closed until staff lift that. False: the trunk
    raises no alarm of this sign for ALARM_QUIET_HOURS.

    Audited; locks the trunk, then the alarm. Raises AlarmError without a reason, and if it is decided already.
    """
    reason = " ".join(by.reason.split())
    if not reason or len(reason) > REASON_LENGTH:
        message = _("Напишите, почему так: до %(most)d знаков, клиент прочтёт это в журнале действий")
        raise AlarmError("reason", message % {"most": REASON_LENGTH})
    with transaction.atomic():
        trunk = Subscriber.objects.select_for_update(no_key=True, of=("self",)).get(pk=alarm.trunk_id)
        held = FraudAlarm.objects.select_for_update(no_key=True, of=("self",)).get(pk=alarm.pk)
        if held.state != AlarmState.WAITING:
            raise AlarmError("decided", _("Эту тревогу уже решили: %(state)s") % {"state": held.get_state_display()})
        now = clock.now()
        held.state = AlarmState.TRUE if is_true else AlarmState.FALSE
        held.decided_at, held.decided_by, held.reason = now, by.user, reason
        held.quiet_until = None if is_true else now + settings.ALARM_QUIET
        held.save(update_fields=["state", "decided_at", "decided_by", "reason", "quiet_until"])
        told = {"phone": phones.display(trunk.phone), "sign": held.get_sign_display(), "why": reason}
        audit.record(
            account=trunk.account,
            user=by.user,
            action="alarm.confirmed" if is_true else "alarm.dismissed",
            summary=(_("Тревога подтверждена, %(phone)s, %(sign)s: %(why)s") if is_true else
                     _("Тревога ложная, %(phone)s, %(sign)s: %(why)s")) % told,
            details={"alarm_id": held.pk, "subscriber_id": trunk.pk, "sign": held.sign},
            address=by.address,
        )  # fmt: skip
        if is_true and closes:
            limits.bar_for_alarm(trunk=trunk, by=Actor(by.user, by.address, reason))
    return held
