"""The real Kamailio of these tests, with SIPp as telephones, as PBX and as the gateway of another network."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from local.console import CommandError

from sipcabinet.lib import sipp
from sipcabinet.lib.sip_scenarios import Caller
from sipcabinet.lib.sipp import Server, Talk, Telephone
from sipcabinet.tests.kamailio.real import RealSwitch
from sipcabinet.tests.kamailio.switch import DOMAIN, PASSWORD, PHONE, Switch

# Each process of the tests has addresses of its own for another network, and for a trunk without registration.
_PROCESS = 2 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
GATEWAY, PBX, STRANGER = f"127.0.3.{_PROCESS}", f"127.0.2.{_PROCESS}", f"127.0.4.{_PROCESS}"
GATEWAY_PORT = 5999
Found = TypeVar("Found")
OUTSIDE = "+375172700001"  # a number of another network
CUSTOMER = Caller("office-1", PASSWORD)
NEIGHBOUR = Caller(address=GATEWAY)


@dataclass(frozen=True, slots=True)
class Line:
    """What a test does with the switch."""

    process: RealSwitch
    switch: Switch  # its database, as the owner
    folder: Path

    def server(self, tcp: int = 0) -> Server:
        """Where Kamailio listens: by UDP, or by TCP on a given port."""
        return Server("127.0.0.1", tcp, "tcp") if tcp else Server("127.0.0.1", self.process.port)

    def register(self, who: Caller = CUSTOMER, *, port: int = 5070, tcp: int = 0, **more: Any) -> str:
        return sipp.register(self.server(tcp), self.folder, who, domain=DOMAIN, port=port, **more)

    def call(self, called: str, who: Caller = CUSTOMER, *, shown: str = PHONE, tcp: int = 0, **more: Any) -> list[str]:
        return sipp.call(self.server(tcp), self.folder, who, shown=shown, called=called, domain=DOMAIN, **more)

    def begin(self, called: str, *, seconds: float, who: Caller = CUSTOMER, shown: str = PHONE, **more: Any) -> Talk:
        """A call that goes on while the test does other things."""
        return sipp.begin(
            self.server(), self.folder, who, shown=shown, called=called, domain=DOMAIN, seconds=seconds, **more
        )

    def begin_from_outside(self, called: str) -> Talk:
        return self.begin(called, seconds=5, who=NEIGHBOUR, shown=OUTSIDE)

    @contextmanager
    def talking(self, called: str) -> Iterator[None]:
        """While the customer talks. The call ends by itself: a killed SIPp would leave it to the switch."""
        talk = self.begin(called, seconds=6)
        eventually(lambda: self.switch.rows("SELECT 1 FROM cabinet_calls") or None)
        yield
        assert talk.wait() == ["200"]

    def from_outside(self, called: str, *, shown: str = OUTSIDE, **more: Any) -> list[str]:
        """A call that a neighbour sends."""
        return self.call(called, NEIGHBOUR, shown=shown, **more)

    @contextmanager
    def gateway(self, how: str = "answer") -> Iterator[Telephone]:
        """The neighbour that takes calls to other networks."""
        with sipp.answering(self.folder, address=GATEWAY, port=GATEWAY_PORT, how=how) as gateway:
            yield gateway

    @contextmanager
    def pbx(self) -> Iterator[Telephone]:
        """The PBX of a trunk by address."""
        with sipp.answering(self.folder, address=PBX, port=5060) as pbx:
            yield pbx

    @contextmanager
    def telephone(self, who: Caller = CUSTOMER, how: str = "answer") -> Iterator[Telephone]:
        """A registered telephone of a customer."""
        with sipp.answering(self.folder, how=how) as telephone:
            assert self.register(who, port=telephone.port) == "200"
            yield telephone

    def records(self, count: int) -> list[tuple[Any, ...]]:
        """The records of calls, when there are so many: caller, callee, who pays, code, whole seconds."""
        query = (
            "SELECT caller, callee, account_code, sip_code, round(duration)::int FROM acc_cdrs ORDER BY call_id, leg"
        )
        return eventually(lambda: found if len(found := self.switch.rows(query)) >= count else None)

    def refusals(self) -> list[tuple[Any, ...]]:
        """The newest refusal first: why, which trunk, the address."""
        return self.switch.rows("SELECT reason, login, source FROM cabinet_refusals ORDER BY id DESC")

    def read_again(self) -> None:
        """Makes Kamailio read the tables in its memory at once, without waiting for its timer."""
        for command in ("permissions.addressReload", "dialplan.reload", "dispatcher.reload"):
            self.process.command(command)

    def forget(self) -> None:
        """Removes what earlier tests have left in Kamailio's memory: contacts, and refusals that were just written."""
        self.process.command("htable.flush", "said")
        self.process.command("htable.flush", "wrong")
        for login in ("office-1", "shop-1"):
            with suppress(CommandError):  # it has none
                self.process.command("ul.rm", "location", f"{login}@{DOMAIN}")


def eventually(look: Callable[[], Found | None], seconds: float = 8.0) -> Found:
    """What `look` finds; asks again until it finds something. Fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        assert time.monotonic() < deadline, "not found in time"
        time.sleep(0.05)
    return found
