"""Import of call records (4.4): a switch's file → rows read, matched, rated → batches, each written in one transaction.

After any crash the same file may be imported again: calls already in the database are not counted twice. The counters
of a CallImport are saved with its batches, so read = new + duplicate + rejected holds at every moment.
"""

import gc
import hashlib
import sys
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import structlog
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from sipcabinet.lib import durable
from sipcabinet.lib.durable import ClockTimestamp
from subscribers.calls import batches, heard, known_files, parties, partitions, rejects
from subscribers.calls.batches import Context, Seen, Written
from subscribers.calls.matching import Matcher
from subscribers.calls.rows import Matched, RefusedRow
from subscribers.cdr import UnreadableFileError, read
from subscribers.errors import SourceError
from subscribers.models import CallImport, CallSource
from subscribers.selectors import sources

log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=5)
TASK = "subscribers.drain_imports"
Look = Callable[[list[Matched | RefusedRow], Written], None]
Progress = Callable[[int], None]  # called with the number of bytes read so far


@dataclass(slots=True)
class ImportCounts:
    """Row counts of a file: read = new + duplicate + rejected; `reasons` counts rejected rows by reason code."""

    read: int = 0
    new: int = 0
    duplicate: int = 0
    rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def add(self, written: Written) -> None:
        self.new += len(written.new)
        self.duplicate += len(written.duplicate)
        self.rejected += len(written.refused)
        self.read += len(written.new) + len(written.duplicate) + len(written.refused)
        for line in written.refused:
            self.reasons[line.code] = self.reasons.get(line.code, 0) + 1


@dataclass(frozen=True, slots=True)
class _Batch:
    rows: list[Matched | RefusedRow]
    position: int


def take_in(file: BinaryIO, job: CallImport, *, progress: Progress | None = None) -> ImportCounts:
    """Imports a file under the job's claim, starting after the rows that the job has already counted.

    Each batch is one transaction together with the job's counters, its renewed claim and the rejected lines. Raises
    UnreadableFileError, SourceError (KnownFileError if another source has the file), ClaimLost; batches written
    before the error stay.
    """
    known_files.require_new(source=job.source, sha256=job.sha256, before=job.pk)
    partitions.open_ahead()
    counts, context = ImportCounts(), Context.load()
    for batch in _read_ahead(file, job.source, job.pk, skip=job.read_count):
        written = batches.in_transaction(partial(_write, batch.rows, job, context))
        counts.add(written)
        if progress:
            progress(batch.position)
    heard.to_the_end(job)
    durable.hint(parties.TASK)
    return counts


def _write(rows: list[Matched | RefusedRow], job: CallImport, context: Context) -> Written:
    durable.renew(job, lease=LEASE)
    written = batches.write(rows, context)
    rejects.keep(job, written.refused)
    CallImport.objects.filter(pk=job.pk).update(
        read_count=F("read_count") + len(rows),
        new_count=F("new_count") + len(written.new),
        duplicate_count=F("duplicate_count") + len(written.duplicate),
        rejected_count=F("rejected_count") + len(written.refused),
    )
    heard.in_batch(job, rows)
    return written


def rehearse(
    file: BinaryIO, source: CallSource, *, progress: Progress | None = None, look: Look | None = None
) -> ImportCounts:
    """Counts what an import of the file would give. Every batch is written and rolled back: nothing is stored.

    `look` sees each batch and its outcome. Raises the same errors as `take_in`.
    """
    known_files.require_new(source=source, sha256=known_files.sha256_of_open(file))
    counts, context = ImportCounts(), Context.load()
    seen = Seen()
    context.source_names.setdefault(source.pk or 0, source.name)
    for batch in _read_ahead(file, source, import_id=0):
        counts.add(batches.in_transaction(partial(_rolled_back, batch.rows, context, seen, look)))
        if progress:
            progress(batch.position)
    return counts


def _rolled_back(rows: list[Matched | RefusedRow], context: Context, seen: Seen, look: Look | None) -> Written:
    written = batches.write(rows, context, seen)
    if look:
        look(rows, written)
    transaction.set_rollback(True)
    return written


def _read_ahead(file: BinaryIO, source: CallSource, import_id: int, *, skip: int = 0) -> Iterator[_Batch]:
    """Yields batches of matched rows; reads the next batch while the caller waits for PostgreSQL."""
    matcher, source_id = Matcher.load(), source.pk or 0
    rows = (
        matcher.match(row, row_no, source_id=source_id, import_id=import_id)
        for row_no, row in enumerate(islice(read(file, *sources.reading(source)), skip, None))
    )

    def next_batch() -> _Batch:
        return _Batch(list(islice(rows, settings.IMPORT_BATCH_ROWS)), file.tell())

    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="switch-file")
    with _without_collector(), _taking_turns(), pool as reader:
        ahead = reader.submit(next_batch)
        while (batch := ahead.result()).rows:
            ahead = reader.submit(next_batch)
            yield batch
            reader.submit(batch.rows.clear)  # to free ten thousand rows takes the main thread's time, too


@contextmanager
def _without_collector() -> Iterator[None]:
    """Turns the garbage collector off: rows hold no cycles, and each batch would spend a third of its time on it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def _taking_turns() -> Iterator[None]:
    """Lets the main thread go on soon after PostgreSQL answers. By default the reading thread would keep the
    interpreter for 5 ms after each of some twenty statements of a batch."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


# -- an import by command, run at once


def begin(*, path: Path, source: CallSource) -> CallImport:
    """Creates the row of an import run by this process: claimed, so that no worker takes it; without a stored copy."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    job = CallImport.objects.create(
        source=source,
        file_name=path.name[:255],
        sha256=sha256,
        size=path.stat().st_size,
        attempts=1,
        claim_token=uuid.uuid4(),
        claimed_until=ClockTimestamp() + LEASE,
    )
    log.info("import.started", import_id=job.pk, source_id=source.pk, bytes=job.size)
    return job


def run(job: CallImport, path: Path, *, progress: Progress | None = None) -> ImportCounts:
    """Imports the whole file of a begun import. On an error, saves it in the import's row and raises it again."""
    try:
        with path.open("rb") as file:
            counts = take_in(file, job, progress=progress)
        durable.finish(job)
    except BaseException as error:
        if not isinstance(error, durable.ClaimLost):
            durable.refuse(job, str(error) or type(error).__name__)
        raise
    log.info("import.finished", import_id=job.pk, read=counts.read, new=counts.new, rejected=counts.rejected)
    return counts


# -- an import as a durable job: uploaded by staff, or found in the watched folder


def order(*, source: CallSource, file: "File[bytes]", file_name: str, ordered_by: User | None = None) -> CallImport:
    """Stores an uploaded file and orders its import (4.4).

    The same file from the same source is imported twice but its calls are counted once; from another source the import
    is refused when the worker runs it.
    """
    with file.open("rb") as content:
        sha256 = known_files.sha256_of(content)
        content.seek(0)
        path = default_storage.save(f"imports/{uuid.uuid4()}.csv", content)
    with transaction.atomic():
        job = CallImport.objects.create(
            source=source, file_name=file_name[:255], path=path, sha256=sha256, size=file.size, imported_by=ordered_by
        )
        durable.hint(TASK)
    log.info("import.ordered", import_id=job.pk, source_id=source.pk, bytes=job.size)
    return job


def drain() -> int:
    """Runs the imports that are due; returns how many."""
    return durable.drain(lambda: durable.claim(CallImport, lease=LEASE), work_off, most=20)


def work_off(job: CallImport) -> None:
    """Runs one claimed import: it ends as done, refused for good, or due again later."""
    structlog.contextvars.bind_contextvars(import_id=job.pk)
    try:
        with open_file(job) as file:
            counts = take_in(file, job)
        with transaction.atomic():
            durable.finish(job)
            transaction.on_commit(lambda: _forget_copy(job))
        log.info("import.finished", read=counts.read, new=counts.new, rejected=counts.rejected)
    except (UnreadableFileError, SourceError) as error:
        durable.refuse(job, str(error))
        log.warning("import.refused", error=type(error).__name__)
    except durable.ClaimLost:
        raise
    except Exception as error:
        log.exception("import.postponed")
        durable.postpone(job, str(error), delay=durable.backoff(job.attempts))
    finally:
        structlog.contextvars.unbind_contextvars("import_id")


def open_file(job: CallImport) -> BufferedReader:
    """The file of a durable import; raises UnreadableFileError if it is gone or if the import was run by a command."""
    if not job.path:
        raise UnreadableFileError(_("Импорт командой прерван: запустите команду ещё раз"))
    path = Path(job.path) if Path(job.path).is_absolute() else Path(default_storage.path(job.path))
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise UnreadableFileError(_("Файла больше нет")) from error


def _forget_copy(job: CallImport) -> None:
    """Deletes the copy of an uploaded file; a file of the watched folder is moved by the watcher instead."""
    if not Path(job.path).is_absolute():
        default_storage.delete(job.path)
