"""A mail server on loopback that follows a script and stores the accepted letters."""

import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Script:
    """The server's behaviour in one conversation. The stages are: greeting, mail, rcpt, data, body, dot.

    At the stage `drop` the server closes the connection without an answer ("body": in the middle of the letter, "dot":
    after the whole letter). At `drip` it sends the answer one byte every `drip_seconds`. After its answer at `reset` it
    resets the connection. `at_stage` is called when a stage is reached, and may block.
    """

    greeting: str = "220 scripted.test ESMTP"
    ehlo: tuple[str, ...] = ("scripted.test", "SIZE 50000000")
    auth: str = "235 2.7.0 welcome"
    mail: str = "250 2.1.0 ok"
    rcpt: str = "250 2.1.5 ok"
    data: str = "354 go on"
    dot: str = "250 2.0.0 queued as 42"
    drop: str = ""
    reset: str = ""
    drip: str = ""
    drip_seconds: float = 0.05
    at_stage: Callable[[str], None] = field(default=lambda _stage: None)

    @classmethod
    def answering(cls, stage: str, answer: str) -> Self:
        """A script with this answer at one stage and success at all others."""
        answers: dict[str, Any] = {stage: answer}
        return cls(**answers)


@dataclass(frozen=True)
class Taken:
    """A letter that the server accepted, after reading the final dot."""

    sender: str
    recipient: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


class _Gone(Exception):  # noqa: N818 - it is what the script asks for
    pass


class _Conversation(StreamRequestHandler):
    server: "SmtpServer"

    def handle(self) -> None:
        self.script = self.server.next_script()
        self.encrypted = False
        if self.server.tls and not self.server.starttls:
            self._encrypt(self.server.tls)
        self.server.conversations += 1
        try:
            self._answer("greeting", self.script.greeting)
            while self._command():
                pass
        except (_Gone, OSError):
            return

    def finish(self) -> None:
        super().finish()
        if self.encrypted:
            self.connection.close()

    def _command(self) -> bool:
        line = self.rfile.readline(4096).decode("ascii")
        verb, _, rest = line.strip().partition(" ")
        verb = verb.upper()
        self.server.verbs.append(verb)
        if not line or verb == "QUIT":
            if line:
                self._send("221 bye")
            return False
        if verb in {"EHLO", "HELO"}:
            self._ehlo()
        elif verb == "STARTTLS" and self.server.tls:
            self._send("220 go ahead")
            self._encrypt(self.server.tls)
        elif verb == "AUTH":
            self._answer("auth", self.script.auth)
        elif verb == "MAIL":
            self.sender = rest[5:].split()[0].strip("<>")
            self._answer("mail", self.script.mail)
        elif verb == "RCPT":
            self.recipient = rest[3:].split()[0].strip("<>")
            self._answer(
                "rcpt", "550 5.1.1 no such user" if self.recipient in self.server.unknown else self.script.rcpt
            )
        elif verb == "DATA":
            self._data()
        else:
            self._send("500 what?")
        return True

    def _ehlo(self) -> None:
        offers = list(self.script.ehlo)
        if self.server.tls and self.server.starttls and not self.encrypted:
            offers.append("STARTTLS")
        for offer in offers[:-1]:
            self._send(f"250-{offer}")
        self._send(f"250 {offers[-1]}")

    def _data(self) -> None:
        self._answer("data", self.script.data)
        if not self.script.data.startswith("354"):
            return
        lines: list[bytes] = []
        while (line := self.rfile.readline(65536)) != b".\r\n":
            if not line:
                raise _Gone
            if not lines:
                self._reach("body")
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if self.script.dot.startswith("2"):
            taken = Taken(self.sender, self.recipient, b"".join(lines))
            self.server.taken.append(taken)
            self.server.unanswered.append(taken)
            self._answer("dot", self.script.dot)
            self.server.unanswered.remove(taken)
        else:
            self._answer("dot", self.script.dot)

    def _reach(self, stage: str) -> None:
        self.script.at_stage(stage)
        if self.script.drop == stage:
            raise _Gone

    def _answer(self, stage: str, answer: str) -> None:
        self._reach(stage)
        if self.script.drip != stage:
            self._send(answer)
            if self.script.reset == stage:
                self._tear_down()
            return
        for byte in f"{answer}\r\n".encode():
            self.wfile.write(bytes([byte]))
            time.sleep(self.script.drip_seconds)

    def _tear_down(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        raise _Gone

    def _send(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())

    def _encrypt(self, tls: ssl.SSLContext) -> None:
        self.request = tls.wrap_socket(self.request, server_side=True)
        self.connection = self.request
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)
        self.encrypted = True


class SmtpServer(ThreadingTCPServer):
    """Listens inside its `with` block; a new server with the `port` of a stopped server replaces that server.

    Each of `scripts` is used for one of the next conversations; `script` is used for all later conversations.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 50

    def __init__(self, script: Script | None = None, *, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Conversation)
        self.script = script or Script()
        self.scripts: deque[Script] = deque()
        self.taken: list[Taken] = []
        self.unanswered: list[Taken] = []  # accepted, but the client did not get the answer
        self.unknown: set[str] = set()  # recipients that do not exist here
        self.conversations = 0
        self.verbs: list[str] = []
        self.tls: ssl.SSLContext | None = None
        self.starttls = True

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def next_script(self) -> Script:
        return self.scripts.popleft() if self.scripts else self.script

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Prints nothing: a client that closes the connection early is a normal case in these tests."""
