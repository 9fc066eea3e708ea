"""Long reads go to a streaming replica (REPLICA_DATABASE_URL), if it knows all that the primary knew when they began.

A replica is behind by a moment, and by more after a fault, while a document or a report must not miss a call. So the
reader asks the primary for its place in the log, and reads from the replica only when that has come so far. Without a
replica, with one that is away or too late or copies another database, and inside a transaction, the primary is read as
before.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.utils import ConnectionHandler

log = structlog.get_logger(__name__)
T = TypeVar("T")
PART_ROWS = 1_000
LOOK_AGAIN_SECONDS = 0.05
# A copy has the identifier of its cluster and the number of its database; places in two logs cannot be compared.
_SELF = """
SELECT system_identifier || '/' || oid FROM pg_control_system(), pg_database WHERE datname = current_database()
"""
# The connection of each thread under the alias `default`, as for customers' pages (`tenancy`).
_logins = ConnectionHandler({DEFAULT_DB_ALIAS: settings.REPLICA_DATABASE}) if settings.REPLICA_DATABASE else None


@contextmanager
def reading() -> Iterator[None]:
    """While the block runs, queries go to the replica if it may be used. The block must not write."""
    own = _caught_up()
    if own is None:
        yield
    else:
        with _in_place(own):
            yield


def rows(made: Callable[[], Iterable[T]]) -> Iterator[T]:
    """The rows that `made` gives, read in parts of PART_ROWS. The primary is in its place whenever a row is given, so
    the caller may write between two rows."""
    own = _caught_up()
    if own is None:
        yield from made()
        return
    with _in_place(own):
        left = iter(made())
    while True:
        with _in_place(own):
            part = list(islice(left, PART_ROWS))
        if not part:
            return
        yield from part


@contextmanager
def _in_place(own: Any) -> Iterator[None]:
    primary = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = own
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = primary


def _caught_up() -> Any:
    """The connection to the replica, once it has all that the primary has now; None if the primary must be read."""
    if _logins is None or connection.in_atomic_block:
        return None
    own = _logins[DEFAULT_DB_ALIAS]
    try:
        own.close_if_unusable_or_obsolete()
        if _one(own, _SELF) != _one(connection, _SELF):
            log.error("replica.of_another_database")
            return None
        place = _one(connection, "SELECT pg_current_wal_flush_lsn()")
        end = time.monotonic() + settings.REPLICA_WAIT_SECONDS
        while not _one(own, "SELECT pg_last_wal_replay_lsn() >= %s", place):
            if time.monotonic() > end:
                log.warning("replica.late", seconds=settings.REPLICA_WAIT_SECONDS)
                return None
            time.sleep(LOOK_AGAIN_SECONDS)
    except DatabaseError as error:
        log.warning("replica.away", error=type(error).__name__)
        own.close()
        return None
    return own


def _one(database: Any, sql: str, *values: Any) -> Any:
    with database.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchone()[0]
