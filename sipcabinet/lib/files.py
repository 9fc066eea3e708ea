"""Files that must survive a crash: written under a temporary name, synced, renamed, and identified by their sha256.

A path is relative to the default storage and only the server chooses it; the file name that a customer sees is stored
separately (`Document.file_name`).
"""

import hashlib
import os
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, BinaryIO

from django.core.files.storage import default_storage

from sipcabinet.lib import clock, tenancy

PART = ".part"
_UNSAFE = re.compile(r'[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069<>:"/\\|?*]+')
_LONGEST_NAME = 150


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A complete file on the disk: its path in the default storage, its sha256 in hex, its size in bytes."""

    path: str
    sha256: str
    size: int


def location(path: str) -> Path:
    """The path on this machine of a stored path; raises SuspiciousFileOperation for a path outside the storage."""
    return Path(default_storage.path(path))


def new_path(folder: str, suffix: str) -> str:
    """A new path such as `documents/2026/11/6f1c….xlsx`: no part of the path is typed by a person."""
    return f"{folder}/{clock.today():%Y/%m}/{uuid.uuid4().hex}{suffix}"


def store(path: str, write: Callable[[IO[bytes]], object]) -> StoredFile:
    """Writes a file by `write`. The file appears complete or not at all, even if the power fails.

    After an exception of `write` no file is left; a killed process leaves a `.part` file, which `forgotten()` finds.
    Raises OnlyViewedError while staff view an account as its customer.
    """
    tenancy.refuse_to_write_as_viewer()
    target = location(path)
    part = target.with_name(f"{target.name}.{uuid.uuid4().hex}{PART}")
    _make_folder(target.parent)
    try:
        with part.open("x+b") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
            stored = StoredFile(path, _digest(file), file.seek(0, os.SEEK_END))
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync(target.parent)
    return stored


def open_stored(path: str) -> BinaryIO:
    """Opens a stored file for reading; raises FileNotFoundError."""
    return location(path).open("rb")


def remove(path: str) -> None:
    """Removes a stored file; a missing file is no error."""
    location(path).unlink(missing_ok=True)


def forgotten(folder: str, *, older_than: timedelta) -> Iterator[str]:
    """Paths of the files in a folder that were changed longer ago than `older_than`, half-written files included."""
    root, limit = location(folder), clock.now() - older_than
    for found in sorted(root.rglob("*")):
        if found.is_file() and datetime.fromtimestamp(found.stat().st_mtime, UTC) < limit:
            yield f"{folder}/{found.relative_to(root).as_posix()}"


def remove_forgotten(folder: str, *, older_than: timedelta, is_kept: Callable[[str], bool]) -> int:
    """Removes the forgotten files of a folder whose paths no row keeps; returns how many."""
    removed = 0
    for path in forgotten(folder, older_than=older_than):
        if not is_kept(path):
            remove(path)
            removed += 1
    return removed


def safe_name(name: str) -> str:
    """A file name for headers and letters: no control or path characters, no leading dot, not too long."""
    stem, dot, suffix = _UNSAFE.sub(" ", name).rpartition(".")
    stem = " ".join((stem if dot else suffix).split()).lstrip(". ")[:_LONGEST_NAME].rstrip()
    return f"{stem or 'file'}{dot}{suffix.strip() if dot else ''}"


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _make_folder(folder: Path) -> None:
    """Creates a folder that also survives a crash: the parent of each new level is synced."""
    missing = [level for level in (folder, *folder.parents) if not level.exists()]
    for level in reversed(missing):
        level.mkdir(mode=0o750, exist_ok=True)
        _sync(level.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
