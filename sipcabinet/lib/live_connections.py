"""Database connections that are looked at without a round trip before a request uses them.

CONN_HEALTH_CHECKS lets Django ask `SELECT 1` on each request. A server that has ended a connection has told so: its
socket has data to read. A connection with an error is still asked.
"""

import select
from typing import Any

from django.db import connections


def was_ended(raw: Any) -> bool:
    """Whether an idle connection has ended: its socket then has data to read, or is closed. Costs no round trip."""
    if raw.closed:
        return True
    waiting = select.poll()
    waiting.register(raw.pgconn.socket, select.POLLIN)
    return bool(waiting.poll(0))


def look(**_signal: Any) -> None:
    """Receiver of `request_started`, after Django's own: spares the question to connections that look alive."""
    connection: Any
    for connection in connections.all(initialized_only=True):
        raw = connection.connection
        if raw is not None and not connection.errors_occurred and not was_ended(raw):
            connection.health_check_done = True
