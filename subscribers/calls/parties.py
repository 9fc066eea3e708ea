"""Joins the sums of calls by the other party (`PartyTotal`), so that a search reads few rows (3.6).

Triggers append to the sums in the transaction that changes calls. Joining changes no sum: a page that reads the rows
before, after or between two joins shows the same.
"""

from datetime import date

import structlog
from django.db import connection

log = structlog.get_logger(__name__)
TASK = "subscribers.join_party_totals"
FEWEST = 1000  # fresh rows of a subscriber and month that are worth joining
SHARE = 4  # ... and one row in so many, so that a row is written only a few times in its month

_WORTH = """
SELECT subscriber_id, month, count(*) FROM subscribers_partytotal WHERE fresh
GROUP BY subscriber_id, month HAVING count(*) >= %s
"""
_JOINED = "SELECT count(*) FROM subscribers_partytotal WHERE NOT fresh AND subscriber_id = %s AND month = %s"
# Two joins at once: the second waits for the rows of the first and finds them gone. So it may see only a part of a
# party's rows, such as a changed cost with no calls: only rows that add up to nothing at all are left out.
_JOIN = """
WITH old AS (
    DELETE FROM subscribers_partytotal WHERE fresh IN (true, false) AND subscriber_id = %s AND month = %s RETURNING *
)
INSERT INTO subscribers_partytotal
SELECT account_id, subscriber_id, month, charged_in, direction, other_party, destination_id, sum(calls), sum(answered),
    sum(talk_seconds), sum(billed_seconds), sum(included_seconds), sum(cost), false
FROM old GROUP BY account_id, subscriber_id, month, charged_in, direction, other_party, destination_id
HAVING (sum(calls), sum(answered), sum(talk_seconds), sum(billed_seconds), sum(included_seconds), sum(cost))
    <> (0, 0, 0, 0, 0, 0)
ORDER BY direction, other_party
"""


def join(*, fewest: int = FEWEST) -> int:
    """Joins the rows of the subscribers and months that have many fresh ones; returns how many of these were joined."""
    done = 0
    with connection.cursor() as cursor:
        cursor.execute(_WORTH, [fewest])
        for subscriber_id, month, fresh in cursor.fetchall():
            cursor.execute(_JOINED, [subscriber_id, month])
            row = cursor.fetchone()
            if row and fresh * SHARE >= row[0]:
                cursor.execute(_JOIN, [subscriber_id, month])
                done += 1
    if done:
        log.info("parties.joined", subscriber_months=done)
    return done


def let_go(before: date) -> int:
    """Deletes the sums of the months before this first day; returns how many rows."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM subscribers_partytotal WHERE month < %s", [before])
        return int(cursor.rowcount)
