"""Records that the portal fetches by itself from a switch's database, every minute, by id (4.4).

New rows become a file and its import, in one transaction with the position: a killed worker loses no row and reads none
twice. An id that is missing between two others may belong to a transaction that has not ended: it is asked for again
for ten minutes.
"""

import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from sipcabinet.lib import clock
from sipcabinet.lib.deadlines import Deadline
from subscribers.calls import imports, partitions
from subscribers.cdr.tables import ACC_CDRS, ASTERISK_CDR, MISSED_CALLS, TableFormat
from subscribers.errors import SourceError
from subscribers.models import CallImport, CallSource, SourceKind

log = structlog.get_logger(__name__)
TASK = "subscribers.pull_calls"
ROWS = 10_000  # of one import
ROUNDS = 20  # of one run: a source that has fallen far behind catches up in a few minutes
DEADLINE = timedelta(seconds=30)
CONNECT_SECONDS = 5
LIMITS = (
    "-c statement_timeout=20000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=10000"
    " -c default_transaction_read_only=on"
)
MISSING_SECONDS = 600
MOST_MISSING = 10_000  # of a table; the newest are kept

Connection = psycopg.Connection[dict[str, Any]]
TABLES: Mapping[str, Mapping[str, TableFormat]] = {
    SourceKind.KAMAILIO: {"acc_cdrs": ACC_CDRS, "missed_calls": MISSED_CALLS},
    SourceKind.ASTERISK: {"cdr": ASTERISK_CDR},
}


class FeedError(SourceError):
    """The switch's database cannot be read; the message names no address and no number."""

    code = "feed.trouble"


@dataclass(slots=True)
class Position:
    """How far a table is read: the last id, and ids before it that were missing, with the moment (Unix time) at which
    each was first missed. `mark` is the start of the last row: another row with its id belongs to a table made anew."""

    last: int | None = None
    missing: dict[int, int] = field(default_factory=dict)
    mark: str = ""

    @classmethod
    def of(cls, told: Mapping[str, Any] | None) -> "Position":
        told = told or {}
        return cls(told.get("last"), {int(one): at for one, at in told.get("missing", {}).items()},
                   str(told.get("mark", "")))  # fmt: skip

    def told(self) -> dict[str, Any]:
        missing = {str(one): at for one, at in self.missing.items()}
        return {"last": self.last, "missing": missing, "mark": self.mark}

    def back_to(self, first: int) -> "Position":
        """The position from which a table that may be new is read; no id that is waited for is given up."""
        last = first if self.last is None else min(first, self.last)
        return Position(last, {one: at for one, at in self.missing.items() if one <= last})

    def after(self, ids: list[int], now: int) -> "Position":
        """The position after these rows, which came in the order of their ids."""
        read, before = set(ids), self.last or 0
        last = max([before, *ids])
        still = {one: at for one, at in self.missing.items() if one not in read and now - at < MISSING_SECONDS}
        gaps = reversed(range(before + 1, last)) if self.last is not None else ()
        still |= dict.fromkeys(islice((one for one in gaps if one not in read), MOST_MISSING), now)
        return Position(last, dict(sorted(still.items())[-MOST_MISSING:]), self.mark)


def pull_all() -> int:
    """Fetches what is new in every source with a database; returns how many imports were ordered.

    A source that cannot be read keeps the reason in its position and stops no other. The log has only the kind of a
    fault: the text may hold a part of the database's address.
    """
    ordered = 0
    for source in CallSource.objects.filter(kind__in=TABLES).order_by("pk"):
        trouble = ""
        try:
            ordered += pull(source)
        except FeedError as error:
            trouble = error.message
            log.warning("feed.trouble", source_id=source.pk, fault=type(error.__cause__ or error).__name__)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other sources are read
            kind = type(error).__name__
            trouble = _("Прочитать записи не удалось: %(kind)s") % {"kind": kind}
            log.warning("feed.failed", source_id=source.pk, fault=kind)
        _note(source.pk, trouble)
    return ordered


def pull(source: CallSource) -> int:
    """Orders imports of the new rows; returns how many. Raises FeedError; imports ordered before it stay."""
    ordered = 0
    with _opened(url_of(source)) as switch:
        for name, table in TABLES[source.kind].items():
            rounds = 0
            while rounds < ROUNDS and (count := _round(switch, source, name, table)) is not None:
                rounds, ordered = rounds + 1, ordered + 1
                if count < ROWS:
                    break
    return ordered


def url_of(source: CallSource) -> str:
    """The address of the source's database, from the settings; raises FeedError."""
    url = settings.CALL_DATABASES.get(source.name, "")
    if not url and source.kind == SourceKind.KAMAILIO:
        url = settings.KAMAILIO_DATABASE_URL
    if not url:
        raise FeedError(_("В настройке CALL_DATABASES нет базы источника «%(name)s»") % {"name": source.name})
    return str(url)


def first_rows(source: CallSource, most: int = 20) -> bytes:
    """The newest rows of the source's main table as its reader gets them, for the page of its settings; raises
    FeedError."""
    name, table = next(iter(TABLES[source.kind].items()))
    with _opened(url_of(source)) as switch:
        newest = sql.SQL("SELECT * FROM {} ORDER BY id DESC LIMIT %s").format(sql.Identifier(name))
        rows = _fetched(switch, newest, [most])
    _require_columns(rows, table, source, name)
    return table.file(reversed(rows), source.columns)


def _round(switch: Connection, source: CallSource, name: str, table: TableFormat) -> int | None:
    """Orders one import of new rows and moves the position; returns how many rows, None if there are none."""
    known = CallSource.objects.values_list("position", flat=True).get(pk=source.pk)
    if name == "missed_calls" and not _exists(switch, name):
        return None
    position = Position.of(known.get(name))
    if is_new := position.last is None or _began_anew(switch, name, table, position):
        position = position.back_to(_first(switch, name, table))
    rows = _new_rows(switch, name, position)
    if not rows and not is_new:
        return None
    _require_columns(rows, table, source, name)
    moved = position.after([int(row["id"]) for row in rows], int(time.time()))
    if rows and rows[-1]["id"] == moved.last:
        moved.mark = _mark(rows[-1].get(table.start))
    content = ContentFile(table.file(rows, source.columns)) if rows else None
    title = f"{name} {rows[0]['id']}–{rows[-1]['id']}" if rows else ""
    return len(rows) if _order(source, known, known | {name: moved.told()}, content, title) and rows else None


def _order(
    source: CallSource, known: dict[str, Any], moved: dict[str, Any], content: Any, title: str
) -> CallImport | bool:
    """The import of the rows together with the position; False if another process has moved the position meanwhile."""
    with transaction.atomic():
        locked = CallSource.objects.select_for_update().get(pk=source.pk)
        tables = TABLES[source.kind]
        if any(locked.position.get(name) != known.get(name) for name in tables):
            return False
        locked.position = locked.position | {name: moved[name] for name in tables if name in moved}
        locked.save(update_fields=["position"])
        return imports.order(source=locked, file=content, file_name=title) if content else True


def _new_rows(switch: Connection, name: str, position: Position) -> list[dict[str, Any]]:
    """Rows that were missing, then rows after the last one, in the order of their ids."""
    new = sql.SQL(
        "(SELECT * FROM {table} WHERE id = ANY(%s)) UNION ALL"
        " (SELECT * FROM {table} WHERE id > %s ORDER BY id LIMIT %s) ORDER BY id"
    ).format(table=sql.Identifier(name))
    return _fetched(switch, new, [list(position.missing), position.last, ROWS])


def _first(switch: Connection, name: str, table: TableFormat) -> int:
    """The id before the first row of the months that are kept: older calls could not be stored."""
    since = min(partitions.kept()).start.replace(tzinfo=None) - timedelta(days=1)
    first = sql.SQL(
        "SELECT coalesce((SELECT min(id) - 1 FROM {table} WHERE {start} >= %s), (SELECT max(id) FROM {table}), 0) AS id"
    ).format(table=sql.Identifier(name), start=sql.Identifier(table.start))
    return int(_fetched(switch, first, [since])[0]["id"])


def _began_anew(switch: Connection, name: str, table: TableFormat, position: Position) -> bool:
    """Whether the table was made anew and its ids begin again: all of it is read, known calls are duplicates.

    So it is if the last row is gone or another; the operator may also have deleted it as an old one.
    """
    ends = sql.SQL(
        "SELECT id, {start} AS start FROM {table} WHERE id = %s OR id = (SELECT max(id) FROM {table})"
    ).format(table=sql.Identifier(name), start=sql.Identifier(table.start))
    found = {int(row["id"]): _mark(row["start"]) for row in _fetched(switch, ends, [position.last])}
    if not found or not position.last:
        return False
    mark = found.get(position.last)
    return mark is None or (bool(position.mark) and mark != position.mark)


def _mark(start: Any) -> str:
    """The start of a row, the same whatever time zone the session has."""
    return start.astimezone(UTC).isoformat() if isinstance(start, datetime) and start.tzinfo else str(start)


def _exists(switch: Connection, name: str) -> bool:
    return bool(_fetched(switch, sql.SQL("SELECT to_regclass(%s) IS NOT NULL AS there"), [name])[0]["there"])


def _require_columns(rows: list[dict[str, Any]], table: TableFormat, source: CallSource, name: str) -> None:
    """Raises FeedError if the table has no column for a number: every row would be rejected, one by one."""
    for wanted in ("calling", "called") if rows else ():
        usual = [source.columns[wanted]] if source.columns.get(wanted) else table.usual[wanted]
        if not set(usual) & rows[0].keys():
            told = {"table": name, "columns": ", ".join(usual)}
            raise FeedError(_("В таблице %(table)s нет колонки с номером (%(columns)s)") % told, code="feed.columns")


def _fetched(switch: Connection, query: sql.SQL | sql.Composed, values: list[Any]) -> list[dict[str, Any]]:
    try:
        return switch.execute(query, values).fetchall()
    except (psycopg.Error, TimeoutError) as fault:
        raise FeedError(_fault(fault)) from fault


def _fault(fault: Exception) -> str:
    if isinstance(fault, psycopg.errors.UndefinedTable):
        return _("В базе станции нет таблицы с записями")
    if isinstance(fault, psycopg.errors.UndefinedColumn):
        return _("В таблице станции нет колонки id или времени начала")
    if isinstance(fault, psycopg.errors.InsufficientPrivilege):
        return _("У логина нет права SELECT на таблицу с записями")
    return _("База станции не отвечает: %(kind)s") % {"kind": type(fault).__name__}


@contextmanager
def _opened(url: str) -> Iterator[Connection]:
    """A connection that only reads; ends whatever happens when DEADLINE has passed. Raises FeedError."""
    with Deadline(DEADLINE) as deadline:
        try:
            own = conninfo_to_dict(url).get("options") or ""
            switch: Connection = psycopg.connect(
                url, connect_timeout=CONNECT_SECONDS, application_name="sipcabinet", prepare_threshold=None,
                autocommit=True, row_factory=dict_row, options=f"{own} {LIMITS}".strip(),
            )  # fmt: skip
        except (psycopg.Error, TimeoutError) as fault:
            raise FeedError(_fault(fault)) from fault
        with switch:
            with socket.socket(fileno=os.dup(switch.fileno())) as handle:
                deadline.guard(handle)
            yield switch


def _note(source_id: int, trouble: str) -> None:
    """Keeps when the source was read last, or why it could not be read."""
    with transaction.atomic():
        source = CallSource.objects.select_for_update().get(pk=source_id)
        told = {"trouble": trouble} if trouble else {"trouble": "", "read_at": clock.now().isoformat()}
        source.position |= told
        source.save(update_fields=["position"])
