"""Letters about limits of spending to the registered E-mail (16.6)."""

import structlog
from django.conf import settings
from django.urls import reverse

from notifications.services import letters
from sipcabinet.lib import clock
from subscribers.models import LimitOwner, Subscriber
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
    try:
        letters.write(
            kind="limit_reached" if one.percent == REACHED else "limit_warning",
            recipient=trunk.account.cabinet_email,
            account_id=trunk.account_id,
            context=context,
            dedupe_key=f"limit:{trunk.pk}:{one.since:%Y%m%d}:{'/'.join(map(str, bound))}:{one.percent}",
        )
    except letters.LetterError as refusal:
        log.warning("limit.letter_refused", trunk_id=trunk.pk, code=refusal.code)
