"""Locks by name (PostgreSQL's advisory locks), for things that have no row which the caller may lock.

The key of a name is its 64-bit hash; all locks use one hash function. Processes of an earlier release lock the same
keys, except `durable.alone`, the loading of the demo and the roles of the migrations: these used another hash. That is
harmless: `durable.alone` protects nothing, and nobody runs the other two twice at once during an upgrade.
"""

from django.db import connection

KEY = "hashtextextended(%s, 0)"
HOLD = f"SELECT pg_advisory_xact_lock({KEY})"


def hold(name: str) -> None:
    """Locks the name until the caller's transaction ends. Waits while another transaction holds the lock."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [name])
