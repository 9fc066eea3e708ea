import socket
from collections.abc import Iterator

import pytest
from local import ports
from local.console import UsageError


@pytest.fixture
def busy() -> Iterator[int]:
    with socket.create_server((ports.HOST, 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize(("text", "port"), [("1", 1), ("8000", 8000), ("65535", 65535)])
def test_a_port_is_read(text: str, port: int) -> None:
    assert ports.parse(text) == port


@pytest.mark.parametrize("text", ["0", "65536", "-1", "80a", " 80", "8_0", "²", "http", ""])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="PORT must be a number"):
        ports.parse(text)


def test_a_busy_port_is_refused_with_a_way_out(busy: int) -> None:
    with pytest.raises(UsageError, match=rf"port {busy} is busy.*PORT={busy + 1} bin/run"):
        ports.require_free(busy)


def test_a_picked_port_is_free_until_somebody_listens() -> None:
    port = ports.pick()
    assert ports.require_free(port) == port
    with socket.create_server((ports.HOST, port)):
        assert not ports.is_free(port)
        assert ports.answers(port)
    assert not ports.answers(port)
