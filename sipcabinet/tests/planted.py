"""Rows that the database refuses, planted to see that what stands behind that refusal holds too."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection


@contextmanager
def planted() -> Iterator[None]:
    """Writes inside the block as the owner, without foreign keys and triggers. Needs a test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute(f"SET LOCAL ROLE {settings.DATABASE_ROLE}")
