"""How call records get into the table: binary COPY into a temporary table of the session, one INSERT that skips calls
already stored, then a query of the skipped ones."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.utils import CursorWrapper

from subscribers.calls.rows import Record

_COLUMNS = {
    "row_no": "int4",
    "month": "int4",
    "charged_in": "int4",
    "day": "int4",
    "account_id": "int8",
    "subscriber_id": "int8",
    "trunk_id": "int8",
    "source_id": "int8",
    "import_id": "int8",
    "call_id": "text",
    "leg": "text",
    "direction": "text",
    "outcome": "text",
    "started": "int8",
    "duration": "int4",
    "talk_seconds": "int4",
    "other_party": "text",
    "caller": "text",
    "destination_id": "int8",
    "price": "int8",
    "billed_seconds": "int4",
    "included_seconds": "int4",
    "cost": "int8",
    "fingerprint": "text",
}

# A batch is sorted, and its rows are kept for the triggers: in memory.
_MAKE = f"""
SET LOCAL work_mem = '32MB';
CREATE TEMPORARY TABLE IF NOT EXISTS calls_staging (
    id bigint NOT NULL DEFAULT nextval('subscribers_callrecord_id_seq'),
    {", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())}
)
"""
_COPY = f"COPY calls_staging ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT binary)"

# In the order of the unique key, so that two imports of the same calls wait for each other without a deadlock.
_INSERT = """
INSERT INTO subscribers_callrecord (
    id, month, charged_in, account_id, subscriber_id, trunk_id, source_id, import_id, call_id, leg, direction, outcome,
    started_at, duration, talk_seconds, other_party, caller, destination_id, price_per_minute, billed_seconds,
    included_seconds, cost, fingerprint
)
SELECT id, date '2000-01-01' + month, date '2000-01-01' + charged_in, account_id, subscriber_id, trunk_id, source_id,
    import_id, call_id, leg, direction, outcome, to_timestamp(started), duration, talk_seconds, other_party,
    caller, destination_id, price * 0.000001, billed_seconds, included_seconds, cost * 0.000001, fingerprint
FROM calls_staging ORDER BY source_id, call_id, leg, direction
ON CONFLICT (source_id, call_id, leg, direction, month) DO NOTHING
"""
_SKIPPED = """
SELECT s.row_no, s.direction, s.fingerprint = c.fingerprint
FROM calls_staging s JOIN subscribers_callrecord c
    ON (c.source_id, c.call_id, c.leg, c.direction) = (s.source_id, s.call_id, s.leg, s.direction)
    AND c.month = date '2000-01-01' + s.month
WHERE c.id <> s.id
"""
_UNDO_ROWS = """
DELETE FROM subscribers_callrecord c USING calls_staging s
WHERE c.id = s.id AND c.month = date '2000-01-01' + s.month AND s.row_no = ANY(%s)
"""
_FORGET = """
DELETE FROM calls_staging s USING unnest(%s::int[], %s::text[]) AS gone (row_no, direction)
WHERE s.row_no = gone.row_no AND s.direction = gone.direction
"""


def insert(cursor: CursorWrapper, records: list[Record]) -> list[tuple[int, str, bool]]:
    """Inserts the new records; returns the others as (row_no, direction, whether the content is the same).

    Afterwards the staging table holds only the inserted records.
    """
    cursor.execute(f"{_MAKE}; TRUNCATE calls_staging")
    _copy(cursor, records)
    cursor.execute(_INSERT)
    if cursor.rowcount == len(records):
        return []
    skipped = _look_up_skipped(cursor)
    _forget(cursor, [(row_no, direction) for row_no, direction, _ in skipped])
    return skipped


def _copy(cursor: CursorWrapper, records: Iterable[Record]) -> None:
    with cursor.copy(_COPY) as copy:
        copy.set_types(list(_COLUMNS.values()))
        write = copy.write_row
        for record in records:
            write(record)


def _look_up_skipped(cursor: CursorWrapper) -> list[Any]:
    """Finds each skipped row by the unique key. Other join types are off: the planner has no statistics of the new
    staging table and might scan whole months."""
    cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
    cursor.execute(_SKIPPED)
    skipped = list(cursor.fetchall())
    cursor.execute("SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on")
    return skipped


def undo(cursor: CursorWrapper, row_nos: list[int]) -> None:
    """Deletes what was inserted for these rows: the other side of a call if one side is in conflict."""
    cursor.execute(_UNDO_ROWS, [row_nos])
    _forget(cursor, [(row_no, direction) for row_no in row_nos for direction in ("out", "in")])


def _forget(cursor: CursorWrapper, gone: list[tuple[int, str]]) -> None:
    cursor.execute(_FORGET, [[row_no for row_no, _ in gone], [direction for _, direction in gone]])
