"""Lanes: a bound on how many requests of a kind a web process works on at once; requests beyond it wait or are refused.

Each lane has separate threads that never end, so the process has a fixed number of database connections. The server's
threads only wait: for a free thread of the lane, then for its answer. A request is refused when the waiting room is
full, or when no thread begins it within `wait_seconds`; a refusal does not use the database. A lane cannot use the
threads of another lane: while visitors fill the lane of pages, `/health/` and the desk still answer.
"""

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import Any, cast

import structlog

from sipcabinet.lib import metrics

log = structlog.get_logger(__name__)
Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
IN_MEMORY_BYTES = 256 * 1024  # of a request's body; a larger body is kept in a temporary file
READ_BYTES = 64 * 1024
REPORT_SECONDS = 10.0  # a lane's refusals are logged at most this often
LONGEST_NUMBER = 15  # digits of a Content-Length that are read as a number
# Wait before refusing a request for lack of room: else visitors who retry at once use all processor time for refusals.
PAUSE_SECONDS = 0.2
SLOW_READ_BYTES = 512
BUSY, TOO_LARGE, TOO_SLOW = 503, 413, 408


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane for requests whose path matches `pattern`; the first lane that matches takes the request.

    `threads` requests are worked on at once; `room` more may wait, at most `wait_seconds` each. The bodies of at most
    `bodies` requests are read at once, each up to `largest_body` bytes. At most `files` streamed answers are sent at
    once. `uses_database` says whether its threads keep connections to the database.
    """

    name: str
    threads: int
    pattern: re.Pattern[str]
    room: int
    wait_seconds: float
    bodies: int = 8
    largest_body: int = 8 * 1024 * 1024
    files: int = 8
    uses_database: bool = True
    # Called in a thread of the lane before the body is read: 0, or the status of the refusal.
    admit: Callable[[Environ], int] | None = None
    body_seconds: float = 0  # how long a body may take; 0: as long as the visitor needs

    @property
    def most(self) -> int:
        """How many requests the lane holds: as many of the server's threads may be busy with the lane."""
        return self.threads + self.room


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """The request is refused; `status` is the HTTP status that the visitor gets."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Lanes:
    """A WSGI application that wraps another one and bounds each kind of request."""

    def __init__(self, application: Application, lanes: Iterable[Lane], refuse: Callable[[int], Application]) -> None:
        self._open = [_OpenLane(application, lane) for lane in lanes]
        self._refuse = refuse

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        lane = next(lane for lane in self._open if lane.about.pattern.search(path))
        try:
            return lane.answer(environ, start_response)
        except Refused as refusal:
            return self._refuse(refusal.status)(environ, start_response)


class _OpenLane:
    """The running part of a lane: its threads, its bounds and its count of refusals."""

    def __init__(self, application: Application, about: Lane) -> None:
        self.about = about
        self._application = application
        self._threads = ThreadPoolExecutor(about.threads, thread_name_prefix=about.name)
        self._places = threading.BoundedSemaphore(about.most)
        self._bodies = threading.BoundedSemaphore(about.bodies)
        self._files = threading.BoundedSemaphore(about.files)
        self._refusals = _Refusals(about.name)

    def answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """The application's answer. Raises Refused. Called by the server's threads."""
        if not self._places.acquire(blocking=False):
            time.sleep(PAUSE_SECONDS)
            raise self._refused()
        try:
            self._admit(environ)
            with self._body_of(environ) as body:
                answer = self._worked(environ | {"wsgi.input": body}, start_response)
        finally:
            self._places.release()
        if isinstance(answer, list):
            return answer
        return self._sent(answer)

    def _admit(self, environ: Environ) -> None:
        """Raises Refused if the lane does not read the body of this request."""
        if self.about.admit is None:
            return
        asked: Future[int] = self._threads.submit(self.about.admit, environ)
        try:
            status = asked.result(self.about.wait_seconds)
        except Late:
            asked.cancel()
            raise self._refused() from None
        if status:
            self._refusals.count()
            raise Refused(status)

    def _body_of(self, environ: Environ) -> Any:
        """The request's body, read to its end in the server's thread: a slow visitor keeps no lane thread busy."""
        length = environ.get("CONTENT_LENGTH") or ("" if environ.get("HTTP_TRANSFER_ENCODING") else "0")
        if length == "0":
            return BytesIO()
        if length.isdecimal() and (len(length) > LONGEST_NUMBER or int(length) > self.about.largest_body):
            raise Refused(TOO_LARGE)
        if not self._bodies.acquire(blocking=False):
            raise self._refused()
        try:
            return self._copied(environ["wsgi.input"])
        finally:
            self._bodies.release()

    def _copied(self, source: Any) -> Any:
        left, began, seconds = self.about.largest_body, time.monotonic(), self.about.body_seconds
        with ExitStack() as stack:
            body = stack.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY_BYTES))
            # A read ends when it has all its bytes: small ones, so that a slow visitor is noticed.
            while read := source.read(SLOW_READ_BYTES if seconds else READ_BYTES):
                left -= len(read)
                if seconds and time.monotonic() - began > seconds:
                    raise Refused(TOO_SLOW)
                if left < 0:
                    raise Refused(TOO_LARGE)
                body.write(read)
            body.seek(0)
            stack.pop_all()  # the caller closes the body
        return body

    def _worked(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """The answer of a thread of the lane. Raises Refused when no thread begins in time."""
        work: Future[Iterable[bytes]] = self._threads.submit(self._work, environ, start_response, time.monotonic())
        try:
            return work.result(self.about.wait_seconds)
        except Late:
            if work.cancel():
                raise self._refused() from None
            return work.result()

    def _work(self, environ: Environ, start_response: StartResponse, asked: float) -> Iterable[bytes]:
        """The answer, and its count for the metrics; `asked` is when the request began to wait for this thread."""
        begun = time.monotonic()
        try:
            return self._answered(environ, start_response)
        finally:
            metrics.lane_worked(self.about.name, waited=begun - asked, busy=time.monotonic() - begun)

    def _answered(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """The application's answer. A page is read and closed in this thread, which has the database connections."""
        answer: Any = self._application(environ, start_response)
        if getattr(answer, "streaming", False):
            return cast("Iterable[bytes]", answer)
        try:
            return [b"".join(answer)]
        finally:
            answer.close()

    def _sent(self, answer: Any) -> Iterable[bytes]:
        """A streamed answer, which the server's thread sends as fast as the visitor reads. Raises Refused."""
        if not self._files.acquire(blocking=False):
            answer.close()
            raise self._refused()
        return _Sending(answer, self._files)

    def _refused(self) -> Refused:
        self._refusals.count()
        metrics.lane_refused(self.about.name)
        return Refused(BUSY)


class _Sending:
    """A streamed answer that frees its place in `files` when the server closes the answer."""

    def __init__(self, answer: Any, places: threading.BoundedSemaphore) -> None:
        self._answer, self._places = answer, places

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        try:
            self._answer.close()
        finally:
            self._places.release()


class _Refusals:
    """Logs a lane's refusals as counts: a burst of refusals must not fill the disk."""

    def __init__(self, lane: str) -> None:
        self._lane, self._count, self._told_at = lane, 0, float("-inf")
        self._lock = threading.Lock()

    def count(self) -> None:
        with self._lock:
            self._count += 1
            now = time.monotonic()
            if now - self._told_at < REPORT_SECONDS:
                return
            count, self._count, self._told_at = self._count, 0, now
        log.warning("lanes.refused", lane=self._lane, count=count)
