"""Writes one batch of rows in one transaction: calls, daily totals, minutes. All of the batch or nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import structlog
from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import errors

from subscribers.calls import allowances, displaced, held, legs, months, peaks, rollup, second_legs, staging
from subscribers.calls.rows import DAY_ZERO, Matched, Mismatch, Record, RefusedRow
from subscribers.models import CallDirection, CallSource, Destination

log = structlog.get_logger(__name__)
T = TypeVar("T")
_TRIES = 5  # of a batch that was chosen as a deadlock victim


@dataclass(frozen=True, slots=True)
class Context:
    """Data that every batch of a run needs, read once per run."""

    source_names: dict[int, str]
    covered: frozenset[int]

    @classmethod
    def load(cls) -> "Context":
        names = dict(CallSource.objects.values_list("pk", "name"))
        covered = Destination.objects.filter(uses_allowance=True).values_list("pk", flat=True)
        return cls(names, frozenset(covered))


@dataclass(slots=True)
class Seen:
    """Calls of earlier, rolled-back batches (a rehearsal): fingerprints by key, and the legs."""

    keys: dict[tuple[int, str, str], str] = field(default_factory=dict)
    linked: legs.SeenLegs = field(default_factory=legs.SeenLegs)


@dataclass(slots=True)
class Written:
    """Outcome of a batch: numbers of new rows, numbers of duplicate rows, refused rows. Each row is in one of them."""

    new: set[int] = field(default_factory=set)
    duplicate: set[int] = field(default_factory=set)
    refused: list[RefusedRow] = field(default_factory=list)


def write(rows: list[Matched | RefusedRow], context: Context, seen: Seen | None = None) -> Written:
    """Writes the new rows within the caller's transaction; row numbers are unique in the batch.

    A row is a duplicate if all its records are in the database with the same content, or if it is a leg of a counted
    call. A row is refused if one of its records is in the database with other content; then none of its records is
    written. `seen`: calls of earlier batches if those were rolled back. Calls of a closed month are charged by the
    month after the last closed one.
    Locks, in this order: the sources whose rows name legs, the months of the calls and the months that charge them (FOR
    SHARE), their allowances, the calls' keys, the daily totals, the daily peaks.
    """
    links = legs.look(rows, seen.linked if seen else None)
    of_others = links.legs()
    matched = [row for row in rows if isinstance(row, Matched)]
    written = Written()
    if len(matched) < len(rows):
        written.refused = [row for row in rows if isinstance(row, RefusedRow) and row.row_no not in of_others]
    known = seen.keys if seen else {}
    counted = [row for row in matched if row.row_no not in of_others] if of_others else matched
    _write_matched(counted, context, links, written, known)
    alone = _legs_of_refused(matched, links, written) if of_others else []
    _write_matched(alone, context, links, written, known)
    second = of_others - {row.row_no for row in alone}
    _follow(second, context, links)
    held.keep(matched)
    written.duplicate |= second
    if seen:
        seen.linked.add(matched)
    return written


def _legs_of_refused(rows: list[Matched], links: legs.Links, written: Written) -> list[Matched]:
    """Legs whose counting rows were refused: such legs are counted as separate calls."""
    refused = {line.row_no for line in written.refused}
    return [
        row for row in rows if row.row_no not in links.of_counted and links.of_batch.get(row.row_no, {-1}) <= refused
    ]


def _follow(second: set[int], context: Context, links: legs.Links) -> None:
    """Deletes the calls that second legs name, and stores the second legs that name further ones."""
    _stays, goes = _held(second & links.displaces.keys(), links)
    if gone := [record for found in goes.values() for record in found]:
        with connection.cursor() as cursor:
            displaced.take_out(cursor, gone, context.covered)
    _keep(second, second, links)


def _keep(second: set[int], displacing: set[int], links: legs.Links) -> None:
    """Stores these second legs, and the calls that these rows replaced, if they name further legs."""
    found = [links.naming[row_no] for row_no in second & links.naming.keys()]
    for row_no in displacing & links.displaces.keys():
        found += [one.leg for one in links.displaces[row_no] if one.names_further]
    second_legs.keep(found)


def _write_matched(
    left: list[Matched], context: Context, links: legs.Links, written: Written, known: dict[tuple[int, str, str], str]
) -> None:
    while left:
        firsts, repeats = _split(left, known)
        conflicts = _write_firsts(firsts, context, links, written)
        known |= {row.key: row.fingerprint for row in firsts if row.row_no not in conflicts}
        left = [row for row in repeats if row.key not in known]  # the first row of the key was refused: try the next
        for row in repeats:
            if known.get(row.key) == row.fingerprint:
                written.duplicate.add(row.row_no)
            elif row.key in known:
                written.refused.append(row.refused(Mismatch.CONFLICT))


def _split(rows: list[Matched], known: dict[tuple[int, str, str], str]) -> tuple[list[Matched], list[Matched]]:
    """The first row of each key, and the rows that repeat a key."""
    distinct = {row.key for row in rows}
    if len(distinct) == len(rows) and distinct.isdisjoint(known):
        return rows, []
    firsts: list[Matched] = []
    repeats: list[Matched] = []
    keys = set(known)
    for row in rows:
        (repeats if row.key in keys else firsts).append(row)
        keys.add(row.key)
    return firsts, repeats


def _write_firsts(rows: list[Matched], context: Context, links: legs.Links, written: Written) -> set[int]:
    """Writes rows with distinct keys; returns the numbers of rows whose stored content differs."""
    stays, goes = _held({row.row_no for row in rows} & links.displaces.keys(), links)
    records = [record for row in rows for record in row.records]
    if stays:
        records = [record for record in records if record.direction not in stays.get(record.row_no, ())]
    if not records:
        written.duplicate |= {row.row_no for row in rows}
        return set()
    records = _charged(records)
    minutes = allowances.Batch(context.source_names, context.covered)
    records = minutes.price_calls(records)
    with connection.cursor() as cursor:
        skipped, conflicts = _insert(cursor, records)
        minutes.cover_late(cursor, skipped)
        rollup.add_staged(cursor)
        minutes.settle(cursor, skipped)
        peaks.mark_staged(cursor)
        gone = [record for row_no, found in goes.items() if row_no not in conflicts for record in found]
        displaced.take_out(cursor, gone, context.covered)
    _keep(set(), goes.keys() - conflicts, links)
    if not (skipped or links.displaces):
        written.new.update([row.row_no for row in rows])
        return conflicts
    for row in rows:
        if row.row_no in conflicts:
            written.refused.append(row.refused(Mismatch.CONFLICT))
        elif row.row_no in links.displaces or all((row.row_no, one.direction) in skipped for one in row.records):
            written.duplicate.add(row.row_no)
        else:
            written.new.add(row.row_no)
    return conflicts


def _held(displacing: set[int], links: legs.Links) -> tuple[dict[int, set[str]], dict[int, list[legs.LegRecord]]]:
    """For rows that replace already written legs, by row number: directions that stay (their month is closed), and
    records to take out. Keeps the months from closing."""
    by_row = {row_no: [record for one in links.displaces[row_no] for record in one.records] for row_no in displacing}
    if not by_row:
        return {}, {}
    closed = months.hold({record.month for records in by_row.values() for record in records})
    return (
        {row_no: {one.direction for one in records if one.month in closed} for row_no, records in by_row.items()},
        {row_no: [one for one in records if one.month not in closed] for row_no, records in by_row.items()},
    )


def _charged(records: list[Record]) -> list[Record]:
    """The records with the months that charge them; keeps those months from closing."""
    starts = {month: DAY_ZERO + timedelta(days=month) for month in {record.month for record in records}}
    charging = months.hold_charging(starts.values())
    late = {month: charging[start] for month, start in starts.items() if charging[start] != start}
    if not late:
        return records
    return [record.charged_by(late[record.month]) if record.month in late else record for record in records]


def _insert(cursor: CursorWrapper, records: list[Record]) -> tuple[set[tuple[int, str]], set[int]]:
    """Writes the records; returns the (row, direction) pairs not written, and the rows whose content conflicts."""
    answers = staging.insert(cursor, records)
    skipped = {(row_no, direction) for row_no, direction, _ in answers}
    conflicts = {row_no for row_no, _, same in answers if not same}
    if conflicts:
        staging.undo(cursor, sorted(conflicts))
        skipped |= {(row_no, direction) for row_no in conflicts for direction in CallDirection.values}
    return skipped, conflicts


def in_transaction(work: Callable[[], T]) -> T:
    """Runs the work in one transaction; tries again, up to _TRIES in all, after a deadlock with another import."""
    for left in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                return work()
        except OperationalError as error:
            if not left or not isinstance(error.__cause__, errors.DeadlockDetected):
                raise
            log.warning("batch.deadlock", tries_left=left)
    raise AssertionError("unreachable")
