"""Real SIP calls by SIPp (Debian's package `sip-tester`): one call or many, a telephone that answers.

Passwords reach SIPp in a file that only this user can read, never in the list of processes.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from sipcabinet.lib import sip_scenarios as scenarios
from sipcabinet.lib.sip_scenarios import LOCAL, Caller

PATIENCE = 20.0  # seconds above the length of the calls
MODES = {"udp": "u1", "tcp": "t1"}


class SippError(Exception):
    """SIPp is not there, or it could not make its calls."""


class Server(NamedTuple):
    """Where the switch listens; `udp` or `tcp` (Debian's SIPp has no TLS)."""

    host: str
    port: int
    transport: str = "udp"


class Message(NamedTuple):
    """A SIP message: its first line, and its headers by their names in small letters."""

    first: str
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        return self.first.split()[1] if self.first.startswith("SIP/2.0 ") else ""


def is_installed() -> bool:
    return shutil.which("sipp") is not None


def free_port(address: str = LOCAL) -> int:
    """A port of the address on which nobody listens now, by UDP or TCP."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream,
        ):
            datagrams.bind((address, 0))
            port: int = datagrams.getsockname()[1]
            with suppress(OSError):
                stream.bind((address, port))
                return port


def register(
    server: Server, folder: Path, who: Caller, *, domain: str, port: int, seconds: int = 300, agent: str = "SIPp"
) -> str:
    """Registers the telephone that listens on the port; returns the code of the switch's answer. Raises SippError."""
    steps = scenarios.register(who, domain, port, seconds, agent)
    scenario = scenarios.written("register", steps)
    return _begin(server, folder, scenario, who, [("", "")]).wait()[0]


def call(server: Server, folder: Path, who: Caller, *, seconds: float = 0.3, **more: Any) -> list[str]:
    """Calls as `begin` does; returns the final code of each call when all have ended. Raises SippError."""
    return begin(server, folder, who, seconds=seconds, **more).wait(PATIENCE + seconds)


def begin(
    server: Server,
    folder: Path,
    who: Caller,
    *,
    shown: str,
    called: str,
    domain: str,
    seconds: float,
    times: int = 1,
    rate: float = 200,
    give_up: bool = False,
) -> "Talk":
    """Begins so many calls, `rate` of them a second; each lasts so long. Raises SippError if there is no SIPp.

    `shown` is the user of From; `give_up` cancels the call when it rings.
    """
    ending = scenarios.cancelled(who, domain) if give_up else scenarios.talk(domain, seconds)
    scenario = scenarios.written("call", scenarios.invite(who, domain) + ending)
    return _begin(server, folder, scenario, who, [(shown, called)] * times, rate=rate)


class Telephone:
    """A telephone or gateway that takes calls until the block of `answering` ends."""

    def __init__(self, log: Path, port: int) -> None:
        self._log, self.port = log, port

    def received(self, method: str = "INVITE") -> list[Message]:
        """Requests of this method that it has got, without repeats of the same call."""
        found: dict[tuple[str | None, str | None], Message] = {}
        for message in messages(self._log, "received"):
            if message.first.startswith(f"{method} "):
                found.setdefault((message.headers.get("call-id"), message.headers.get("cseq")), message)
        return list(found.values())


@contextmanager
def answering(folder: Path, *, address: str = LOCAL, port: int = 0, how: str = "answer") -> Iterator[Telephone]:
    """A telephone: `how` is `answer`, `busy`, `ring` (never answers) or `refuse`."""
    port = port or free_port(address)
    name = f"{how}-{address}-{port}"
    scenario, log = folder / f"{name}.xml", folder / f"{name}.log"
    scenario.write_text(scenarios.written(how, scenarios.ANSWERS[how]))
    command = [*_command(scenario, log), "-i", address, "-p", str(port), "-t", MODES["udp"]]
    process = _start(command, folder / f"{name}.out")
    try:
        _wait_for(process, address, port)
        yield Telephone(log, port)
    finally:
        _kill(process)


def messages(log: Path, direction: str) -> list[Message]:
    """The messages of a log of SIPp that were `received` or `sent`."""
    if not log.exists():
        return []
    found = []
    for block in re.split(r"^-{10,} .*$", log.read_text(errors="replace"), flags=re.MULTILINE):
        head, _, body = block.strip().partition("\n")
        if f"message {direction}" in head:
            found.append(_message(body.strip()))
    return found


def _message(text: str) -> Message:
    first, *lines = text.replace("\r", "").split("\n\n")[0].split("\n")
    pairs = (line.partition(":") for line in lines)
    return Message(first, {name.strip().lower(): value.strip() for name, _, value in pairs})


# --- Running ----------------------------------------------------------------------------------------------------------
class Talk:
    """Calls that SIPp makes now. The file with the password is removed when they end."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path, secret: Path, calls: int) -> None:
        self._process, self._log, self._secret, self._calls = process, log, secret, calls

    def wait(self, seconds: float = PATIENCE) -> list[str]:
        """The final code of each call. Raises SippError if not every call got one in time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise SippError(f"SIPp did not end in {seconds:.0f} s") from None
        finally:
            self.end()
        codes = _finals(messages(self._log, "received"))
        if len(codes) < self._calls:
            raise SippError(f"only {len(codes)} of {self._calls} calls got a final answer, see {self._log}")
        return codes

    def end(self) -> None:
        _kill(self._process)
        self._secret.unlink(missing_ok=True)


def _begin(
    server: Server, folder: Path, scenario: str, who: Caller, rows: Sequence[tuple[str, str]], *, rate: float = 200
) -> Talk:
    name = f"{time.monotonic_ns():x}"
    file, secret, log = (folder / f"{name}.{kind}" for kind in ("xml", "csv", "log"))
    file.write_text(scenario)
    secret.touch(mode=0o600)
    proof = f"[authentication username={who.login} password={who.password}]"
    lines = [f"{shown};{called};{proof}" for shown, called in rows]
    secret.write_text("\n".join(["SEQUENTIAL", *lines, ""]))
    command = [
        *_command(file, log),
        *("-inf", str(secret), "-i", who.address, "-p", str(free_port(who.address)), "-t", MODES[server.transport]),
        *("-m", str(len(rows)), "-l", str(len(rows)), "-r", f"{rate:g}"),
        f"{server.host}:{server.port}",
    ]
    return Talk(_start(command, folder / f"{name}.out"), log, secret, len(rows))


def _start(command: Sequence[str], output: Path) -> "subprocess.Popen[bytes]":
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TERM": "dumb"}
    with output.open("wb") as written:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=written, stderr=written, env=environment,
                                start_new_session=True)  # fmt: skip


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _finals(received: Sequence[Message]) -> list[str]:
    """The last final code of each call; a challenge is none, unless nothing follows."""
    found: dict[str, str] = {}
    for message in received:
        method = message.headers.get("cseq", "").partition(" ")[2]
        if message.code >= "200" and method in {"INVITE", "REGISTER"}:
            found[message.headers["call-id"]] = message.code
    return list(found.values())


def _command(scenario: Path, log: Path) -> list[str]:
    program = shutil.which("sipp")
    if program is None:
        raise SippError("there is no SIPp: apt-get install sip-tester")
    return [program, "-sf", str(scenario), "-nostdin", "-skip_rlimit", "-deadcall_wait", "0", "-trace_msg",
            "-message_file", str(log), "-trace_err", "-error_file", str(log.with_suffix(".err"))]  # fmt: skip


def _wait_for(process: "subprocess.Popen[bytes]", address: str, port: int) -> None:
    """Waits until the telephone listens: then its port can no longer be taken."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return
        time.sleep(0.02)
    raise SippError("SIPp did not begin to listen")
