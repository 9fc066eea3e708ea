"""One batch of rows written in one transaction: calls, their days, their minutes. All of it or nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import errors

from subscribers.models import CallDirection, CallSource, Destination
from subscribers.services import allowances, months, peaks, rollup, staging
from subscribers.services.rows import Matched, Mismatch, Record, Refused

log = structlog.get_logger(__name__)
T = TypeVar("T")
Seen = dict[tuple[int, str, str], str]
_TRIES = 5  # of a batch that lost a deadlock


@dataclass(frozen=True, slots=True)
class Context:
    """What every batch of a run needs to know, read once."""

    source_names: dict[int, str]
    covered: frozenset[int]

    @classmethod
    def load(cls) -> "Context":
        names = dict(CallSource.objects.values_list("pk", "name"))
        covered = Destination.objects.filter(uses_allowance=True).values_list("pk", flat=True)
        return cls(names, frozenset(covered))


@dataclass(slots=True)
class Written:
    """What became of the rows of a batch, by their numbers: each is in one of the three."""

    new: set[int] = field(default_factory=set)
    duplicate: set[int] = field(default_factory=set)
    refused: list[Refused] = field(default_factory=list)


def write(rows: list[Matched | Refused], context: Context, seen: Seen | None = None) -> Written:
    """Writes what is new among the rows, within the caller's transaction; row numbers are unique in the batch.

    A row is a duplicate when all its records are there with the same content, and refused when one is there with
    other content: then none of it is written. `seen` are the calls of earlier batches, where those were not kept. Calls
    of a closed month are charged by the one after the last closed. Locks, in this order: the months of the calls and
    those that charge them (FOR SHARE), their allowances, the calls' keys, the days' totals, the days' peaks.
    """
    written = Written(refused=[row for row in rows if isinstance(row, Refused)])
    known = {} if seen is None else seen
    left = [row for row in rows if isinstance(row, Matched)]
    while left:
        firsts, repeats = _split(left, known)
        conflicts = _write_firsts(firsts, context, written)
        known.update((row.key, row.fingerprint) for row in firsts if row.row_no not in conflicts)
        left = [row for row in repeats if row.key not in known]  # what they repeat was refused: their turn now
        for row in repeats:
            if known.get(row.key) == row.fingerprint:
                written.duplicate.add(row.row_no)
            elif row.key in known:
                written.refused.append(row.refused(Mismatch.CONFLICT))
    return written


def _split(rows: list[Matched], known: Seen) -> tuple[list[Matched], list[Matched]]:
    """The first row of each call, and those that repeat its key."""
    firsts: list[Matched] = []
    repeats: list[Matched] = []
    keys = set(known)
    for row in rows:
        (repeats if row.key in keys else firsts).append(row)
        keys.add(row.key)
    return firsts, repeats


def _write_firsts(rows: list[Matched], context: Context, written: Written) -> set[int]:
    """Writes rows whose keys differ; returns the numbers of those in conflict with what is there."""
    records = [record for row in rows for record in row.records]
    if not records:
        return set()
    records = _charged(records)
    minutes = allowances.Batch(context.source_names, context.covered)
    records = minutes.charge(records)
    with connection.cursor() as cursor:
        skipped, conflicts = _insert(cursor, records)
        minutes.cover_late(cursor, skipped)
        rollup.add_staged(cursor)
        minutes.settle(cursor, skipped)
        peaks.mark_staged(cursor)
    for row in rows:
        if row.row_no in conflicts:
            written.refused.append(row.refused(Mismatch.CONFLICT))
        elif all((row.row_no, record.direction) in skipped for record in row.records):
            written.duplicate.add(row.row_no)
        else:
            written.new.add(row.row_no)
    return conflicts


def _charged(records: list[Record]) -> list[Record]:
    """The records with the months that charge them, which are kept from closing."""
    charging = months.hold_charging(record.month_of_start for record in records)
    late = {month for month, charged_in in charging.items() if charged_in != month}
    if not late:
        return records
    moments = ((record, record.month_of_start) for record in records)
    return [record.charged_by(charging[month]) if month in late else record for record, month in moments]


def _insert(cursor: CursorWrapper, records: list[Record]) -> tuple[set[tuple[int, str]], set[int]]:
    """Writes the records; returns the (row, direction) that were not, and the rows whose content is in conflict."""
    answers = staging.insert(cursor, records)
    skipped = {(row_no, direction) for row_no, direction, _ in answers}
    conflicts = {row_no for row_no, _, same in answers if not same}
    if conflicts:
        staging.undo(cursor, sorted(conflicts))
        skipped |= {(row_no, direction) for row_no in conflicts for direction in CallDirection.values}
    return skipped, conflicts


def in_transaction(work: Callable[[], T]) -> T:
    """Does the work in one transaction; once more where it lost a deadlock with another import."""
    for left in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                return work()
        except OperationalError as error:
            if not left or not isinstance(error.__cause__, errors.DeadlockDetected):
                raise
            log.warning("batch.deadlock", tries_left=left)
    raise AssertionError("unreachable")
