"""Letters about limits of spending and bars of paid directions to the registered E-mail (16.6)."""

from typing import Any

import structlog
from django.conf import settings
from django.urls import reverse

from notifications.services import letters
from sipcabinet.lib import clock
from subscribers.models import LimitOwner, Subscriber, TrunkBar
from subscribers.selectors.limit_words import amount, bound_name
from subscribers.selectors.limits import Usage
from subscribers.services.limit_rules import Crossed

log = structlog.get_logger(__name__)
REACHED = 100  # percent


def crossed(*, trunk: Subscriber, one: Crossed, usage: Usage) -> None:
    """Writes the letter of a crossing, in the caller's transaction; once for a bound, its period and the percent.

    An account without a usable E-mail gets none: the bar does not wait for it.
    """
    bound = one.bound
    used = usage.used(bound.period, bound.measure)
    context = {
        "account": trunk.account,
        "trunk": trunk,
        "percent": one.percent,
        "limit": bound_name(bound),
        "amount": amount(bound.measure, bound.amount),
        "used": amount(bound.measure, used),
        "is_operators": bound.owner == LimitOwner.OPERATOR,
        "is_of_day": bound.period == "day",
        "at": clock.now(),
        "url": settings.SITE_URL + reverse("subscribers:limits", args=[trunk.pk]),
    }
    key = f"limit:{trunk.pk}:{one.since:%Y%m%d}:{'/'.join(map(str, bound))}:{one.percent}"
    if one.percent == REACHED:
        _tell(trunk, "limit_reached", context, key)
    else:
        _tell(trunk, "limit_warning", context, key)


def closed_for_alarm(*, trunk: Subscriber, bar: TrunkBar) -> None:
    """Tells that staff have closed the paid directions because the PBX is broken into; in the caller's transaction."""
    context = {
        "account": trunk.account,
        "trunk": trunk,
        "reason": bar.reason,
        "at": bar.started_at,
        "url": settings.SITE_URL + reverse("subscribers:sip_parameters", args=[trunk.pk]),
    }
    _tell(trunk, "alarm_closed", context, f"alarm-bar:{bar.pk}")


def _tell(trunk: Subscriber, kind: str, context: dict[str, Any], key: str) -> None:
    try:
        letters.write(
            kind=kind,
            recipient=trunk.account.cabinet_email,
            account_id=trunk.account_id,
            context=context,
            dedupe_key=key,
        )
    except letters.LetterError as refusal:
        log.warning("limit.letter_refused", trunk_id=trunk.pk, code=refusal.code)
