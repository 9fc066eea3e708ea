"""Months of call records: opened ahead, let go of when past keeping, by functions of the table's owner."""

from datetime import date

import structlog
from django.conf import settings
from django.db import connection, transaction

from sipcabinet.lib.periods import Month

log = structlog.get_logger(__name__)
AHEAD = 2  # months opened before they begin

_NAMES = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'subscribers_callrecord'::regclass
"""


def months() -> set[Month]:
    """The months that can take calls."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES)
        return {Month(int(name[-7:-3]), int(name[-2:])) for (name,) in cursor.fetchall()}


def kept() -> list[Month]:
    """The months that should be there: those being kept, the present one, and those ahead."""
    return Month.current().shift(AHEAD).last(settings.CALL_KEEPING_MONTHS + 1 + AHEAD)


def open_ahead() -> list[Month]:
    """Opens what is missing of `kept()`; returns it. Doing it twice, or two at once, is harmless."""
    return [month for month in sorted(set(kept()) - months()) if _call("subscribers_ensure_partition", month.first_day)]


def let_go() -> list[Month]:
    """Drops the months past keeping; returns them. Waits for their readers no longer than a few seconds."""
    oldest = min(kept())
    return [
        month for month in sorted(months()) if month < oldest and _call("subscribers_drop_partition", month.first_day)
    ]


def _call(function: str, first_day: date) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '5s'")
        cursor.execute(f"SELECT {function}(%s)", [first_day])
        row = cursor.fetchone()
    done = bool(row and row[0])
    if done:
        log.info("partitions.changed", function=function, month=first_day.isoformat())
    return done
