"""Statements that PostgreSQL parses and plans once in a session, because planning costs more than asking.

A value of a page becomes a parameter of the statement; a constant stays in its text, so that the planner sees it (an
index of open rows only). In the transaction of a customer's page the plan is made for any value (`tenancy`).

Behind a pooler a session belongs to one transaction, so there the text goes with its values each time, as Django's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from psycopg.sql import Literal
from psycopg.types.numeric import Int4, Int8

_INT4 = 2**31
_MOST = 1_000  # statements of a session: psycopg forgets the oldest beyond it


@dataclass(frozen=True, slots=True)
class Slot:
    """The parameter of the statement that stands for a value."""

    place: int


class Statement:
    """A statement of Django with `%s` for its parameters, of which those that are a Slot differ each time."""

    def __init__(self, sql: str, parameters: Sequence[Any]) -> None:
        self._sql, self._parameters = sql, tuple(parameters)
        self._numbered = ""

    def rows(self, connection: Any, values: Sequence[Any]) -> list[Any]:
        """The rows for these values, on a connection of Django."""
        filled = [values[one.place] if type(one) is Slot else one for one in self._parameters]
        if settings.DATABASE_POOLED:
            with connection.cursor() as cursor:
                cursor.execute(self._sql, filled)
                return cursor.fetchall()  # type: ignore[no-any-return]
        connection.close_if_health_check_failed()
        connection.ensure_connection()
        own = _Cursor(connection.connection)
        own.asked = self._numbered or self._number(connection.connection), [_typed(value) for value in values]
        with connection.wrap_database_errors, connection._prepare_cursor(own) as cursor:  # noqa: SLF001
            cursor.execute(self._sql, filled)
            return cursor.fetchall()  # type: ignore[no-any-return]

    def _number(self, raw: Any) -> str:
        """The text with `$1`, `$2`, … for its values."""
        parts = self._sql.split("%s")
        given = [f"${one.place + 1}" if type(one) is Slot else Literal(one).as_string(raw) for one in self._parameters]
        plain = [part.replace("%%", "%") for part in parts]
        self._numbered = "".join(part for pair in zip(plain, [*given, ""], strict=True) for part in pair)
        return self._numbered


class _Cursor(psycopg.RawCursor[Any]):
    """A cursor that asks the prepared form of the statement which Django gives to it."""

    asked: tuple[str, list[Any]]

    def execute(self, query: Any, params: Any = None, **_options: Any) -> "_Cursor":
        if self._conn.prepare_threshold is None:
            self._conn.prepare_threshold, self._conn.prepared_max = _MOST, _MOST
        super().execute(*self.asked, prepare=True)
        self._query = _Logged(self._conn, query, params)  # type: ignore[assignment]
        return self


class _Logged(NamedTuple):
    """The statement with its values, for Django's log of queries."""

    connection: Any
    sql: str
    parameters: list[Any]

    @property
    def query(self) -> bytes:
        return psycopg.ClientCursor(self.connection).mogrify(self.sql, self.parameters).encode()


def _typed(value: Any) -> Any:
    """A number as PostgreSQL reads it in a text. psycopg would choose among four types, and each is a statement."""
    if type(value) is not int:
        return value
    return Int4(value) if -_INT4 <= value < _INT4 else Int8(value)
