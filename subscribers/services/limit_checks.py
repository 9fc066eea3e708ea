"""The check of limits of spending: each minute, after records were taken in, and after a limit was changed (16.6).

It works from facts alone, so a lost hint changes nothing. Each trunk is settled in one transaction under its lock:
crossings, their letters, bars, the journal and the order to the switch are written together or not at all.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.services import audit
from sipcabinet.lib import clock, durable, phones
from subscribers.models import (
    BarCause,
    Bound,
    LimitCrossing,
    Subscriber,
    SubscriberStatus,
    TrunkBar,
    TrunkLimit,
)
from subscribers.selectors import limits
from subscribers.selectors.limit_words import amount, bound_name
from subscribers.selectors.limits import NOTHING, Usage
from subscribers.services import limit_letters, limit_rules, limit_usage
from subscribers.services.limit_rules import Due, Known
from subscribers.switch import provisioning

log = structlog.get_logger(__name__)
TASK = "subscribers.check_limits"
SILENT = timedelta(minutes=1)
MICRO = Decimal("0.000001")


def run() -> int:
    """Settles every trunk for which something is due; returns how many. One run at a time; a run beside it would
    write nothing twice."""
    with durable.alone("limits", silent_for=SILENT) as mine:
        return _run() if mine else 0


def _run() -> int:
    trunk_ids = limits.limited_trunks()
    if not trunk_ids:
        return 0
    usages, now = limit_usage.of(trunk_ids), clock.now()
    found = {pk: limit_rules.due(known, usages.get(pk, NOTHING), now) for pk, known in _known(trunk_ids, now).items()}
    # Hundreds of trunks take a minute: those that spend beyond their limit do not wait for letters of the others.
    order = sorted((pk for pk, due in found.items() if due), key=lambda pk: not found[pk].begun)
    for pk in order:
        settle(trunk_id=pk, usage=usages.get(pk, NOTHING))
    return len(order)


@transaction.atomic
def settle(*, trunk_id: int, usage: Usage) -> Due:
    """Writes what is due for one trunk; returns it. Locks the trunk, and its numbers if its state changes."""
    Subscriber.objects.select_for_update(no_key=True).values_list("pk").get(pk=trunk_id)
    trunk = Subscriber.objects.select_related("account__customer").get(pk=trunk_id)
    now = clock.now()
    due = limit_rules.due(_known([trunk_id], now)[trunk_id], usage, now)
    _write_crossings(trunk, due, usage, now)
    for bar in due.ended:
        _end(trunk, bar, now)
    for bound in due.begun:
        _begin(trunk, bound, usage, now)
    if due.ended or due.begun:
        tell_switch(trunk)
    return due


def tell_switch(trunk: Subscriber) -> None:
    """Orders the states of the trunk and of its numbers, which a bar changes together."""
    rows = Subscriber.objects.filter(Q(pk=trunk.pk) | Q(trunk=trunk)).exclude(status=SubscriberStatus.CLOSED)
    provisioning.want_all(list(rows.values_list("pk", flat=True)))


def _known(trunk_ids: Sequence[int] | set[int], now: datetime) -> dict[int, Known]:
    """What `limit_rules` needs of these trunks, in four queries."""
    today = clock.minsk(now).date()
    found = {pk: Known() for pk in trunk_ids}
    for limit in TrunkLimit.objects.filter(trunk__in=trunk_ids, ended_at__isnull=True):
        found[limit.trunk_id].bounds.update(limit.bounds)
    for bar in TrunkBar.objects.filter(trunk__in=trunk_ids, lifted_at__isnull=True):
        found[bar.trunk_id].bars.append(bar)
    waived = TrunkBar.objects.filter(trunk__in=trunk_ids, waived_until__gt=now)
    for pk, cause in waived.values_list("trunk_id", "cause"):
        found[pk].waived.add(cause)
    crossings = LimitCrossing.objects.filter(trunk__in=trunk_ids, since__in={today, today.replace(day=1)})
    for one in crossings:
        bound = Bound(one.owner, one.period, one.measure, one.amount)
        found[one.trunk_id].crossed.add((bound, one.since, one.percent))
    return found


def _write_crossings(trunk: Subscriber, due: Due, usage: Usage, now: datetime) -> None:
    LimitCrossing.objects.bulk_create(
        LimitCrossing(
            account_id=trunk.account_id,
            trunk=trunk,
            **one.bound._asdict(),
            since=one.since,
            percent=one.percent,
            used=_used(one.bound, usage),
            is_told=one.is_told,
            at=now,
        )
        for one in due.crossed
    )
    for one in due.crossed:
        if one.is_told:
            limit_letters.crossed(trunk=trunk, one=one, usage=usage)


def _begin(trunk: Subscriber, bound: Bound, usage: Usage, now: datetime) -> None:
    bar = TrunkBar.objects.create(
        account_id=trunk.account_id,
        trunk=trunk,
        cause=bound.owner,
        period=bound.period,
        measure=bound.measure,
        amount=bound.amount,
        used=_used(bound, usage),
        started_at=now,
        until=limit_rules.until(bound, clock.minsk(now).date()),
    )
    told = {
        "phone": phones.display(trunk.phone),
        "limit": bound_name(bound),
        "amount": amount(bound.measure, bound.amount),
        "used": amount(bound.measure, bar.used or Decimal(0)),
    }
    record(trunk, bar, "limit.barred", _("Закрыты платные направления, %(phone)s: исчерпан %(limit)s %(amount)s"
           " (израсходовано %(used)s)") % told)  # fmt: skip


def _end(trunk: Subscriber, bar: TrunkBar, now: datetime) -> None:
    is_over = bar.until is not None and now >= bar.until
    why = _("начался новый период") if is_over else _("лимит изменён")
    bar.lifted_at, bar.lifted_why = now, why
    bar.save(update_fields=["lifted_at", "lifted_why"])
    told = {"phone": phones.display(trunk.phone), "why": why}
    record(trunk, bar, "limit.ended", _("Открыты платные направления, %(phone)s: %(why)s") % told)


def record(trunk: Subscriber, bar: TrunkBar, action: str, summary: str) -> None:
    """Writes the portal's own step with a bar into the journal."""
    audit.record(
        account=trunk.account,
        action=action,
        summary=summary,
        details={"subscriber_id": trunk.pk, "bar_id": bar.pk, "cause": BarCause(bar.cause).value},
    )
    log.info(action, trunk_id=trunk.pk, cause=bar.cause)


def _used(bound: Bound, usage: Usage) -> Decimal:
    return usage.used(bound.period, bound.measure).quantize(MICRO)
