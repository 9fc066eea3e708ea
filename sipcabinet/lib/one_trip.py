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


def run(raw: "psycopg.Connection[Any]", statements: Sequence[Statement]) -> tuple[str | None, ...]:
    """Runs the statements in order, and gives the last row of the last statement as texts (empty without a row).
    Raises the error of the first statement that fails; those after it are not run."""
    pgconn = raw.pgconn
    pgconn.enter_pipeline_mode()
    try:
        for one in statements:
            pgconn.send_query_params(one.sql.encode(), [value.encode() for value in one.values])
        pgconn.pipeline_sync()
        last, failed = _answers(pgconn)
        pgconn.exit_pipeline_mode()
    except BaseException:
        raw.close()  # answers that nobody has read would belong to the next page
        raise
    if failed is not None:
        raise error_from_result(failed, encoding="utf-8")
    return last


def _answers(pgconn: Any) -> tuple[tuple[str | None, ...], Any]:
    """Reads all answers; returns the last row, and the first answer that is an error, or None. Raises OperationalError
    for a lost server."""
    row: tuple[str | None, ...] = ()
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
            return row, failed
        if answer.status == pq.ExecStatus.FATAL_ERROR and failed is None:
            failed = answer
        row = _last_row(answer)


def _last_row(answer: Any) -> tuple[str | None, ...]:
    if not answer.ntuples:
        return ()
    values = (answer.get_value(answer.ntuples - 1, column) for column in range(answer.nfields))
    return tuple(None if value is None else value.decode() for value in values)
