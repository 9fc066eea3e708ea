"""Open months and their re-ratings, as the page shows them (4.5)."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sipcabinet.lib.durable import JobState
from sipcabinet.lib.periods import Month
from subscribers.calls import rerating
from subscribers.models import Rerating
from subscribers.selectors import open_months

NEWEST = 10


class OpenMonth(NamedTuple):
    """A month whose calls may be re-rated: its outgoing calls, and whether a run waits or works."""

    month: Month
    calls: int
    is_under_way: bool


def open_now() -> Sequence[OpenMonth]:
    """Open months with calls, in time order."""
    waiting = set(Rerating.objects.filter(state=JobState.WAITING).values_list("month", flat=True))
    return [
        OpenMonth(month, rerating.size(month=month), month.first_day in waiting)
        for month in open_months.with_calls(date.min)
    ]


def newest() -> Sequence[Rerating]:
    """The last runs, the newest first."""
    return list(Rerating.objects.select_related("ordered_by").order_by("-created_at", "-pk")[:NEWEST])
