"""Deletes the records of a leg after the row that counts its call is imported (4.4). Open months only."""

from collections.abc import Iterable
from datetime import date

from django.db.backends.utils import CursorWrapper

from subscribers.calls import allowances
from subscribers.calls.legs import LegRecord
from subscribers.models import CallDirection

_TAKE_OUT = """
WITH gone AS (
    DELETE FROM subscribers_callrecord WHERE id = ANY(%s) AND month = ANY(%s) RETURNING *
), sums AS (
    SELECT subscriber_id, (started_at AT TIME ZONE 'Europe/Minsk')::date AS day, direction, destination_id, charged_in,
        count(*) AS calls, count(*) FILTER (WHERE outcome = 'answered') AS answered, sum(talk_seconds) AS talk_seconds,
        sum(billed_seconds) AS billed_seconds, sum(included_seconds) AS included_seconds, sum(cost) AS cost
    FROM gone GROUP BY 1, 2, 3, 4, 5
)
UPDATE subscribers_calldailytotal t SET
    calls = t.calls - s.calls,
    answered = t.answered - s.answered,
    talk_seconds = t.talk_seconds - s.talk_seconds,
    billed_seconds = t.billed_seconds - s.billed_seconds,
    included_seconds = t.included_seconds - s.included_seconds,
    cost = t.cost - s.cost
FROM sums s
WHERE (t.subscriber_id, t.day, t.direction, t.charged_in) = (s.subscriber_id, s.day, s.direction, s.charged_in)
    AND t.destination_id IS NOT DISTINCT FROM s.destination_id
RETURNING t.id
"""
_DROP_EMPTY = "DELETE FROM subscribers_calldailytotal WHERE id = ANY(%s) AND calls = 0"
_PEAKS = """
UPDATE subscribers_channelpeak p SET counted_at = NULL
FROM unnest(%s::bigint[], %s::date[]) AS n (trunk_id, month)
WHERE p.trunk_id = n.trunk_id AND p.day >= n.month AND p.day <= n.month + interval '1 month'
    AND p.counted_at IS NOT NULL
"""


def take_out(cursor: CursorWrapper, records: Iterable[LegRecord], covered: frozenset[int]) -> None:
    """Deletes the records, subtracts them from the daily totals and recounts the minutes of their trunks.

    Call it in the transaction that wrote the counting row, after writing that row and with the months held. Locks
    the allowances, then the daily totals, then the peaks.
    """
    gone = list(records)
    if not gone:
        return
    drawn = {
        (one.trunk_id, one.month)
        for one in gone
        if one.direction == CallDirection.OUT and one.billed_seconds and one.destination_id in covered
    }
    locked = allowances.lock(drawn)
    cursor.execute(_TAKE_OUT, [[one.id for one in gone], sorted({one.month for one in gone})])
    cursor.execute(_DROP_EMPTY, [[total_id for (total_id,) in cursor.fetchall()]])
    allowances.count_anew(cursor, locked)
    _mark_peaks(cursor, {(one.trunk_id, one.month) for one in gone})


def _mark_peaks(cursor: CursorWrapper, trunk_months: set[tuple[int, date]]) -> None:
    cursor.execute(_PEAKS, [list(column) for column in zip(*sorted(trunk_months), strict=True)])
