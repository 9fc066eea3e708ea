"""A call of the demo through the real switch: SIPp plays the caller, and who is called (`bin/run --with-switch`)."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from sipcabinet.lib import sipp
from sipcabinet.lib.sip_scenarios import Caller
from sipcabinet.lib.sipp import Server
from subscribers.cdr.numbers import NumberKind, normalise
from subscribers.models import SipAccount, SipMode, Subscriber, SubscriberStatus
from subscribers.switch import sip_passwords

LONGEST = 600  # seconds


class TrialCallError(Exception):
    """The call cannot be made; the message is for a terminal."""


class Outcome(NamedTuple):
    """The switch's final code, and the numbers as the switch got them."""

    code: str
    shown: str
    called: str


def call(shown: str, called: str, seconds: float) -> Outcome:
    """Calls from a number of the demo to any number and holds the call so long. Raises TrialCallError and SippError."""
    if not settings.SWITCH_ADDRESS:
        raise TrialCallError("no switch runs here; start the demo with bin/run --with-switch")
    caller, target = _subscriber(shown), normalise(called)
    if caller is None:
        raise TrialCallError(f"{shown} is no connected number")
    access = _access(caller)
    number = target.value if target.kind in {NumberKind.E164, NumberKind.SHORT} else called
    with tempfile.TemporaryDirectory(prefix="sipcabinet-call-") as name:
        folder = Path(name)
        with _answering(number, folder):
            (code,) = sipp.call(
                _server(),
                folder,
                Caller(access.auth_name, sip_passwords.password_of(access)),
                shown=caller.phone,
                called=number,
                domain=access.platform.domain,
                seconds=seconds,
            )
    return Outcome(code, caller.phone, number)


@contextmanager
def _answering(number: str, folder: Path) -> Iterator[None]:
    """While the called party answers: the gateway of another network, and our customer's telephone if it is one."""
    host, _, port = settings.SWITCH_GATEWAY.partition(":")
    called = _subscriber(number)
    with sipp.answering(folder, address=host, port=int(port)):
        if called is None:
            yield
            return
        access = _access(called)
        with sipp.answering(folder) as telephone:
            who = Caller(access.auth_name, sip_passwords.password_of(access))

            def register(seconds: int) -> str:
                domain, port = access.platform.domain, telephone.port
                return sipp.register(
                    _server(), folder, who, domain=domain, port=port, seconds=seconds, agent="test_call"
                )

            if (code := register(LONGEST)) != "200":
                raise TrialCallError(f"the telephone of {called.phone} could not register: {code}")
            try:
                yield
            finally:
                register(0)


def _server() -> Server:
    host, _, port = settings.SWITCH_ADDRESS.partition(":")
    return Server(host, int(port))


def _subscriber(number: str) -> Subscriber | None:
    connected = Subscriber.objects.exclude(status=SubscriberStatus.CLOSED)
    return connected.filter(phone=normalise(number).value).first()


def _access(subscriber: Subscriber) -> SipAccount:
    rows = SipAccount.objects.select_related("platform").filter(mode=SipMode.REGISTRATION)
    access = rows.filter(trunk=subscriber.trunk_id or subscriber.pk).first()
    if access is None:
        raise TrialCallError(f"the trunk of {subscriber.phone} has no SIP password")
    return access
