"""Daily totals of calls, written in the same transaction as the calls; read by charts, totals and charges.

Prices change only in open months, so `shift` and `move` change only totals that are charged by their own month.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from django.db.backends.utils import CursorWrapper

# Sorted, so that two imports lock shared totals in the same order.
_ADD_STAGED = """
INSERT INTO subscribers_calldailytotal AS t (
    account_id, subscriber_id, day, direction, destination_id, charged_in,
    calls, answered, talk_seconds, billed_seconds, included_seconds, cost
)
SELECT account_id, subscriber_id, date '2000-01-01' + day, direction, destination_id, date '2000-01-01' + charged_in,
    count(*), count(*) FILTER (WHERE outcome = 'answered'), sum(talk_seconds), sum(billed_seconds),
    sum(included_seconds), sum(cost) * 0.000001
FROM calls_staging
GROUP BY account_id, subscriber_id, day, direction, destination_id, charged_in
ORDER BY subscriber_id, day, direction, destination_id, charged_in
ON CONFLICT ON CONSTRAINT one_total_per_day DO UPDATE SET
    calls = t.calls + excluded.calls,
    answered = t.answered + excluded.answered,
    talk_seconds = t.talk_seconds + excluded.talk_seconds,
    billed_seconds = t.billed_seconds + excluded.billed_seconds,
    included_seconds = t.included_seconds + excluded.included_seconds,
    cost = t.cost + excluded.cost
"""
_SHIFT = """
UPDATE subscribers_calldailytotal t SET
    included_seconds = t.included_seconds + s.included, cost = t.cost + s.cost * 0.000001
FROM (
    SELECT subscriber_id, day, destination_id, sum(included)::bigint AS included, sum(cost)::bigint AS cost
    FROM unnest(%s::bigint[], %s::date[], %s::bigint[], %s::bigint[], %s::bigint[])
        AS one (subscriber_id, day, destination_id, included, cost)
    GROUP BY subscriber_id, day, destination_id
) s
WHERE (t.subscriber_id, t.day, t.direction, t.destination_id) = (s.subscriber_id, s.day, 'out', s.destination_id)
    AND t.charged_in = date_trunc('month', s.day::timestamp)::date
"""

# Finds or creates the totals and locks them in the same order as imports do.
_TAKE = """
INSERT INTO subscribers_calldailytotal AS t (
    account_id, subscriber_id, day, direction, destination_id, charged_in,
    calls, answered, talk_seconds, billed_seconds, included_seconds, cost
)
SELECT account_id, subscriber_id, day, 'out', destination_id, date_trunc('month', day::timestamp)::date,
    0, 0, 0, 0, 0, 0
FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::bigint[])
    AS one (account_id, subscriber_id, day, destination_id)
ORDER BY subscriber_id, day, destination_id
ON CONFLICT ON CONSTRAINT one_total_per_day DO UPDATE SET calls = t.calls
RETURNING account_id, subscriber_id, day, destination_id, id
"""
_MOVE = """
UPDATE subscribers_calldailytotal t SET
    calls = t.calls + n.calls,
    answered = t.answered + n.answered,
    talk_seconds = t.talk_seconds + n.talk_seconds,
    billed_seconds = t.billed_seconds + n.billed_seconds,
    included_seconds = t.included_seconds + n.included_seconds,
    cost = t.cost + n.cost * 0.000001
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
    AS n (id, calls, answered, talk_seconds, billed_seconds, included_seconds, cost)
WHERE t.id = n.id
"""
_DROP_EMPTY = "DELETE FROM subscribers_calldailytotal WHERE id = ANY(%s) AND calls = 0"


class Place(NamedTuple):
    """Identifies the daily total (outgoing) that a call belongs to."""

    account_id: int
    subscriber_id: int
    day: date
    destination_id: int | None


class Sums(NamedTuple):
    """Amounts that calls add to their total or subtract from it: counts, seconds, micro-BYN."""

    calls: int = 0
    answered: int = 0
    talk_seconds: int = 0
    billed_seconds: int = 0
    included_seconds: int = 0
    cost: int = 0

    def plus(self, other: "Sums") -> "Sums":
        return Sums(*(one + two for one, two in zip(self, other, strict=True)))

    def minus(self, other: "Sums") -> "Sums":
        return Sums(*(one - two for one, two in zip(self, other, strict=True)))


class Shift(NamedTuple):
    """A change of one outgoing call's covered seconds and cost (micro-BYN); `day` is ISO."""

    subscriber_id: int
    day: str
    destination_id: int
    included: int
    cost: int


def add_staged(cursor: CursorWrapper) -> None:
    """Adds the calls of the staging table to the daily totals."""
    cursor.execute(_ADD_STAGED)


def shift(cursor: CursorWrapper, shifts: Iterable[Shift]) -> None:
    """Updates daily totals for calls whose covered seconds and cost were recounted."""
    if columns := list(zip(*shifts, strict=True)):
        cursor.execute(_SHIFT, [list(column) for column in columns])


def move(cursor: CursorWrapper, changes: Mapping[Place, Sums]) -> None:
    """Adds the changes to the totals; creates missing totals and deletes those left without calls.

    Takes differences rather than sums: a parallel import may add calls to the same days, and none is lost.
    """
    if not (places := [place for place, sums in changes.items() if any(sums)]):
        return
    cursor.execute(_TAKE, [list(column) for column in zip(*places, strict=True)])
    rows = [(total_id, *changes[Place(*place)]) for *place, total_id in cursor.fetchall()]
    cursor.execute(_MOVE, [list(column) for column in zip(*rows, strict=True)])
    cursor.execute(_DROP_EMPTY, [[row[0] for row in rows]])
