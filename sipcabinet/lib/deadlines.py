"""One deadline for a whole conversation: a socket's own time-out starts anew with every byte that arrives."""

import socket
import threading
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import Self


class Deadline:
    """Cuts the connection off once the time is up, at whatever step the conversation is.

    The object keeps a separate handle on the connection, so that a TLS handshake that takes the socket over is cut off
    too.
    """

    def __init__(self, allowed: timedelta) -> None:
        self._timer = threading.Timer(allowed.total_seconds(), self._cut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self.passed = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            if self._handle is not None:
                self._handle.close()
                self._handle = None

    def guard(self, connection: socket.socket) -> None:
        """Watches a new connection; closes it and raises TimeoutError when the time is already up."""
        with self._lock:
            if self.passed:
                connection.close()
                raise TimeoutError
            self._handle = connection.dup()

    def _cut(self) -> None:
        with self._lock:
            self.passed = True
            if self._handle is not None:
                with suppress(OSError):  # the other side has closed the connection already
                    self._handle.shutdown(socket.SHUT_RDWR)
