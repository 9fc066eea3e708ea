"""Round trips to PostgreSQL, counted by libpq itself: statements of transactions and roles count like any other."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import pq

from sipcabinet.lib import prepared_statements, tenancy

_ASKED = re.compile(r'"\s*(WITH|\(?SELECT (?!set_config|1")|INSERT|UPDATE|DELETE|DECLARE)')
_PREPARED = re.compile(r'Bind\t.* "(portal_\d+)"')  # of `prepared_statements`
ANSWERED = "ReadyForQuery"  # the server's last message in each answer; a pipeline has one


@dataclass
class Trips:
    """`count` and the texts of the statements, once the block of `counted` has ended."""

    count: int = 0
    statements: list[str] = field(default_factory=list)

    @property
    def queries(self) -> int:
        """How many statements ask or change rows: without those of transactions and roles."""
        return sum(bool(_ASKED.search(text)) for text in self.statements)


@contextmanager
def counted() -> Iterator[Trips]:
    """Counts round trips on the open connections of this thread: the application's and that of customers' pages."""
    trips = Trips()
    with ExitStack() as stack:
        traces = [(raw, *stack.enter_context(_traced(raw.pgconn))) for raw in _open()]
        try:
            yield trips
        finally:
            for raw, pgconn, file in traces:
                pgconn.untrace()
                file.seek(0)
                prepared = prepared_statements.names(raw)
                for line in file.read().decode(errors="replace").splitlines():
                    _count(trips, line, prepared)


@contextmanager
def _traced(pgconn: Any) -> Iterator[tuple[Any, Any]]:
    with tempfile.TemporaryFile() as file:
        pgconn.trace(file.fileno())
        pgconn.set_trace_flags(pq.Trace.SUPPRESS_TIMESTAMPS)
        yield pgconn, file


def _open() -> list[Any]:
    logins = [connections[DEFAULT_DB_ALIAS]]
    if tenancy._own_logins is not None:
        logins.append(tenancy._own_logins[DEFAULT_DB_ALIAS])
    return [login.connection for login in logins if login.connection is not None]


def _count(trips: Trips, line: str, prepared: dict[str, str]) -> None:
    """Counts a line of libpq's trace; `prepared` holds the texts of prepared statements by name."""
    sender, _, words = line.partition("\t")
    if ANSWERED in words:
        trips.count += 1
    elif sender == "F" and ("Query\t" in words or 'Parse\t "" ' in words):
        trips.statements.append(words)
    elif sender == "F" and (found := _PREPARED.search(words)):
        trips.statements.append(f'"{prepared[found[1]]}"')
