"""One batch of rows written in one transaction: calls, their days, their minutes. All of it or nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import errors

from subscribers.models import CallDirection, CallSource, Destination
from subscribers.services import allowances, displaced, legs, months, peaks, rollup, staging
from subscribers.services.rows import Matched, Mismatch, Record, Refused

log = structlog.get_logger(__name__)
T = TypeVar("T")
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
class Seen:
    """Calls of earlier batches that were not kept, by key, with their fingerprints; and their legs."""

    keys: dict[tuple[int, str, str], str] = field(default_factory=dict)
    linked: legs.Seen = field(default_factory=legs.Seen)


@dataclass(slots=True)
class Written:
    """What became of the rows of a batch, by their numbers: each is in one of the three."""

    new: set[int] = field(default_factory=set)
    duplicate: set[int] = field(default_factory=set)
    refused: list[Refused] = field(default_factory=list)


def write(rows: list[Matched | Refused], context: Context, seen: Seen | None = None) -> Written:
    """Writes what is new among the rows, within the caller's transaction; row numbers are unique in the batch.

    A row is a duplicate when all its records are there with the same content, or when it is a leg of a call that is
    counted; refused when a record is there with other content: then none of it is written. `seen` are the calls of
    earlier batches, where those were not kept. Calls of a closed month are charged by the one after the last closed.
    Locks, in this order: the sources whose rows name legs, the months of the calls and those that charge them (FOR
    SHARE), their allowances, the calls' keys, the days' totals, the days' peaks.
    """
    links = legs.look(rows, seen.linked if seen else None)
    written = Written(refused=[row for row in rows if isinstance(row, Refused) and not links.is_leg(row.row_no)])
    matched = [row for row in rows if isinstance(row, Matched)]
    known = seen.keys if seen else {}
    _write_matched([row for row in matched if not links.is_leg(row.row_no)], context, links, written, known)
    alone = _legs_of_refused(matched, links, written)
    _write_matched(alone, context, links, written, known)
    own = {row.row_no for row in alone}
    written.duplicate |= {row.row_no for row in rows if links.is_leg(row.row_no) and row.row_no not in own}
    if seen:
        seen.linked.add(matched)
    return written


def _legs_of_refused(rows: list[Matched], links: legs.Links, written: Written) -> list[Matched]:
    """Legs whose calls were to be counted by rows that were refused: they count by themselves."""
    refused = {line.row_no for line in written.refused}
    return [
        row for row in rows if row.row_no not in links.of_counted and links.of_batch.get(row.row_no, {-1}) <= refused
    ]


def _write_matched(
    left: list[Matched], context: Context, links: legs.Links, written: Written, known: dict[tuple[int, str, str], str]
) -> None:
    while left:
        firsts, repeats = _split(left, known)
        conflicts = _write_firsts(firsts, context, links, written)
        known.update((row.key, row.fingerprint) for row in firsts if row.row_no not in conflicts)
        left = [row for row in repeats if row.key not in known]  # what they repeat was refused: their turn now
        for row in repeats:
            if known.get(row.key) == row.fingerprint:
                written.duplicate.add(row.row_no)
            elif row.key in known:
                written.refused.append(row.refused(Mismatch.CONFLICT))


def _split(rows: list[Matched], known: dict[tuple[int, str, str], str]) -> tuple[list[Matched], list[Matched]]:
    """The first row of each call, and those that repeat its key."""
    firsts: list[Matched] = []
    repeats: list[Matched] = []
    keys = set(known)
    for row in rows:
        (repeats if row.key in keys else firsts).append(row)
        keys.add(row.key)
    return firsts, repeats


def _write_firsts(rows: list[Matched], context: Context, links: legs.Links, written: Written) -> set[int]:
    """Writes rows whose keys differ; returns the numbers of those in conflict with what is there."""
    stays, goes = _held(rows, links)
    records = [record for row in rows for record in row.records if record.direction not in stays.get(row.row_no, ())]
    if not records:
        written.duplicate |= {row.row_no for row in rows}
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
        gone = [record for row_no, found in goes.items() if row_no not in conflicts for record in found]
        displaced.take_out(cursor, gone, context.covered)
    for row in rows:
        if row.row_no in conflicts:
            written.refused.append(row.refused(Mismatch.CONFLICT))
        elif row.row_no in links.displaces or all((row.row_no, one.direction) in skipped for one in row.records):
            written.duplicate.add(row.row_no)
        else:
            written.new.add(row.row_no)
    return conflicts


def _held(rows: list[Matched], links: legs.Links) -> tuple[dict[int, set[str]], dict[int, list[legs.Record]]]:
    """By rows that count calls whose other legs are there: what of those stays, since its month has closed (its
    directions), and what goes. Keeps the months from closing."""
    found = {row.row_no: links.displaces[row.row_no] for row in rows if row.row_no in links.displaces}
    if not found:
        return {}, {}
    by_row = {row_no: [record for one in counted for record in one.records] for row_no, counted in found.items()}
    closed = months.hold({record.month for records in by_row.values() for record in records})
    return (
        {row_no: {one.direction for one in records if one.month in closed} for row_no, records in by_row.items()},
        {row_no: [one for one in records if one.month not in closed] for row_no, records in by_row.items()},
    )


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
