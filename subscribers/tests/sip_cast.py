"""A trunk with SIP access, links of its telephones, and parsers of settings files, for the tests of SIP parameters."""

import re
from typing import Any

from accounts.actor import Actor
from accounts.models import Account
from subscribers.models import SipAccount, Subscriber
from subscribers.services import sip_links
from subscribers.sip import SipParameters
from subscribers.tests.factories import ChannelAssignmentFactory, ChannelPackageFactory, TrunkFactory
from subscribers.tests.sip_factories import SipAccountFactory

SECRET = "SipSecret23456789abc"


def access_of(account: Account) -> SipAccount:
    """The SIP access of a trunk with ten channels."""
    trunk = TrunkFactory.create(account=account, phone="+375447112030", label="Офис")
    ChannelAssignmentFactory.create(subscriber=trunk, package=ChannelPackageFactory.create(channels=10))
    return SipAccountFactory.create(trunk=trunk, password=SECRET)


def link_path(trunk: Subscriber, kind: str = "yealink", device: str = "001565abcdef", lifetime: str = "day") -> str:
    """The path of a new link for a telephone, without the name of the file."""
    made = sip_links.create(trunk=trunk, kind=kind, device=device, lifetime=lifetime, by=Actor())
    return "/" + made.address.split("/", 3)[3]


def parameters(**changed: Any) -> SipParameters:
    """The parameters that the page of such a trunk would show."""
    shown: dict[str, Any] = {
        "phone": "+375447112030",
        "label": "Офис",
        "domain": "sip.operator.example",
        "registrar": "reg.operator.example",
        "outbound_proxy": "sbc.operator.example",
        "port": 5060,
        "transport": "udp",
        "login": "375447112030",
        "auth_name": "375447112030",
        "register_seconds": 600,
        "codecs": ("G.711A", "G.711U", "G.729"),
        "dtmf": "RFC 4733",
        "number_format": "E.164",
        "registers": True,
        "allowed_addresses": (),
        "signalling_networks": ("192.0.2.0/28", "192.0.2.64/28"),
        "media_networks": ("198.51.100.0/24",),
        "rtp_port_from": 10000,
        "rtp_port_to": 20000,
        "channels": 10,
        "password": SECRET,
    }
    return SipParameters(**shown | changed)


def read_asterisk(text: str) -> dict[str, list[tuple[str, str]]]:
    """Parses sections and options as Asterisk's main/config.c does."""
    sections: dict[str, list[tuple[str, str]]] = {}
    options: list[tuple[str, str]] = []
    for raw in text.split("\n"):
        line = _without_comment(raw).strip()
        if not line:
            continue
        if line.startswith("["):
            options = sections.setdefault(line[1 : line.index("]")], [])
            continue
        assert not line.startswith("#"), "a directive"
        key, found, value = line.partition("=")
        assert found, line
        options.append((key.strip(), value.removeprefix(">").strip()))
    return sections


def _without_comment(line: str) -> str:
    kept, rest = "", line
    while ";" in rest:
        before, _, after = rest.partition(";")
        if not before.endswith("\\"):
            assert not after.startswith("--"), "a comment of many lines"
            return kept + before
        kept, rest = f"{kept}{before[:-1]};", after
    return kept + rest


def preprocessed(text: str) -> str:
    """The text as FreeSWITCH passes it to its XML parser; every variable is replaced by «expanded»."""
    kept = []
    for line in text.split("\n"):
        expanded = re.sub(r"\$\$?\{[^}]*\}", "expanded", line)
        if any(mark in line for mark in ("<include>", "</include>", "<?")):
            continue
        if "x-pre-process" in expanded.lower() or "<!--#" in expanded:
            continue
        kept.append(expanded)
    return "\n".join(kept)
