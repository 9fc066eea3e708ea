"""Free numbers that can be offered to a customer: by a pattern, or a run of them (4.13)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts.models import Customer
from sipcabinet.lib import clock
from subscribers.models import NumberRange

SHOWN = 12
MOST_IN_A_ROW = 100

# An island: numbers without a gap that may be offered. `for_whom` tells of the first hold within the run. What is taken
# is read first, so that PostgreSQL compares numbers by a hash, and not each of 100,000 by an index.
_FREE = """
WITH held AS MATERIALIZED (
    SELECT substr(h.phone, 2)::bigint AS n, COALESCE(c.name, h.text) AS for_whom,
        COALESCE((h.kind <> 'ported_out' AND h.customer_id = %(customer)s)
            OR (%(with_reserved)s AND h.kind = 'reserved' AND h.customer_id IS NULL), false) AS fits
    FROM subscribers_numberhold h LEFT JOIN accounts_customer c ON c.id = h.customer_id
    WHERE h.phone BETWEEN '+' || %(first)s::bigint AND '+' || %(last)s::bigint AND h.starts_at <= %(now)s
        AND (h.until IS NULL OR h.until > %(now)s) AND (h.ended_at IS NULL OR h.ended_at > %(now)s)
), taken AS MATERIALIZED (
    SELECT substr(s.phone, 2)::bigint AS n FROM subscribers_subscriber s
    WHERE s.closed_at IS NULL AND s.phone BETWEEN '+' || %(first)s::bigint AND '+' || %(last)s::bigint
    UNION ALL SELECT n FROM held WHERE NOT fits
)
SELECT n, for_whom FROM (
    SELECT n, max(n) OVER (PARTITION BY island) AS island_ends,
        max(for_whom) OVER (ORDER BY n ROWS BETWEEN CURRENT ROW AND %(count)s - 1 FOLLOWING) AS for_whom
    FROM (
        SELECT span.n, held.for_whom, span.n - row_number() OVER (ORDER BY span.n) AS island
        FROM generate_series(%(first)s::bigint, %(last)s::bigint) span(n)
        LEFT JOIN held ON held.n = span.n
        WHERE NOT EXISTS (SELECT FROM taken WHERE taken.n = span.n)
    ) free
) runs
WHERE island_ends - n >= %(count)s - 1 AND n::text LIKE %(like)s
ORDER BY n LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """`count` free numbers in a row from `first` (E.164 digits). `for_whom`: for whom one of them is kept, or empty."""

    first: int
    count: int
    for_whom: str

    @property
    def phones(self) -> list[str]:
        return [f"+{self.first + place}" for place in range(self.count)]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for: a pattern of `patterns.like` that the first number fits, how many numbers in a row, the
    customer whose reservations and former numbers count as free, and whether reservations without a customer do."""

    like: str = "%"
    count: int = 1
    customer: Customer | None = None
    with_reserved: bool = False


def free(wish: Wish) -> list[Offer]:
    """Up to SHOWN offers in order; runs do not share numbers."""
    found: list[Offer] = []
    for one in NumberRange.objects.order_by("first"):
        found += _of_range(one, wish, SHOWN - len(found))
        if len(found) >= SHOWN:
            break
    return found


def _of_range(one: NumberRange, wish: Wish, most: int) -> Iterator[Offer]:
    given: dict[str, Any] = {
        "first": one.first,
        "last": one.last,
        "now": clock.now(),
        "customer": wish.customer.pk if wish.customer else None,
        "with_reserved": wish.with_reserved,
        "count": wish.count,
        "like": wish.like,
        "limit": most * wish.count,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FREE, given)
        rows = cursor.fetchall()
    after = 0
    for number, for_whom in rows:
        if number >= after and most > 0:
            yield Offer(number, wish.count, for_whom or "")
            after, most = number + wish.count, most - 1
