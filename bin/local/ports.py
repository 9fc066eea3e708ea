"""Ports on the loopback address."""

import socket

from .console import UsageError

HOST = "127.0.0.1"
HIGHEST = 65535


def parse(text: str, name: str = "PORT") -> int:
    """The port number that a person gave as `name`; raises UsageError for an invalid one."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= HIGHEST:
        raise UsageError(f"{name} must be a number from 1 to {HIGHEST}, not {text!r}")
    return int(text)


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((HOST, port))
        except OSError:
            return False
    return True


def require_free(port: int, name: str = "PORT") -> int:
    """The port, given as `name`; raises UsageError, with a suggestion, if the port is busy."""
    if not is_free(port):
        raise UsageError(
            f"port {port} is busy or not allowed; choose another one, for example: {name}={port % HIGHEST + 1} bin/run"
        )
    return port


def pick() -> int:
    """A free port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
        server.bind((HOST, 0))
        return int(server.getsockname()[1])


def answers(port: int) -> bool:
    """Whether a server accepts connections on the port."""
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False
