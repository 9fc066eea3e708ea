"""No row can refer to another account's row: tried for every reference of every tenant table, in each role.

Rows are invented from the types of their columns, in tables whose other constraints are dropped during the test. So
only the reference can cause a refusal, and the same row with a reference to its own account is accepted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, ProgrammingError, connection, models, transaction

from accounts.models import Account, User
from accounts.tests.factories import AccountFactory
from sipcabinet.lib import tenancy

pytestmark = pytest.mark.django_db

# Only imports write this column. They find the trunk by its number, and a second check of each call would slow them
# down. The portal's role cannot write calls at all.
UNCHECKED = {("subscribers_callrecord", "trunk_id")}
VALUES = {
    "varchar": "'1'",
    "text": "'1'",
    "numeric": "1",
    "int2": "1",
    "date": "DATE '2026-11-01'",
    "timestamptz": "TIMESTAMPTZ '2026-11-10 12:00+03'",
    "jsonb": "'{}'",
    "bool": "false",
    "uuid": "gen_random_uuid()",
    "inet": "'127.0.0.1'",
    "_varchar": "'{}'",
    "_inet": "'{}'",
    "_cidr": "'{}'",
}


KNOWN = {"billing_paymentguarantee": {"state": "'pending'"}}  # a customer's page may only insert pending requests


class Reference(NamedTuple):
    """A column of a tenant table that refers to a row of a tenant table."""

    table: str
    column: str
    to: str
    to_column: str

    @property
    def of_login(self) -> bool:
        return self.to == User._meta.db_table


def _tenant_models() -> list[type[models.Model]]:
    every = apps.get_models(include_auto_created=True)
    return [model for model in every if any(field.attname == "account_id" for field in model._meta.concrete_fields)]


def references() -> list[Reference]:
    tenants = _tenant_models()
    found = []
    for model in tenants:
        for field in model._meta.concrete_fields:
            to = field.related_model
            if isinstance(to, type) and to in tenants:
                target = to._meta.pk
                found.append(Reference(model._meta.db_table, str(field.column), to._meta.db_table, str(target.column)))
    return sorted(found)


def run(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return list(cursor.fetchall()) if cursor.description else []


@contextmanager
def as_owner() -> Iterator[None]:
    run("RESET ROLE")
    yield
    run(f"SET LOCAL ROLE {settings.DATABASE_ROLE}")


def columns_of(table: str) -> dict[str, tuple[str, bool]]:
    """The columns by name, each with its type and whether it must have a value."""
    rows = run(
        "SELECT attname, typname, attnotnull FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        table,
    )
    return {name: (kind, needed) for name, kind, needed in rows}


def loosen(table: str) -> None:
    """Drops everything that could refuse an invented row for another reason: checks, unique keys (but not keys that
    other tables refer to), plain foreign keys, triggers of the product."""
    rows = run(
        "SELECT conname FROM pg_constraint c WHERE conrelid = %s::regclass AND conname NOT LIKE %s AND"
        " (contype IN ('c', 'x') OR contype = 'u' OR (contype = 'f' AND array_length(conkey, 1) = 1)"
        "  OR (contype = 'p' AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.confrelid = c.conrelid)))"
        " AND coninhcount = 0",
        table,
        "%of\\_account",
    )
    for (name,) in rows:
        run(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    indexes = run(
        "SELECT indexrelid::regclass::text FROM pg_index i WHERE indrelid = %s::regclass AND indisunique"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)",
        table,
    )
    for (name,) in indexes:
        run(f"DROP INDEX {name}")
    run(f"ALTER TABLE {table} DISABLE TRIGGER USER")


class Rows:
    """Creates invented rows, each with the rows that it refers to."""

    def __init__(self) -> None:
        self._next = 10_000
        self._known: dict[tuple[str, int], int] = {}
        self._loose: set[str] = set()
        self._references = {(ref.table, ref.column): ref for ref in references()}

    def of(self, table: str, account: Account) -> int:
        """The key of this account's row in the table. The first call creates the row, as the owner without checks."""
        known = self._known.get((table, account.pk))
        if known is None:
            for ref in self._behind(table):
                self.of(ref.to, account)
            key = self._known[table, account.pk] = self._number()
            with as_owner():
                self.loosen(table)
                run("SET LOCAL session_replication_role = replica")
                self.insert(table, account, {}, key=key)
                run("SET LOCAL session_replication_role = origin")
            return key
        return known

    def loosen(self, table: str) -> None:
        """Loosens a table on the first call for it. Call it as the owner."""
        if table not in self._loose:
            self._loose.add(table)
            loosen(table)

    def _behind(self, table: str) -> list[Reference]:
        return [ref for (of, _column), ref in self._references.items() if of == table and ref.to != table]

    def insert(self, table: str, account: Account, given: dict[str, int], key: int | None = None) -> None:
        """Inserts a row with the `given` values of columns. `key` is the primary key of a row that other rows refer to;
        such a row has all its references filled."""
        known = {"account_id": str(account.pk), "id": str(key or self._number())}
        known |= KNOWN.get(table, {}) | {name: str(value) for name, value in given.items()}
        known["recipient"] = f"'{account.cabinet_email}'"
        values = {}
        for name, (kind, needed) in columns_of(table).items():
            if name in known:
                values[name] = known[name]
            elif (table, name) in self._references and (needed or key is not None):
                values[name] = self._own(table, name, account, key)
            elif needed:
                values[name] = VALUES.get(kind, str(self._number()))
        run(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(values.values())})")

    def _own(self, table: str, name: str, account: Account, key: int | None) -> str:
        ref = self._references[table, name]
        if ref.to == table:
            return str(key or self._number())
        return str(self.of(ref.to, account))

    def _number(self) -> int:
        self._next += 1
        return self._next


def attempt(rows: Rows, ref: Reference, writer: Account, owner: Account, *, as_portal: bool) -> None:
    """Writes a row of the account `writer` that refers to a row of the account `owner`."""
    target = rows.of(ref.to, owner)
    for other in references():  # created before, as the tables' owner: the writer's role may have no right to
        if other.table == ref.table and other.to != ref.table and not other.of_login:
            rows.of(other.to, writer)
    rows.of(ref.to, writer)
    with transaction.atomic():
        if as_portal:
            with tenancy.portal(writer.pk):
                rows.insert(ref.table, writer, {ref.column: target})
                run("SET CONSTRAINTS ALL IMMEDIATE")
        else:
            rows.insert(ref.table, writer, {ref.column: target})
            run("SET CONSTRAINTS ALL IMMEDIATE")


def portal_may_insert(table: str) -> bool:
    return bool(run("SELECT has_any_column_privilege(%s, %s, 'INSERT')", settings.PORTAL_ROLE, table)[0][0])


def app_may_insert(table: str) -> bool:
    return bool(run("SELECT has_any_column_privilege(%s, %s, 'INSERT')", settings.DATABASE_ROLE, table)[0][0])


@pytest.fixture
def cast() -> tuple[Rows, Account, Account]:
    """Two accounts, and the object that writes invented rows."""
    mine, other = AccountFactory.create(), AccountFactory.create()
    run("SELECT subscribers_ensure_partition('2026-11-01')")
    run("SET CONSTRAINTS ALL IMMEDIATE")  # a table with deferred checks cannot be altered
    return Rows(), mine, other


@pytest.mark.parametrize("ref", references(), ids=lambda ref: f"{ref.table}.{ref.column}")
def test_another_accounts_row_cannot_be_named(ref: Reference, cast: tuple[Rows, Account, Account]) -> None:
    rows, mine, other = cast
    with as_owner():
        rows.loosen(ref.table)
    checked = (ref.table, ref.column) not in UNCHECKED
    if not ref.of_login and checked and app_may_insert(ref.table):
        attempt(rows, ref, mine, mine, as_portal=False)
        with pytest.raises(IntegrityError, match="of_account"):
            attempt(rows, ref, mine, other, as_portal=False)
    if not portal_may_insert(ref.table):
        with pytest.raises(ProgrammingError, match="permission denied"):
            attempt(rows, ref, mine, other, as_portal=True)
        return
    assert checked
    attempt(rows, ref, mine, mine, as_portal=True)
    with pytest.raises((IntegrityError, ProgrammingError), match=r"of_account|row-level security"):
        attempt(rows, ref, mine, other, as_portal=True)


@pytest.mark.parametrize("table", sorted(model._meta.db_table for model in _tenant_models()))
def test_another_accounts_id_cannot_be_written(table: str, cast: tuple[Rows, Account, Account]) -> None:
    rows, mine, other = cast
    with as_owner():
        rows.loosen(table)
    for ref in references():
        if ref.table == table:
            rows.of(ref.to, other)
    refused = "row-level security" if portal_may_insert(table) else "permission denied"
    with pytest.raises(ProgrammingError, match=refused), transaction.atomic(), tenancy.portal(mine.pk):
        rows.insert(table, other, {})


def test_without_the_composite_keys_another_accounts_row_is_taken(cast: tuple[Rows, Account, Account]) -> None:
    """Shows the fault that the composite keys prevent."""
    rows, mine, other = cast
    ref = next(ref for ref in references() if ref.table == "subscribers_operation" and ref.column == "subscriber_id")
    with as_owner():
        rows.loosen(ref.table)
        run(f"ALTER TABLE {ref.table} DROP CONSTRAINT {ref.table}_{ref.column}_of_account")
    attempt(rows, ref, mine, other, as_portal=True)
