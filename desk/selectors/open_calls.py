"""How many imported calls a change of the catalogue touches: calls of open months, and of the last month (4.3, 4.5)."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.models import Sum

from sipcabinet.lib.periods import Month, midnight
from subscribers.models import CallDailyTotal, CallDirection
from subscribers.selectors import open_months

_BEGIN_SO = "left(other_party, %s) = ANY(%s)"
_COUNT = """
SELECT count(*) FROM subscribers_callrecord
WHERE direction = 'out' AND month = ANY(%s) AND started_at >= %s AND ({conditions})
"""


class Spoken(NamedTuple):
    """Outgoing calls of a month."""

    month: Month
    calls: int


def with_prefixes(prefixes: Iterable[str], since: date) -> int:
    """Outgoing calls of open months, from that day on, to numbers that begin with one of the prefixes (digits without
    the plus). Reads each open month once, whatever the number of prefixes."""
    found = [month.first_day for month in open_months.with_calls(since)]
    by_length: dict[int, list[str]] = defaultdict(list)
    for prefix in prefixes:
        by_length[len(prefix) + 1].append(f"+{prefix}")
    if not (found and by_length):
        return 0
    conditions = " OR ".join([_BEGIN_SO] * len(by_length))
    arguments = [argument for pair in by_length.items() for argument in pair]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(conditions=conditions), [found, midnight(since), *arguments])
        return int(cursor.fetchone()[0])


def of_destinations(destinations: Collection[int]) -> int:
    """Outgoing calls of all open months to these destinations (primary keys), from the daily totals."""
    return sum(_calls(month, destinations) for month in open_months.with_calls(date.min))


def of_destinations_last_month(destinations: Collection[int]) -> Spoken:
    """Outgoing calls of the last full month to these destinations, from the daily totals."""
    month = Month.current().shift(-1)
    return Spoken(month, _calls(month, destinations))


def _calls(month: Month, destinations: Collection[int]) -> int:
    totals = CallDailyTotal.objects.filter(
        direction=CallDirection.OUT, day__range=(month.first_day, month.last_day), destination__in=destinations
    )
    return int(totals.aggregate(calls=Sum("calls"))["calls"] or 0)
