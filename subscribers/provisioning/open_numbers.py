"""Numbers that no restriction and no barring ever touches: emergency services, and every free destination (4.8)."""

from datetime import timedelta
from typing import NamedTuple

from sipcabinet.lib import clock, validity
from subscribers.models import Rate

EMERGENCY = ("101", "102", "103", "104", "112")  # whatever the price list says
# A free prefix is open a day before its price begins: the switch learns of it at night, not at midnight.
AHEAD = timedelta(days=1)


class OpenNumber(NamedTuple):
    """A beginning of numbers: E.164 digits without «+», or of a short number such as `112`."""

    prefix: str
    is_short: bool


def today() -> list[OpenNumber]:
    """The open beginnings now, in a fixed order, each once."""
    now = clock.today()
    free = Rate.objects.filter(validity.in_force(now, now + AHEAD), destination__is_free=True).exclude(prefix="")
    listed = {OpenNumber(*row) for row in free.values_list("prefix", "is_short")}
    return sorted(listed | {OpenNumber(short, is_short=True) for short in EMERGENCY})
