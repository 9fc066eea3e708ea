"""Runs work at the same moment in several threads, each with a separate database connection."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from threading import Barrier, BrokenBarrierError
from typing import Any, TypeVar

from django.db import connection
from django.test import Client

T = TypeVar("T")
SECONDS = 60  # within this time all threads must be ready


def posted(cookies: SimpleCookie, path: str, form: dict[str, Any]) -> tuple[int, str]:
    """The status of the answer to a form that the browser with these cookies sends, and where the answer leads."""
    client = Client()
    client.cookies = cookies
    response = client.post(path, form)
    return response.status_code, response.headers.get("Location", "")


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """The results of all functions, in order. When all have ended, raises the exception of the first that failed.

    A thread that gets no connection opens the gate for nobody: its exception is raised at once.
    """
    gate = Barrier(len(works))

    def one(work: Callable[[], T]) -> T:
        try:
            _connect(gate)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        ended = [pool.submit(one, work) for work in works]
    failures = [failure for future in ended if (failure := future.exception())]
    for failure in sorted(failures, key=lambda failure: isinstance(failure, BrokenBarrierError)):
        raise failure
    return [future.result() for future in ended]


def _connect(gate: Barrier) -> None:
    try:
        connection.ensure_connection()
    except Exception:
        gate.abort()
        raise
    gate.wait(timeout=SECONDS)
