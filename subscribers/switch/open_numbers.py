"""Numbers that no restriction and no service ever bars: emergency services and every free destination (4.8)."""

from datetime import timedelta
from typing import NamedTuple

from sipcabinet.lib import clock, validity
from subscribers.models import Rate

EMERGENCY = ("101", "102", "103", "104", "112")  # open even without a rate in the price list
# A free prefix is opened a day before its price begins, because the switch gets it by a nightly run, not at midnight.
AHEAD = timedelta(days=1)


class OpenNumber(NamedTuple):
    """The beginning of open numbers: E.164 digits without «+», or a short number such as `112`."""

    prefix: str
    is_short: bool


def today() -> list[OpenNumber]:
    """The numbers open now, in a fixed order, without repeats."""
    now = clock.today()
    free = Rate.objects.filter(validity.in_force(now, now + AHEAD), destination__is_free=True).exclude(prefix="")
    listed = {OpenNumber(*row) for row in free.values_list("prefix", "is_short")}
    return sorted(listed | {OpenNumber(short, is_short=True) for short in EMERGENCY})
