"""TLS for SIPp, which Debian builds without it: SIPp speaks TCP to the tunnel, the tunnel speaks TLS to the switch."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path


@contextmanager
def tls_to(port: int, certificate: Path, name: str, versions: list[str]) -> Iterator[int]:
    """A port that leads to the switch's TLS port, whose certificate is checked; `versions` gets what was agreed on."""
    trust = ssl.create_default_context(cafile=str(certificate))
    trust.minimum_version = ssl.TLSVersion.TLSv1_2
    with ExitStack() as ends, socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):  # the test has closed the server
                while True:
                    client = ends.enter_context(server.accept()[0])
                    plain = socket.create_connection(("127.0.0.1", port))
                    secured = ends.enter_context(trust.wrap_socket(plain, server_hostname=name))
                    versions.append(secured.version() or "")
                    for source, target in ((client, secured), (secured, client)):
                        threads.append(threading.Thread(target=_copy, args=(source, target)))
                        threads[-1].start()

        threads = [threading.Thread(target=serve)]
        threads[0].start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(10)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(8192):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
