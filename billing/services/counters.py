"""Numbers of issued documents: 1..n without gaps (4.7)."""

from django.db import connection

from billing.models import CounterKind

DIGITS = 6
_TAKE = """
INSERT INTO billing_documentcounter AS c (kind, last) VALUES (%s, %s)
ON CONFLICT (kind) DO UPDATE SET last = c.last + excluded.last RETURNING last
"""


def take(kind: CounterKind) -> int:
    """Takes the next number of its kind. Locks the counter's row until the transaction ends; a rollback gives the
    number back. Call it last, right before the document is written."""
    return take_all(kind, 1)[0]


def take_all(kind: CounterKind, count: int) -> range:
    """Takes the next `count` numbers, at least one; locks as `take` does."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [kind.value, count])
        last = int(cursor.fetchone()[0])
    return range(last - count + 1, last + 1)


def shown(serial: int) -> str:
    """Formats a serial: `000123`."""
    return f"{serial:0{DIGITS}d}"
