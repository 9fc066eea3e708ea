"""Work that begins at the same moment in several threads, each with a database connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

T = TypeVar("T")
SECONDS = 60  # in which all must be ready


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """What each of them returns, in order; raises what the first of them raised, when all have ended."""
    gate = Barrier(len(works))

    def one(work: Callable[[], T]) -> T:
        try:
            connection.ensure_connection()
            gate.wait(timeout=SECONDS)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))
