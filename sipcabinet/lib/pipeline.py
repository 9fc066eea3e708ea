"""Statements on their way to PostgreSQL: several in one round trip, whose answers are read when somebody needs them.

PostgreSQL works while Python goes on. Whoever uses the connection next first reads what is still on its way: all that
Django and psycopg do goes through `wait` of the psycopg connection, and `wait` reads it. So does `database`, because
psycopg refuses server-side cursors while answers are on their way.

psycopg's own pipeline waits for the answer to `BEGIN` before it sends the first statement of a transaction.
"""

import select
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from psycopg import pq
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many

Send = Callable[[Any], None]  # sends one statement on a connection of libpq
_PIPELINE = "_portal_pipeline"  # the attribute of a psycopg connection for its `_Pipeline`


@dataclass(slots=True)
class Sent:
    """A statement that was sent; `answer` is the result of libpq, once it has been read."""

    answer: Any = None

    @property
    def is_failed(self) -> bool:
        return self.answer is not None and self.answer.status == pq.ExecStatus.FATAL_ERROR


def statement(sql: str, values: Sequence[str] = ()) -> Send:
    """A statement with `$1`, `$2`, … for its values, which are texts."""
    command, given = sql.encode(), [value.encode() for value in values]
    return lambda pgconn: pgconn.send_query_params(command, given)


def send(raw: Any, statements: Sequence[Send]) -> list[Sent]:
    """Sends the statements in one round trip and waits for nothing. If one fails, those after it are not run, and the
    error is raised where the answers are read."""
    pipeline: _Pipeline | None = getattr(raw, _PIPELINE, None)
    if pipeline is None:
        pipeline = _Pipeline(raw)
        setattr(raw, _PIPELINE, pipeline)
    return pipeline.send(statements)


def answer(raw: Any, sent: Sent) -> Any:
    """The result of a statement that was sent; waits for it. Raises the error of the first statement that failed."""
    if sent.answer is None:
        getattr(raw, _PIPELINE).read(sent)
    return sent.answer


def read_all(raw: Any) -> None:
    """Reads what is still on its way. Raises the error of the first statement that failed."""
    if is_waiting(raw):
        getattr(raw, _PIPELINE).read(None)


def is_waiting(raw: Any) -> bool:
    """Whether answers are on their way."""
    pipeline: _Pipeline | None = getattr(raw, _PIPELINE, None)
    return pipeline is not None and bool(pipeline.way)


class _Pipeline:
    """`way` holds the statements whose answers have not been read, and None for each end of a round trip."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.way: deque[Sent | None] = deque()

    def send(self, statements: Sequence[Send]) -> list[Sent]:
        pgconn, sent = self._raw.pgconn, [Sent() for _ in statements]
        try:
            if not self.way:
                pgconn.enter_pipeline_mode()
                self._raw.wait = self._wait
            for one in statements:
                one(pgconn)
                pgconn.send_flush_request()  # or the server keeps the answer until it has the last one
            pgconn.pipeline_sync()
            self.way += [*sent, None]
            self._flush()
        except BaseException:
            self._close()
            raise
        return sent

    def read(self, last: Sent | None) -> None:
        """Reads the answers up to this one; all of them for None."""
        pgconn, failed = self._raw.pgconn, None
        try:
            while self.way and (last is None or last.answer is None or failed):
                [result] = type(self._raw).wait(self._raw, fetch_many(pgconn))
                sent = self.way.popleft()
                if sent is None:
                    continue
                sent.answer = result
                if sent.is_failed:
                    failed = failed or result
            if not self.way:
                pgconn.exit_pipeline_mode()
                del self._raw.wait
        except BaseException:
            self._close()
            raise
        if failed is not None:
            raise error_from_result(failed, encoding="utf-8")

    def _flush(self) -> None:
        """Sends what the socket did not take at once. The server may wait for its answers to be read meanwhile."""
        pgconn: Any = self._raw.pgconn
        while pgconn.flush():
            ready = select.poll()
            ready.register(pgconn.socket, select.POLLIN | select.POLLOUT)
            if any(event & select.POLLIN for _socket, event in ready.poll()):
                pgconn.consume_input()

    def _wait(self, generator: Any, *args: Any, **options: Any) -> Any:
        """Takes the place of psycopg's `wait` while answers are on their way."""
        self.read(None)
        return self._raw.wait(generator, *args, **options)

    def _close(self) -> None:
        """Ends the connection: answers that nobody has read would belong to the next page."""
        self.way.clear()
        self._raw.__dict__.pop("wait", None)
        self._raw.close()


def prepared(name: bytes, values: Any, formats: Any) -> Send:
    """A statement that the session has prepared under this name."""
    return partial(_send_prepared, name, values, formats)


def _send_prepared(name: bytes, values: Any, formats: Any, pgconn: Any) -> None:
    pgconn.send_query_prepared(name, values, param_formats=formats)
