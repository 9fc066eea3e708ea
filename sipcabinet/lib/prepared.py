"""Queries that every page asks: Django compiles them once in a process, because compiling costs more than asking.

    _OF_KEY = Prepared(lambda key: Session.objects.filter(session_key=key), 1)
    rows = _OF_KEY.rows("…")

The function gets a place for each value, and may use it wherever a query takes an expression: in a filter, not in
`__in` or a slice. The query is asked on the connection of the page, behind the same walls as any other. PostgreSQL too
reads its text once in a session (`prepared_statements`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BooleanField, Expression, F, Func, QuerySet

from sipcabinet.lib import prepared_rows, prepared_statements, tenancy
from sipcabinet.lib.prepared_statements import Slot


class Given(Expression):
    """The place of a value in a query."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place

    def resolve_expression(self, *_args: Any, **_options: Any) -> "Given":
        """Itself: a value refers to nothing of the query."""
        return self

    @property
    def pk(self) -> "Given":
        """The place itself: it stands for an object as well as for the object's key (`tenancy.of(account)`)."""
        return self

    def as_sql(self, _compiler: Any, _connection: Any) -> Any:
        return "%s", [Slot(self.place)]

    def __repr__(self) -> str:
        return f"Given({self.place})"


def any_of(name: str, values: Any) -> Func:
    """A condition of a filter, in place of `<name>__in`: the field equals one value of a list, which is one place."""
    return Func(F(name), values, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField())


@dataclass(frozen=True, slots=True)
class _Compiled:
    wall: Any  # the first wall that stands in the statement: tests take it down, and the statement with it
    statement: prepared_statements.Statement
    converters: Any
    read: Callable[[Sequence[Any]], Any]
    apply: Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A query with its values. A page may `ask` several at once, and read their rows afterwards."""

    query: "Prepared"
    values: tuple[Any, ...]

    def rows(self) -> list[Any]:
        return self.query.rows(*self.values)

    def first(self) -> Any:
        """The first row, or None."""
        return self.query.first(*self.values)


def ask(*questions: Question) -> None:
    """Sends questions that a page will read, in one round trip, and waits for nothing: PostgreSQL works while Python
    goes on. For pages that only read (`prepared_statements.ask`)."""
    known = [(one.query.statement, one.values) for one in questions]
    connection = connections[DEFAULT_DB_ALIAS]
    prepared_statements.ask(connection, [(statement, values) for statement, values in known if statement is not None])


class Prepared:
    """`build` makes the query of `count` values. Rows are what the query gives: models with their annotations and
    `select_related`, dictionaries of `values`, tuples of `values_list`. `by_values`: as in `Statement`."""

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], count: int, *, by_values: bool = False) -> None:
        self._build, self._count, self._by_values = build, count, by_values
        self._compiled: _Compiled | None = None

    def of(self, *values: Any) -> Question:
        return Question(self, values)

    @property
    def statement(self) -> prepared_statements.Statement | None:
        """The statement, once it is compiled."""
        return self._compiled.statement if self._compiled is not None else None

    def rows(self, *values: Any) -> list[Any]:
        """The rows for these values, each a number, a text, a date, a moment or an identifier."""
        compiled = self._compiled
        if compiled is None or compiled.wall is not tenancy.Tenant.rows:
            self._compiled = compiled = self._compile()
        found: Any = compiled.statement.rows(connections[DEFAULT_DB_ALIAS], values)
        if compiled.converters:
            found = compiled.apply(found, compiled.converters)
        return list(map(compiled.read, found))

    def first(self, *values: Any) -> Any:
        """The first row, or None. The query should have its own limit."""
        return next(iter(self.rows(*values)), None)

    def _compile(self) -> _Compiled:
        rows = self._build(*map(Given, range(self._count)))
        compiler: Any = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])
        statement = prepared_statements.Statement(sql, parameters, by_values=self._by_values)
        read = prepared_rows.reader(rows, compiler)
        return _Compiled(tenancy.Tenant.rows, statement, converters, read, compiler.apply_converters)
