"""Calls that were counted twice: from two sources, or as two legs (4.4). For staff, over all accounts.

A repeat within one source is refused at import; one source cannot see the calls of another, so a person decides.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from sipcabinet.lib.periods import Month
from subscribers.models import CallDailyTotal, CallImport

# Few moments have several calls of one subscriber; their rows are found by the index made for pages of calls.
_SAME = """
WITH moments AS (
    SELECT subscriber_id, started_at FROM subscribers_callrecord WHERE month = ANY(%(months)s::date[])
    GROUP BY subscriber_id, started_at HAVING count(*) > 1
)
SELECT c.account_id, c.subscriber_id, s.phone, c.started_at, c.direction, c.other_party, c.call_id,
    array_agg(DISTINCT source.name), sum(c.cost) - max(c.cost)
FROM moments
JOIN subscribers_callrecord c USING (subscriber_id, started_at)
JOIN subscribers_subscriber s ON s.id = c.subscriber_id
JOIN subscribers_callsource source ON source.id = c.source_id
WHERE c.month = ANY(%(months)s::date[])
GROUP BY c.account_id, c.subscriber_id, s.phone, c.started_at, c.direction, c.other_party, c.call_id
HAVING {twice}
ORDER BY c.started_at, c.call_id, c.direction
"""
_OF_SOURCES = _SAME.format(twice="count(DISTINCT c.source_id) > 1 AND bool_or(c.charged_in = %(charged_in)s)")
_ANSWERED = _SAME.format(twice="count(DISTINCT c.source_id) > 1 OR count(*) FILTER (WHERE c.outcome = 'answered') > 1")
# The second leg, if the first leg is stored too: same trunk and direction, and to the same called number, unless the
# first leg did not end at one of our numbers (`subscribers.calls.legs`).
_LEGS = """
SELECT second.account_id, second.subscriber_id, s.phone, second.started_at, second.direction, second.other_party,
    second.call_id, array[source.name], second.cost
FROM subscribers_callrecord first
JOIN subscribers_callsource source ON source.id = first.source_id
JOIN subscribers_callrecord second ON second.source_id = first.source_id AND second.call_id = first.leg
    AND second.direction = first.direction AND second.trunk_id = first.trunk_id
JOIN subscribers_subscriber s ON s.id = second.subscriber_id
WHERE first.month = ANY(%(months)s::date[]) AND second.month = ANY(%(months)s::date[]) AND first.leg <> ''
    AND (source.format = 'freeswitch' OR first.leg ~* '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$')
    AND second.started_at BETWEEN first.started_at - interval '1 minute'
        AND first.started_at + (first.duration + 60) * interval '1 second'
    AND (second.leg <> first.call_id OR (first.started_at, first.call_id) < (second.started_at, second.call_id))
    AND (second.other_party = first.other_party OR NOT EXISTS (
        SELECT FROM subscribers_callrecord brought
        WHERE (brought.source_id, brought.call_id, brought.leg, brought.month)
            = (first.source_id, first.call_id, first.leg, first.month) AND brought.direction = 'in'
    ))
ORDER BY second.started_at, second.call_id
"""
# A call that is a leg of a stored second leg (`subscribers.calls.second_legs`); rows in a circle are left out.
_LEGS_OF_LEGS = """
SELECT third.account_id, third.subscriber_id, s.phone, third.started_at, third.direction, third.other_party,
    third.call_id, array[source.name], third.cost
FROM subscribers_secondleg second
JOIN subscribers_callsource source ON source.id = second.source_id
JOIN subscribers_callrecord third ON third.source_id = second.source_id AND third.call_id = second.names
JOIN subscribers_subscriber s ON s.id = third.subscriber_id
WHERE third.month = ANY(%(months)s::date[])
    AND third.started_at BETWEEN second.started_at - interval '1 minute'
        AND second.started_at + (second.duration + 60) * interval '1 second'
    AND (second.brought_to = 0 OR third.other_party = second.called
        OR (third.direction = 'in' AND third.trunk_id = second.brought_to))
    AND NOT EXISTS (
        SELECT FROM subscribers_secondleg circle
        WHERE circle.source_id = third.source_id AND circle.call_id = third.leg
    )
ORDER BY third.started_at, third.call_id
"""


@dataclass(frozen=True, slots=True)
class DoubledCall:
    """A call that counts more than once. `extra` is the total cost beyond one record: net BYN, six places."""

    account_id: int
    subscriber_id: int
    phone: str
    started_at: datetime
    direction: str
    other_party: str
    call_id: str
    sources: list[str]
    extra: Decimal


def of_sources(month: Month) -> list[DoubledCall]:
    """Calls charged by the month (4.7) that several sources have: the same id, start and numbers."""
    if CallImport.objects.filter(new_count__gt=0).values("source").distinct().count() < 2:
        return []
    late = CallDailyTotal.objects.filter(charged_in=month.first_day, day__lt=month.first_day).values_list("day")
    months = {month.first_day, *(Month.of(day).first_day for (day,) in late.distinct())}
    return _doubled(_OF_SOURCES, months, charged_in=month.first_day)


def every(*, since: Month) -> list[DoubledCall]:
    """Doubled calls that began in `since` or later: in several sources, one id with two conversations, second legs."""
    days = CallDailyTotal.objects.filter(day__gte=since.first_day).values_list("day").distinct()
    months = {Month.of(day).first_day for (day,) in days}
    return [*_doubled(_ANSWERED, months), *_doubled(_LEGS, months), *_doubled(_LEGS_OF_LEGS, months)]


def _doubled(query: str, months: set[date], **values: Any) -> list[DoubledCall]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"months": sorted(months), **values})
        return [DoubledCall(*row) for row in cursor.fetchall()]
