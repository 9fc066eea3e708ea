"""A call of a few lines whose telephone sends within the call what no telephone would send."""

import re
import socket

from sipcabinet.tests.kamailio.digest import exchange, nonce_of, proof
from sipcabinet.tests.kamailio.switch import DOMAIN, PASSWORD, PHONE

REQUEST = """{method} {uri} SIP/2.0
Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{number}{method}{port};rport
{routes}From: {ends[0]}
To: {ends[1]}
Call-ID: {call_id}
CSeq: {number} {method}
Contact: <sip:{shown}@{host}:{port}>
Max-Forwards: 70
{more}Content-Length: 0

"""


class Dialogue:
    """A call that `client`, a telephone of `office-1`, makes."""

    def __init__(self, client: socket.socket, switch: int, called: str) -> None:
        self._client, self._switch = client, switch
        own = client.getsockname()[1]
        self._number, self._routes, self._call_id = 0, "", f"dialogue-{own}"
        self._ends = (f"<sip:{PHONE}@{DOMAIN}>;tag=d{own}", f"<sip:{called}@{DOMAIN}>")
        self.target = f"sip:{called}@{DOMAIN}"

    def begin(self, password: str = PASSWORD) -> str:
        """Calls, with the password when the switch asks for it; returns the final answer."""
        challenge = self.send("INVITE")
        self.send("ACK", number=self._number)
        answer = self.send("INVITE", self.proof(challenge, "INVITE", password=password))
        if answer.startswith("SIP/2.0 200"):
            self._ends = (self._ends[0], _one(r"\nTo: ([^\r\n]+)", answer))
            self._routes = "".join(f"Route: {route}\n" for route in _record_routes(answer))
            self.target = _one(r"\nContact: <([^>]+)>", answer)
        return answer

    @classmethod
    def taken(cls, client: socket.socket, switch: int, invite: str) -> "Dialogue":
        """Takes a call that has come to `client`."""
        call = cls(client, switch, "")
        host, port = client.getsockname()
        kept = re.findall(r"(?:Via|Record-Route|From|Call-ID|CSeq): [^\r\n]+", invite)
        to = _one(r"\n(To: [^\r\n]+)", invite) + f";tag=d{port}"
        answer = "\r\n".join(
            ["SIP/2.0 200 OK", *kept, to, f"Contact: <sip:{host}:{port}>", "Content-Length: 0", "", ""]
        )
        client.sendto(answer.encode(), ("127.0.0.1", switch))
        call._ends = (to.removeprefix("To: "), _one(r"\nFrom: ([^\r\n]+)", invite))
        call._call_id = _one(r"\nCall-ID: (\S+)", invite)
        call._routes = "".join(f"Route: {route}\n" for route in reversed(_record_routes(invite)))
        call.target = _one(r"\nContact: <([^>]+)>", invite)
        return call

    def proof(self, challenge: str, method: str, *, password: str = PASSWORD) -> str:
        return proof("MD5", nonce_of(challenge), "office-1", password, method=method, uri=self.target)

    def send(self, method: str, more: str = "", *, uri: str = "", number: int = 0) -> str:
        """The final answer; empty for ACK."""
        self._number = number or self._number + 1
        host, port = self._client.getsockname()
        text = REQUEST.format(
            method=method, uri=uri or self.target, host=host, port=port, number=self._number, shown=PHONE,
            routes=self._routes, ends=self._ends, call_id=self._call_id, more=more,
        )  # fmt: skip
        if method == "ACK":
            self._client.sendto(text.replace("\n", "\r\n").encode(), ("127.0.0.1", self._switch))
            return ""
        return exchange(self._switch, self._client, text)


def _record_routes(answer: str) -> list[str]:
    found = re.findall(r"\nRecord-Route: ([^\r\n]+)", answer)
    return [route.strip() for line in reversed(found) for route in reversed(line.split(","))]


def _one(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, text
    return found[1]
