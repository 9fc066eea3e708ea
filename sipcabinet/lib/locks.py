"""Locks by name (PostgreSQL's advisory locks), for things that have no row which the caller may lock.

The key of a name is its 64-bit hash; all locks use one hash function. Processes of an earlier release lock the same
keys, except `durable.alone`, the loading of the demo and the roles of the migrations: these used another hash. That is
harmless: `durable.alone` protects nothing, and nobody runs the other two twice at once during an upgrade.
"""

from collections.abc import Sequence

from django.db import connection

KEY = "hashtextextended(%s, 0)"
HOLD = f"SELECT pg_advisory_xact_lock({KEY})"
_HOLD_FREE = "SELECT name FROM unnest(%s::text[]) AS name WHERE pg_try_advisory_xact_lock(hashtextextended(name, 0))"


def hold(name: str) -> None:
    """Locks the name until the caller's transaction ends. Waits while another transaction holds the lock."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [name])


def hold_free(names: Sequence[str]) -> set[str]:
    """Locks those of the names that nobody holds until the caller's transaction ends, and returns them. Never waits, so
    a holder of many locks is in nobody's deadlock."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_FREE, [list(names)])
        return {name for (name,) in cursor.fetchall()}
