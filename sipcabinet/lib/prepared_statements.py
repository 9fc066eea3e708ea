"""Statements that PostgreSQL parses and plans once in a session, because planning costs more than asking.

A value of a page becomes a parameter of the statement; a constant stays in its text, so that the planner sees it (an
index of open rows only). In the transaction of a customer's page the plan is made for any value (`tenancy`).

The statement goes to libpq without Django's and psycopg's cursors, which take longer than a short query. They are used
where they do more: behind a pooler, where a session belongs to one transaction; when the query is to be logged; and for
the first statement of a transaction that has not begun yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from psycopg import adapters as psycopg_adapters
from psycopg import pq
from psycopg.adapt import AdaptersMap, PyFormat, Transformer
from psycopg.errors import FeatureNotSupported, error_from_result
from psycopg.generators import execute
from psycopg.sql import Literal
from psycopg.types.numeric import Int4, Int8

_INT4, _INT8 = 2**31, 2**63
_KEPT = "_portal_statements"  # the attribute of a psycopg connection for what `_Session` holds


@dataclass(frozen=True, slots=True)
class Slot:
    """The parameter of the statement that stands for a value."""

    place: int


@dataclass(slots=True)
class _Session:
    """What a connection keeps: its way to adapt values, and the names of statements by text and types of values."""

    adapted: Any
    names: dict[tuple[str, tuple[int, ...]], bytes] = field(default_factory=dict)
    made: int = 0


class _Adapters:
    """How a connection turns values into texts and back: as Django set up, but moments are read by psycopg's own code
    in C. Django's loader reads them in Python, twenty times slower, to the same moments of UTC."""

    def __init__(self, raw: Any) -> None:
        self.connection, self.adapters = raw, AdaptersMap(raw.adapters)
        loader: Any = psycopg_adapters.get_loader(psycopg_adapters.types["timestamptz"].oid, pq.Format.TEXT)
        self.adapters.register_loader("timestamptz", loader)


class Statement:
    """A statement of Django with `%s` for its parameters, of which those that are a Slot differ each time.

    `by_values`: planned anew each time, for its values. For a query whose good plan depends on them, such as the calls
    of some numbers: a plan for any subscriber reads all calls of one who has many.
    """

    def __init__(self, sql: str, parameters: Sequence[Any], *, by_values: bool = False) -> None:
        self.sql, self.parameters, self._by_values = sql, tuple(parameters), by_values
        self._numbered = ""

    def rows(self, connection: Any, values: Sequence[Any]) -> list[Any]:
        """Asks the statement with these values on a connection of Django; returns all rows."""
        connection.close_if_health_check_failed()
        if connection.connection is None:
            connection.ensure_connection()
        if self._by_values or settings.DATABASE_POOLED or not _is_plain(connection):
            with connection.cursor() as cursor:
                cursor.execute(self.sql, [values[one.place] if type(one) is Slot else one for one in self.parameters])
                return cursor.fetchall()  # type: ignore[no-any-return]
        connection.validate_thread_sharing()
        connection.validate_no_broken_transaction()
        raw = connection.connection
        with connection.wrap_database_errors, raw.lock:
            return _asked(raw, self._numbered or self._number(raw), [_typed(value) for value in values])

    def _number(self, raw: Any) -> str:
        """The text with `$1`, `$2`, … for its values."""
        parts = self.sql.split("%s")
        given = [f"${one.place + 1}" if type(one) is Slot else Literal(one).as_string(raw) for one in self.parameters]
        plain = [part.replace("%%", "%") for part in parts]
        self._numbered = "".join(part for pair in zip(plain, [*given, ""], strict=True) for part in pair)
        return self._numbered


def names(raw: Any) -> dict[str, str]:
    """The texts of the statements of a psycopg connection by their names."""
    kept = getattr(raw, _KEPT, None)
    return {name.decode(): text for (text, _types), name in kept.names.items()} if kept else {}


def _is_plain(connection: Any) -> bool:
    """Whether nobody wants to see the query, and no `BEGIN` has to go before it."""
    if connection.queries_logged or connection.execute_wrappers:
        return False
    raw = connection.connection
    status = raw.pgconn.transaction_status
    return bool(status == pq.TransactionStatus.INTRANS or (raw.autocommit and status == pq.TransactionStatus.IDLE))


def _asked(raw: Any, sql: str, values: list[Any]) -> list[Any]:
    kept: _Session | None = getattr(raw, _KEPT, None)
    if kept is None:
        kept = _Session(Transformer(_Adapters(raw)))
        setattr(raw, _KEPT, kept)
    adapted, pgconn = kept.adapted, raw.pgconn
    texts = adapted.dump_sequence(values, [PyFormat.AUTO] * len(values))
    key = sql, adapted.types or ()
    name = kept.names.get(key)
    if name is None:
        name, kept.made = f"portal_{kept.made}".encode(), kept.made + 1
        pgconn.send_prepare(name, sql.encode(), param_types=key[1])
        _answer(raw, pq.ExecStatus.COMMAND_OK)
        kept.names[key] = name
    pgconn.send_query_prepared(name, texts, param_formats=adapted.formats)
    try:
        answer = _answer(raw, pq.ExecStatus.TUPLES_OK)
    except FeatureNotSupported:  # a migration has changed the type of a column: the next page prepares it anew
        del kept.names[key]
        raise
    adapted.set_pgresult(answer)
    found: list[Any] = adapted.load_rows(0, answer.ntuples, tuple)
    adapted.set_pgresult(None)
    return found


def _answer(raw: Any, wanted: pq.ExecStatus) -> Any:
    """The answer to what was sent. Raises its error."""
    answer = raw.wait(execute(raw.pgconn))[-1]
    if answer.status != wanted:
        raise error_from_result(answer, encoding="utf-8")
    return answer


def _typed(value: Any) -> Any:
    """A number as PostgreSQL reads it in a text. psycopg would choose among four types, and each is a statement. A
    token of a visitor may hold a number that no column can have."""
    if type(value) is not int:
        return value
    if -_INT4 <= value < _INT4:
        return Int4(value)
    return Int8(value) if -_INT8 <= value < _INT8 else Decimal(value)
