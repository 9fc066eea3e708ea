"""Included minutes for calls imported after their month closed: they use the seconds left, in order of arrival.

Calls already billed keep their minutes and prices (4.5, 4.7).
"""

from collections.abc import Sequence
from datetime import date

from django.db.backends.utils import CursorWrapper

from subscribers.calls.rows import Record
from subscribers.rating import CoverableCall, take_left

# Updates the calls and also their rows in the staging table, from which the daily totals are counted afterwards.
_COVER_CALLS = """
UPDATE subscribers_callrecord c SET included_seconds = n.included, cost = n.cost * 0.000001
FROM unnest(%s::int[], %s::int[], %s::bigint[]) AS n (row_no, included, cost)
JOIN calls_staging s ON s.row_no = n.row_no AND s.direction = 'out'
WHERE c.id = s.id AND c.month = %s
"""
_COVER_STAGED = """
UPDATE calls_staging s SET included_seconds = n.included, cost = n.cost
FROM unnest(%s::int[], %s::int[], %s::bigint[]) AS n (row_no, included, cost)
WHERE s.row_no = n.row_no AND s.direction = 'out'
"""


def cover(cursor: CursorWrapper, month: date, left: int, calls: Sequence[tuple[CoverableCall, Record]]) -> int:
    """Covers newly written calls of one trunk and month by up to `left` seconds; returns the seconds used.

    The caller holds the lock of the month's Allowance.
    """
    ordered = sorted(calls, key=lambda call: call[0].key)
    outcome = take_left(left, [call for call, _ in ordered])
    covered = [
        (record.row_no, one.covered, one.cost) for (_, record), one in zip(ordered, outcome, strict=True) if one.covered
    ]
    if covered:
        columns = [list(column) for column in zip(*covered, strict=True)]
        cursor.execute(_COVER_CALLS, [*columns, month])
        cursor.execute(_COVER_STAGED, columns)
    return sum(one.covered for one in outcome)
