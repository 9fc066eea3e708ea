"""The watched folder: switches put their files into `CALLS_INBOX/<source>/` (4.4).

A file that no longer changes becomes a durable import. When the import ends, the file is moved to `done/`, or to
`rejected/` if not all of the file was imported. After a crash between two steps the next run finishes the work.
"""

import time
from collections.abc import Iterator
from hashlib import file_digest, sha256
from os import SEEK_CUR, SEEK_END
from pathlib import Path

import structlog
from django.conf import settings

from sipcabinet.lib import durable
from sipcabinet.lib.durable import JobState
from subscribers.calls import imports
from subscribers.models import CallImport, CallSource

log = structlog.get_logger(__name__)
SETTLED_SECONDS = 30  # how long a file must be unchanged; a name that ends in `.done` needs no wait
UNFINISHED_SECONDS = 600  # the same for a file whose last line has no end: the switch may be writing the line
FINISHED = ".done"
UNFINISHED = (".tmp", ".part", ".filepart", ".swp")


def look() -> int:
    """Orders imports of new files and moves the files of ended imports; returns how many imports were ordered."""
    if not settings.CALLS_INBOX:
        return 0
    return sum(_attend(source, path) for source, path in _files(Path(settings.CALLS_INBOX)))


def _files(inbox: Path) -> Iterator[tuple[CallSource, Path]]:
    """Complete files, by source; a folder without a source is reported in the log and left alone."""
    sources = {source.name: source for source in CallSource.objects.all()}
    for folder in sorted(path for path in inbox.iterdir() if path.is_dir()):
        if folder.name not in sources:
            log.warning("inbox.unknown_source", folder=folder.name)
            continue
        for path in sorted(folder.iterdir()):
            if path.is_file() and not path.is_symlink() and is_settled(path):
                yield sources[folder.name], path


def is_settled(path: Path) -> bool:
    """Whether the switch has finished writing the file."""
    if path.name.startswith(".") or path.name.endswith(UNFINISHED):
        return False
    if path.name.endswith(FINISHED):
        return True
    unchanged = time.time() - path.stat().st_mtime
    return unchanged >= UNFINISHED_SECONDS or (unchanged >= SETTLED_SECONDS and _ends_with_a_line(path))


def _ends_with_a_line(path: Path) -> bool:
    """Whether the last line of the file is complete; an archive says so itself."""
    with path.open("rb") as file:
        if file.read(2) == b"\x1f\x8b":
            return True
        file.seek(-min(2, file.seek(0, SEEK_END)), SEEK_CUR)
        return file.read().rstrip(b"\0").endswith((b"\n", b"\r"))  # in UTF-16 a zero follows


def _attend(source: CallSource, path: Path) -> bool:
    job, made = _job_of(source, path)
    if job.state != JobState.WAITING:
        _put_away(job, path)
    return made


def _job_of(source: CallSource, path: Path) -> tuple[CallImport, bool]:
    """The import of this file, created if missing; name, size and time of change identify the file in the folder."""
    stat = path.stat()
    identity = f"{source.pk}/{path.name}/{stat.st_size}/{stat.st_mtime_ns}"
    key = f"inbox:{sha256(identity.encode()).hexdigest()}"
    if job := CallImport.objects.filter(dedupe_key=key).first():
        return job, False
    with path.open("rb") as file:
        content = file_digest(file, "sha256").hexdigest()
    job, made = CallImport.objects.get_or_create(
        dedupe_key=key,
        defaults={
            "source": source,
            "file_name": path.name[:255],
            "path": str(path.absolute()),
            "sha256": content,
            "size": stat.st_size,
        },
    )
    if made:
        durable.hint(imports.TASK)
        log.info("inbox.ordered", import_id=job.pk, source_id=source.pk, bytes=stat.st_size)
    return job, made


def _put_away(job: CallImport, path: Path) -> None:
    """Moves the file of an ended import and saves the new path, so that staff can have the file retried."""
    whole = job.state == JobState.DONE and not job.rejected_count
    folder = path.parent / ("done" if whole else "rejected")
    folder.mkdir(exist_ok=True)
    target = folder / f"{job.pk}-{path.name}"
    CallImport.objects.filter(pk=job.pk).update(path=str(target.absolute()))
    path.replace(target)
    log.info("inbox.put_away", import_id=job.pk, whole=whole)
