"""Locks of a name, for what has no row that the caller may lock: PostgreSQL's advisory locks.

The key of a name is its 64-bit hash, one function for all. Processes of an earlier release keep each other out by the
same names, but for `durable.alone`, the demo's loading and the roles of the migrations: these used another hash. The
first protects nothing, the others are commands that nobody runs twice at once during an upgrade.
"""

from django.db import connection

KEY = "hashtextextended(%s, 0)"
HOLD = f"SELECT pg_advisory_xact_lock({KEY})"


def hold(name: str) -> None:
    """Locks the name until the caller's transaction ends. Waits for whoever has it."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [name])
