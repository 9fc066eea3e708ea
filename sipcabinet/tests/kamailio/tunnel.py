"""TLS for SIPp, which Debian builds without it: SIPp speaks TCP to the tunnel, the tunnel speaks TLS to the switch."""

import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

_PART, _PATIENCE = 8192, 10.0  # bytes, seconds


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
                    threads.append(threading.Thread(target=_pass_on, args=(client, secured)))
                    threads[-1].start()

        threads = [threading.Thread(target=serve)]
        threads[0].start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(10)


def _pass_on(client: socket.socket, secured: ssl.SSLSocket) -> None:
    """Copies both ways in one thread until an end closes: two threads may not use one TLS connection at once."""
    with suppress(OSError):
        while True:
            ready = [secured] if secured.pending() else select.select([client, secured], [], [])[0]
            if client in ready:
                if not (data := client.recv(_PART)):
                    break
                secured.settimeout(_PATIENCE)
                secured.sendall(data)
            if secured in ready:
                secured.setblocking(False)
                try:
                    data = secured.recv(_PART)
                except ssl.SSLWantReadError:  # a message of TLS itself
                    continue
                if not data:
                    break
                client.sendall(data)
    for end in (client, secured):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
