"""Most simultaneous calls per trunk and day, used to advise a channel package (3.3).

An import marks the days it touches within its own transaction; a task counts marked days later. Whichever locks a day's
row first, no call is lost: the import waits for the count and marks again, or the count skips the row until the
import is committed.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month, midnight
from subscribers.models import ChannelPeak

log = structlog.get_logger(__name__)
TASK = "subscribers.count_peaks"
BATCH_DAYS = 50  # trunk-days counted in one transaction: as long as an import of the same days may have to wait
MOST_DAYS = 20_000  # of one run
ONE_DAY = timedelta(days=1)

# Sorted, so that two imports lock shared days in the same order. ON CONFLICT locks an already marked row too.
_MARK_STAGED = """
WITH began AS (
    SELECT account_id, trunk_id, day, max(started + duration) AS last_end
    FROM calls_staging
    GROUP BY account_id, trunk_id, day
)
INSERT INTO subscribers_channelpeak AS p (account_id, trunk_id, day, calls)
SELECT account_id, trunk_id, date '2000-01-01' + day, 0
FROM (
    SELECT account_id, trunk_id, day FROM began
    UNION
    SELECT account_id, trunk_id, day + 1 FROM began
    WHERE to_timestamp(last_end) > (date '2000-01-01' + day + 1)::timestamp AT TIME ZONE 'Europe/Minsk'
) touched
ORDER BY trunk_id, day
ON CONFLICT ON CONSTRAINT one_peak_per_day DO UPDATE SET counted_at = NULL WHERE p.counted_at IS NOT NULL
"""
# A channel is busy in [start, start + duration): at equal moments, ends are counted before starts. The months are query
# parameters, so that one partition is scanned (two on the first of a month).
_COUNT = """
UPDATE subscribers_channelpeak SET counted_at = %(now)s, calls = (
    SELECT coalesce(max(busy), 0)
    FROM (
        SELECT sum(step) OVER (ORDER BY moment, step ROWS UNBOUNDED PRECEDING) AS busy
        FROM subscribers_callrecord c
        CROSS JOIN LATERAL (
            VALUES (started_at, 1), (started_at + duration * interval '1 second', -1)
        ) AS edge (moment, step)
        WHERE c.trunk_id = %(trunk)s AND c.month = ANY(%(months)s)
            AND c.started_at >= %(before)s AND c.started_at < %(end)s
            AND c.duration > 0 AND c.started_at + c.duration * interval '1 second' > %(start)s
    ) sweep
)
WHERE id = %(id)s
"""


def mark_staged(cursor: CursorWrapper) -> None:
    """Marks the days of the calls in the staging table, and the next day for calls that run past midnight.

    These are the last locks of a batch: while it waits here, nobody who holds these rows needs a lock of the batch.
    """
    cursor.execute(_MARK_STAGED)


def count(*, most: int = MOST_DAYS) -> int:
    """Counts marked days, the newest first, until none is left or `most` are done; returns how many.

    Several processes at once share the work (SKIP LOCKED).
    """
    done = 0
    while done < most and (counted := _count_batch(min(BATCH_DAYS, most - done))):
        done += counted
    if done:
        log.info("peaks.counted", days=done)
    return done


def _count_batch(size: int) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        marked = ChannelPeak.objects.filter(counted_at__isnull=True).order_by("-day", "trunk_id")
        days = list(marked.select_for_update(skip_locked=True)[:size])
        for row in days:
            cursor.execute(_COUNT, _sweep(row, clock.now()))
    return len(days)


def _sweep(row: ChannelPeak, now: datetime) -> dict[str, Any]:
    """Query parameters for a day. Calls that began up to a day before are counted; earlier ones are not."""
    start, end = midnight(row.day), midnight(row.day + ONE_DAY)
    months = sorted({Month.of(row.day).first_day, Month.of(row.day - ONE_DAY).first_day})
    return {
        "id": row.pk,
        "trunk": row.trunk_id,
        "months": months,
        "before": midnight(row.day - ONE_DAY),
        "start": start,
        "end": end,
        "now": now,
    }
