"""Applies states to Kamailio: writes into the tables of its own PostgreSQL database.

One transaction per subscriber, one after another under an advisory lock. The version is stored with the state, so a
late worker with an older state changes nothing, even if it believes that its claim is still valid.
"""

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import psycopg.conninfo
from django.core.exceptions import ImproperlyConfigured
from psycopg import sql

from sipcabinet.lib import locks
from sipcabinet.lib.deadlines import Deadline
from subscribers.switch.backends.backend import RefusedError, Telling, TroubleError
from subscribers.switch.backends.kamailio_rows import (
    OPEN_DIALPLAN,
    PREFERENCES,
    TABLES,
    VERSION,
    Digest,
    Keys,
    Row,
    Rows,
    Table,
    id_of,
    keys_of,
    number_of,
    patterns,
    rows_of,
    uuid_of,
    version_in,
)
from subscribers.switch.open_numbers import OpenNumber

DEADLINE = timedelta(seconds=20)
CONNECT_SECONDS = 5
# Milliseconds. These server-side limits release the lock of a worker whose connection was cut off.
LIMITS = {"statement_timeout": "5000", "lock_timeout": "5000", "idle_in_transaction_session_timeout": "10000"}
LOCK = "sipcabinet provisioning"
NAME_LENGTH = 200
REGEX = 1  # match_op of module dialplan

Connection = psycopg.Connection[Row]


class KamailioBackend:
    """Writes as the login in the URL, which needs only SELECT, INSERT and DELETE on the six tables."""

    def __init__(self, url: str, digest: str = Digest.MD5) -> None:
        self._url = url
        self._digest = Digest(digest)

    @property
    def name(self) -> str:
        """Server, port and database, and the algorithm of the hashes: another algorithm makes other rows."""
        try:
            parts = psycopg.conninfo.conninfo_to_dict(self._url)
        except psycopg.Error:
            raise ImproperlyConfigured("KAMAILIO_DATABASE_URL is not an address of a database") from None
        server = f"{parts.get('host', '')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"
        return f"kamailio {server} {self._digest}"[:NAME_LENGTH]

    def tell(self, telling: Telling, open_numbers: Sequence[OpenNumber]) -> int:
        with self._transaction() as switch:
            switch.execute(locks.HOLD, [LOCK])
            known = _read(switch, {PREFERENCES.name: {(uuid_of(telling.subscriber_id),)}})
            there = version_in(known, telling.subscriber_id)
            if is_late(telling, there):
                return there
            _take_over(switch, telling)
            _keep_open(switch, open_numbers)
            wanted = rows_of(telling, self._digest)
            _write(switch, _merged(keys_of(known), keys_of(wanted)), wanted)
        return telling.version

    def keep_open(self, open_numbers: Sequence[OpenNumber]) -> None:
        with self._transaction() as switch:
            switch.execute(locks.HOLD, [LOCK])
            _keep_open(switch, open_numbers)

    def differing(self, tellings: Sequence[Telling]) -> Mapping[int, int]:
        wanted = {telling.subscriber_id: rows_of(telling, self._digest) for telling in tellings}
        with self._transaction(snapshot=True) as switch:
            present = _read(switch, _merged(*map(keys_of, wanted.values())))
        by_key = {table.name: _by_key(table, present[table.name]) for table in TABLES}
        return {
            pk: version_in(present, pk) for pk, rows in wanted.items() if _mine(by_key, keys_of(rows)) != _all(rows)
        }

    @contextmanager
    def _transaction(self, *, snapshot: bool = False) -> Iterator[Connection]:
        """Raises errors that name only the kind of fault: the original text may hold an address, a number or a hash."""
        try:
            with (
                Deadline(DEADLINE) as deadline,
                psycopg.connect(
                    self._url, connect_timeout=CONNECT_SECONDS, application_name="sipcabinet", prepare_threshold=None
                ) as connection,
            ):
                _guard(deadline, connection)
                if snapshot:
                    connection.isolation_level, connection.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
                for name, value in LIMITS.items():
                    connection.execute("SELECT set_config(%s, %s, true)", [name, value])
                yield connection
        except (psycopg.DataError, psycopg.IntegrityError) as fault:
            raise RefusedError(type(fault).__name__) from None
        except (psycopg.Error, TimeoutError) as fault:
            raise TroubleError(type(fault).__name__) from None


def _guard(deadline: Deadline, connection: Connection) -> None:
    handle = socket.socket(fileno=os.dup(connection.fileno()))
    with handle:
        deadline.guard(handle)


def is_late(telling: Telling, there: int) -> bool:
    """Whether the switch already has a newer state."""
    return there > telling.version


def _take_over(switch: Connection, telling: Telling) -> None:
    """Gives the number to this subscriber: deletes what an earlier subscriber with the same number has on the switch.

    Raises RefusedError if a later subscriber has the number.
    """
    number = number_of(telling.state)
    if number is None:
        return
    rivals = switch.execute(
        "SELECT uuid FROM usr_preferences WHERE attribute = %s AND username = %s AND domain = %s AND uuid <> %s",
        [VERSION, *number, uuid_of(telling.subscriber_id)],
    ).fetchall()
    if any(id_of(uuid) > telling.subscriber_id for (uuid,) in rivals):
        raise RefusedError("the number has a later subscriber")
    for (uuid,) in rivals:
        known = _read(switch, {PREFERENCES.name: {(uuid,)}})
        gone = Telling(id_of(uuid), version_in(known, id_of(uuid)), {"connected": False})
        _write(switch, keys_of(known), rows_of(gone))


def _keep_open(switch: Connection, open_numbers: Sequence[OpenNumber]) -> None:
    wanted = set(patterns(open_numbers))
    found = switch.execute("SELECT match_exp FROM dialplan WHERE dpid = %s", [OPEN_DIALPLAN]).fetchall()
    if {pattern for (pattern,) in found} == wanted:
        return
    switch.execute("DELETE FROM dialplan WHERE dpid = %s", [OPEN_DIALPLAN])
    with switch.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO dialplan (dpid, pr, match_op, match_exp, match_len, subst_exp, repl_exp, attrs)"
            " VALUES (%s, 0, %s, %s, 0, '', '', 'open')",
            [(OPEN_DIALPLAN, REGEX, pattern) for pattern in sorted(wanted)],
        )


def _read(switch: Connection, keys: Keys) -> Rows:
    """The rows that belong to these keys, by table."""
    return {table.name: _rows(switch, table, keys.get(table.name, set())) for table in TABLES}


def _rows(switch: Connection, table: Table, keys: set[Row]) -> set[Row]:
    if not keys:
        return set()
    names = table.columns[: table.key]
    parts = [sql.SQL("unnest(%s::text[])")] * len(names)
    query = sql.SQL("SELECT {columns} FROM {table} WHERE ({key}) IN (SELECT {parts})").format(
        columns=_listed(table.columns), table=sql.Identifier(table.name), key=_listed(names),
        parts=sql.SQL(", ").join(parts),
    )  # fmt: skip
    values: list[list[str]] = [list(column) for column in zip(*keys, strict=True)]
    if table.own:
        query += sql.SQL(" AND {column} = ANY(%s)").format(column=sql.Identifier(table.own[0]))
        values.append(table.own[1])
    return set(switch.execute(query, values).fetchall())


def _write(switch: Connection, keys: Keys, wanted: Rows) -> None:
    """Replaces the rows of these keys by the wanted ones; rows that are right already are not touched."""
    present = _read(switch, keys)
    for table in TABLES:
        found, right = present[table.name], wanted.get(table.name, set())
        same = sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in table.columns)
        delete = sql.SQL("DELETE FROM {table} WHERE {same}").format(table=sql.Identifier(table.name), same=same)
        insert = sql.SQL("INSERT INTO {table} ({columns}) VALUES ({values})").format(
            table=sql.Identifier(table.name), columns=_listed(table.columns),
            values=sql.SQL(", ").join([sql.Placeholder()] * len(table.columns)),
        )  # fmt: skip
        with switch.cursor() as cursor:
            cursor.executemany(delete, list(found - right))
            cursor.executemany(insert, list(right - found))


def _listed(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _merged(*many: Keys) -> Keys:
    return {table.name: {key for keys in many for key in keys.get(table.name, ())} for table in TABLES}


def _by_key(table: Table, rows: set[Row]) -> Mapping[Row, set[Row]]:
    found: dict[Row, set[Row]] = {}
    for row in rows:
        found.setdefault(row[: table.key], set()).add(row)
    return found


def _mine(by_key: Mapping[str, Mapping[Row, set[Row]]], keys: Keys) -> Rows:
    """Picks one subscriber's rows, by his keys, from the rows of many."""
    return {
        table.name: {row for key in keys.get(table.name, ()) for row in by_key[table.name].get(key, ())}
        for table in TABLES
    }


def _all(rows: Rows) -> Rows:
    return {table.name: rows.get(table.name, set()) for table in TABLES}
