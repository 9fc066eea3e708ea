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

from sipcabinet.lib import pipeline

_INT4, _INT8 = 2**31, 2**63
_KEPT = "_portal_statements"  # the attribute of a psycopg connection for what `_Session` holds


@dataclass(frozen=True, slots=True)
class Slot:
    """The parameter of the statement that stands for a value."""

    place: int


@dataclass(slots=True)
class _Asked:
    """A statement that was asked ahead (`ask`), with its values."""

    statement: "Statement"
    values: tuple[Any, ...]
    sent: pipeline.Sent
    is_taken: bool = False


@dataclass(slots=True)
class _Session:
    """What a connection keeps: its way to adapt values, the names of statements by text and types of values, and what
    was asked ahead."""

    adapted: Any
    names: dict[tuple[str, tuple[int, ...]], bytes] = field(default_factory=dict)
    made: int = 0
    asked: list[_Asked] = field(default_factory=list)

    def find(self, statement: "Statement", values: tuple[Any, ...]) -> _Asked | None:
        """The statement with these values, if it was asked ahead and nobody has taken its answer yet."""
        mine = (one for one in self.asked if one.statement is statement and not one.is_taken)
        return next((one for one in mine if one.values == values), None)

    def load(self, answer: Any) -> list[Any]:
        """The rows of a result of libpq."""
        self.adapted.set_pgresult(answer)
        found: list[Any] = self.adapted.load_rows(0, answer.ntuples, tuple)
        self.adapted.set_pgresult(None)
        return found


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
        """Asks the statement with these values on a connection of Django, unless it was asked ahead; returns all
        rows."""
        connection.close_if_health_check_failed()
        if connection.connection is None:
            connection.ensure_connection()
        kept: _Session | None = getattr(connection.connection, _KEPT, None)
        with connection.wrap_database_errors:
            if kept is not None and kept.asked and (asked := kept.find(self, tuple(values))) is not None:
                asked.is_taken = True
                return kept.load(pipeline.answer(connection.connection, asked.sent))
            pipeline.read_all(connection.connection)
        if self._by_values or settings.DATABASE_POOLED or not _is_plain(connection):
            with connection.cursor() as cursor:
                cursor.execute(self.sql, [values[one.place] if type(one) is Slot else one for one in self.parameters])
                return cursor.fetchall()  # type: ignore[no-any-return]
        connection.validate_thread_sharing()
        connection.validate_no_broken_transaction()
        raw = connection.connection
        with connection.wrap_database_errors, raw.lock:
            return _rows(raw, self._numbered or self._number(raw), [_typed(value) for value in values])

    def in_session(self, kept: _Session, values: Sequence[Any]) -> pipeline.Send | None:
        """How to send the statement with these values; None if it is not prepared in the session, or not to be."""
        if not self._numbered or self._by_values:
            return None
        texts = kept.adapted.dump_sequence([_typed(value) for value in values], [PyFormat.AUTO] * len(values))
        name = kept.names.get((self._numbered, kept.adapted.types or ()))
        return pipeline.prepared(name, texts, kept.adapted.formats) if name is not None else None

    def _number(self, raw: Any) -> str:
        """The text with `$1`, `$2`, … for its values."""
        parts = self.sql.split("%s")
        given = [f"${one.place + 1}" if type(one) is Slot else Literal(one).as_string(raw) for one in self.parameters]
        plain = [part.replace("%%", "%") for part in parts]
        self._numbered = "".join(part for pair in zip(plain, [*given, ""], strict=True) for part in pair)
        return self._numbered


def ask(connection: Any, questions: Sequence[tuple[Statement, tuple[Any, ...]]]) -> None:
    """Sends statements whose rows the page will read, in one round trip, and waits for nothing.

    `rows` of the same statement with the same values then takes the answer. For pages that only read: what is written
    meanwhile is not in the answer. A statement that the session has not prepared is asked by `rows` as any other.
    """
    raw = connection.connection
    kept: _Session | None = getattr(raw, _KEPT, None)
    if kept is None or settings.DATABASE_POOLED or connection.needs_rollback:
        return
    if not (connection.in_atomic_block and (pipeline.is_waiting(raw) or _is_plain(connection))):
        return
    if connection.queries_logged or connection.execute_wrappers:
        return
    new = [(one, values) for one, values in questions if kept.find(one, values) is None]
    known = [(one, values, send) for one, values in new if (send := one.in_session(kept, values)) is not None]
    if known:
        with connection.wrap_database_errors:
            sent = pipeline.send(raw, [send for *_, send in known])
        kept.asked += [_Asked(one, values, its) for (one, values, _), its in zip(known, sent, strict=True)]


def forget_asked(connection: Any) -> None:
    """Forgets what was asked ahead: it belongs to the transaction that ends. After a failure the session prepares all
    statements anew, as a migration may have changed the type of a column."""
    kept: _Session | None = getattr(connection.connection, _KEPT, None)
    if kept is not None and kept.asked:
        if any(one.sent.is_failed for one in kept.asked):
            kept.names.clear()
        kept.asked.clear()


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


def _rows(raw: Any, sql: str, values: list[Any]) -> list[Any]:
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
    return kept.load(answer)


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
