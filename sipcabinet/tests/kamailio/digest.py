"""A telephone of a few lines for what Debian's SIPp cannot do: SHA-256, and requests that no telephone would send."""

import hashlib
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from sipcabinet.tests.kamailio.switch import DOMAIN

HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
REGISTER = """REGISTER sip:{domain} SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{number}{port};rport
From: <sip:office-1@{domain}>;tag=t{port}
To: <sip:office-1@{domain}>
Call-ID: digest-{port}
CSeq: {number} REGISTER
Contact: <sip:office-1@{host}:{port}>
Max-Forwards: 70
{proof}Content-Length: 0

"""


def exchange(port: int, client: socket.socket, text: str) -> str:
    """The switch's final answer to a request; empty if it gives none within a second."""
    client.sendto(text.replace("\n", "\r\n").encode(), ("127.0.0.1", port))
    try:
        while True:
            answer = client.recv(4096).decode()
            if not answer.startswith("SIP/2.0 1"):
                return answer
    except TimeoutError:
        return ""


def answer_to_digest(port: int, algorithm: str, password: str, name: str = "office-1") -> str:
    """Registers `office-1` by a digest of this algorithm and user name; returns the code of the answer, or nothing."""
    with telephone() as client:
        return register_from(client, port, algorithm, password, name=name)


@contextmanager
def telephone(address: str = "127.0.0.1") -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind((address, 0))
        client.settimeout(1)
        yield client


def nonce_of(challenge: str) -> str:
    found = re.search(r'nonce="([^"]+)"', challenge)
    assert found, challenge
    return found[1]


def register_from(
    client: socket.socket, port: int, algorithm: str, password: str, *, name: str = "office-1", host: str = "127.0.0.1"
) -> str:
    """Registers with a contact at the given host, which need not be the address of the socket."""
    own = client.getsockname()[1]
    facts = {"domain": DOMAIN, "port": own, "host": host}
    challenge = exchange(port, client, REGISTER.format(number=1, proof="", **facts))
    if not challenge:
        return ""
    shown = proof(algorithm, nonce_of(challenge), name, password)
    answer = exchange(port, client, REGISTER.format(number=2, proof=shown, **facts))
    return answer.split()[1] if answer else ""


def proof(
    algorithm: str, nonce: str, name: str, password: str, *, method: str = "REGISTER", uri: str = f"sip:{DOMAIN}"
) -> str:
    def hashed(*parts: str) -> str:
        return HASHES[algorithm](":".join(parts).encode()).hexdigest()

    response = hashed(hashed(name, DOMAIN, password), nonce, "00000001", "abc", "auth", hashed(method, uri))
    header = "Authorization" if method == "REGISTER" else "Proxy-Authorization"
    return (
        f'{header}: Digest username="{name}", realm="{DOMAIN}", nonce="{nonce}", uri="{uri}", qop=auth,'
        f' nc=00000001, cnonce="abc", algorithm={algorithm}, response="{response}"\n'
    )
