"""Several statements in one round trip to PostgreSQL, by the pipeline of libpq.

psycopg's own pipeline waits for the answer to `BEGIN` before it sends the first statement of a transaction.
"""

import select
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import pq
from psycopg.errors import error_from_result


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with `$1`, `$2`, … for its values, which are texts."""

    sql: str
    values: Sequence[str] = ()


def run(raw: "psycopg.Connection[Any]", statements: Sequence[Statement]) -> None:
    """Runs the statements in order, and does not give their rows. Raises the error of the first one that fails; those
    after it are not run."""
    pgconn = raw.pgconn
    pgconn.enter_pipeline_mode()
    try:
        for one in statements:
            pgconn.send_query_params(one.sql.encode(), [value.encode() for value in one.values])
        pgconn.pipeline_sync()
        failed = _answers(pgconn)
        pgconn.exit_pipeline_mode()
    except BaseException:
        raw.close()  # answers that nobody has read would belong to the next page
        raise
    if failed is not None:
        raise error_from_result(failed, encoding="utf-8")


def _answers(pgconn: Any) -> Any:
    """Reads all answers; returns the first that is an error, or None. Raises OperationalError for a lost server."""
    failed, waiting = None, select.poll()
    waiting.register(pgconn.socket, select.POLLIN)
    while True:
        while pgconn.is_busy():  # the wait lets other threads run, and libpq's own would not
            waiting.poll()
            pgconn.consume_input()
        answer = pgconn.get_result()
        if answer is None:  # between the answers of two statements
            if pgconn.status != pq.ConnStatus.OK:
                raise psycopg.OperationalError(pgconn.get_error_message() or "the connection is lost")
            continue
        if answer.status == pq.ExecStatus.PIPELINE_SYNC:
            return failed
        if answer.status == pq.ExecStatus.FATAL_ERROR and failed is None:
            failed = answer
