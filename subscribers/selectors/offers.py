"""Free numbers that can be offered to a customer: by a pattern, or a run of them (4.13)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection

from accounts.models import Customer
from sipcabinet.lib import clock
from subscribers.models import NumberRange

SHOWN = 12
MOST_IN_A_ROW = 100

# A number held for this very customer is free for him. An island: free numbers without a gap.
_FREE = """
SELECT n, held FROM (
    SELECT n, held, max(n) OVER (PARTITION BY island) AS island_ends FROM (
        SELECT n, h.id IS NOT NULL AS held, n - row_number() OVER (ORDER BY n) AS island
        FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
        LEFT JOIN subscribers_subscriber s ON s.phone = '+' || n AND s.closed_at IS NULL
            AND s.phone BETWEEN '+' || %(first)s::bigint AND '+' || %(last)s::bigint
        LEFT JOIN subscribers_numberhold h ON h.phone = '+' || n AND h.starts_at <= %(now)s
            AND (h.until IS NULL OR h.until > %(now)s) AND (h.ended_at IS NULL OR h.ended_at > %(now)s)
            AND h.phone BETWEEN '+' || %(first)s::bigint AND '+' || %(last)s::bigint
        WHERE s.id IS NULL AND (h.id IS NULL OR (h.kind <> 'ported_out' AND h.customer_id = %(customer)s))
    ) free
) runs
WHERE island_ends - n >= %(count)s - 1 AND n::text LIKE %(like)s
ORDER BY n LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """`count` free numbers in a row from `first` (E.164 digits). `is_held`: the first one is kept for the customer."""

    first: int
    count: int
    is_held: bool

    @property
    def phones(self) -> list[str]:
        return [f"+{self.first + place}" for place in range(self.count)]

    @property
    def last_phone(self) -> str:
        return f"+{self.first + self.count - 1}"


def free(
    *, like: str = "%", count: int = 1, customer: Customer | None = None, ranges: Iterable[NumberRange] | None = None
) -> list[Offer]:
    """Up to SHOWN offers, in order: single numbers that fit the pattern, or runs of `count` whose first number fits.

    Runs do not share numbers. `like` is a pattern of `patterns.like`; `ranges` narrows to these ranges.
    """
    found: list[Offer] = []
    for one in NumberRange.objects.order_by("first") if ranges is None else ranges:
        found += _of_range(one, like, count, customer, SHOWN - len(found))
        if len(found) >= SHOWN:
            break
    return found


def _of_range(one: NumberRange, like: str, count: int, customer: Customer | None, most: int) -> Iterator[Offer]:
    given = {
        "first": one.first,
        "last": one.last,
        "now": clock.now(),
        "customer": customer.pk if customer else None,
        "count": count,
        "like": like,
        "limit": most * count,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FREE, given)
        rows = cursor.fetchall()
    after = 0
    for number, is_held in rows:
        if number >= after and most > 0:
            yield Offer(number, count, is_held)
            after, most = number + count, most - 1
