"""Allows only one `bin/run` at a time in a folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .console import UsageError


@contextmanager
def only_one(lock: Path, about: str) -> Iterator[None]:
    """Locks the file `lock` while the block runs, and writes `about`, a description of this process, into the file.

    The kernel releases the lock however the process ends. If another process holds the lock, raises UsageError with
    that process's description.
    """
    with lock.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise UsageError(
                f"bin/run is already running in this folder: {file.read().strip() or 'starting'}"
            ) from None
        file.truncate(0)
        file.write(about)
        file.flush()
        yield
