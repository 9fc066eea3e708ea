"""Monthly partitions of call records: created ahead, dropped after the keeping time, by the table owner's functions."""

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
    """The months whose partitions exist: calls of these months can be stored."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES)
        return {Month(int(name[-7:-3]), int(name[-2:])) for (name,) in cursor.fetchall()}


def kept() -> list[Month]:
    """The months that should exist: those within the keeping time, the present one, and those ahead."""
    return Month.current().shift(AHEAD).last(settings.CALL_KEEPING_MONTHS + 1 + AHEAD)


def open_ahead() -> list[Month]:
    """Creates the missing months of `kept()`; returns them. Safe to repeat or to run twice at once."""
    return [month for month in sorted(set(kept()) - months()) if _call("subscribers_ensure_partition", month.first_day)]


def let_go() -> list[Month]:
    """Drops the months older than the keeping time; returns them. Waits for their readers at most 5 seconds each."""
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
