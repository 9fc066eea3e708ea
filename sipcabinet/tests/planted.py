"""Writes rows that the database would refuse, to test the guards that come after that refusal."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection


@contextmanager
def planted() -> Iterator[None]:
    """Inside the block the owner writes, without foreign keys and triggers. Needs the transaction of a test."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute(f"SET LOCAL ROLE {settings.DATABASE_ROLE}")
