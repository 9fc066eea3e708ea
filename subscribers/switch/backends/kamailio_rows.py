"""A state as rows of Kamailio's tables (docs/architecture.md, «What the switch is told»). Pure: no connection."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_network
from typing import Any

from subscribers.catalogue.services import ServiceCode
from subscribers.models import SipMode
from subscribers.switch.backends.backend import Telling
from subscribers.switch.facts import State
from subscribers.switch.open_numbers import OpenNumber

VERSION = "cabinet-version"
MODE = "sip-mode"
RESTRICTED = "outgoing-restricted"
FORWARDS = (ServiceCode.FORWARD_ALL, ServiceCode.FORWARD_BUSY, ServiceCode.FORWARD_NO_ANSWER)
GROUPS = (
    ServiceCode.BAR_OUTGOING,
    ServiceCode.BAR_INTERNATIONAL,
    ServiceCode.BAR_INCOMING,
    ServiceCode.INTERNATIONAL,
    ServiceCode.CALLER_ID,
    ServiceCode.HIDE_CALLER_ID,
    ServiceCode.CALL_NOTICE,
)
OWN_GROUPS = [RESTRICTED, *map(str, GROUPS)]
STRING, INTEGER = 0, 1  # types of preferences in the module avpops
ADDRESS_GROUP = 1  # the group that allow_source_address() checks
OPEN_DIALPLAN = 375
SHORT_LENGTH = 3  # digits of a short number: 1xx


class Digest(StrEnum):
    """The algorithm of password hashes; Kamailio 5.6 offers one to all telephones (docs/switch.md)."""

    MD5 = "md5"
    SHA256 = "sha-256"


Row = tuple[Any, ...]
Rows = Mapping[str, set[Row]]
Keys = Mapping[str, set[Row]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of Kamailio. Its first `key` columns identify the owner of a row. `own` is a column and the values that
    the portal writes into it: rows with other values are neither read nor deleted.
    """

    name: str
    columns: tuple[str, ...]
    key: int
    own: tuple[str, list[str]] | None = None


PREFERENCES = Table("usr_preferences", ("uuid", "username", "domain", "attribute", "type", "value"), 1)
SUBSCRIBER = Table("subscriber", ("username", "domain", "password", "ha1", "ha1b"), 2)
GRP = Table("grp", ("username", "domain", "grp"), 2, own=("grp", OWN_GROUPS))
ALIASES = Table("dbaliases", ("alias_username", "alias_domain", "username", "domain"), 2)
ADDRESS = Table("address", ("tag", "grp", "ip_addr", "mask", "port"), 1)
TABLES = (PREFERENCES, SUBSCRIBER, GRP, ALIASES, ADDRESS)


def uuid_of(subscriber_id: int) -> str:
    return f"cabinet-{subscriber_id}"


def id_of(uuid: str) -> int:
    return int(uuid.removeprefix("cabinet-"))


def number_of(state: State) -> Row | None:
    """`(375447112030, sip.operator.example)`; None if the switch has, or should have, nothing for the number."""
    return (state["phone"].removeprefix("+"), state["sip"]["domain"]) if state.get("sip") else None


def rows_of(telling: Telling, digest: Digest = Digest.MD5) -> Rows:
    """All rows that the switch should have for a subscriber, by table. A disconnected subscriber has only the row that
    holds the version of the state. `digest` is that of the password hashes.
    """
    uuid, state = uuid_of(telling.subscriber_id), telling.state
    rows: defaultdict[str, set[Row]] = defaultdict(set)
    number = number_of(state)
    rows[PREFERENCES.name].add((uuid, *(number or ("", "")), VERSION, INTEGER, str(telling.version)))
    if number is None:
        return rows
    for attribute, value in _preferences(state["services"]):
        rows[PREFERENCES.name].add((uuid, *number, attribute, STRING, value))
    rows[GRP.name] = {(*number, group) for group in _groups(state)}
    login = (state["sip"]["auth_name"], state["sip"]["domain"])
    if login != number:
        rows[ALIASES.name].add((*number, *login))
    if "channels" in state:
        _add_trunk(rows, (uuid, *login), state, telling.password, digest)
    return rows


def keys_of(rows: Rows) -> Keys:
    """Keys of all rows of a subscriber, found from his preferences, which record what was applied before."""
    keys: defaultdict[str, set[Row]] = defaultdict(set)
    for uuid, username, domain, attribute, *_ in rows[PREFERENCES.name]:
        keys[PREFERENCES.name].add((uuid,))
        if attribute == VERSION and username:
            keys[GRP.name].add((username, domain))
            keys[ALIASES.name].add((username, domain))
        if attribute == MODE:
            keys[SUBSCRIBER.name].add((username, domain))
            keys[ADDRESS.name].add((f"{username}@{domain}",))
    return keys


def version_in(rows: Rows, subscriber_id: int) -> int:
    """The version of a subscriber that these rows hold; 0 for none."""
    mine = (row for row in rows[PREFERENCES.name] if row[0] == uuid_of(subscriber_id) and row[3] == VERSION)
    return max((int(row[5]) for row in mine), default=0)


def patterns(open_numbers: Iterable[OpenNumber]) -> list[str]:
    """The open numbers as regular expressions for the called number: E.164 with or without «+», or as dialled."""
    return [
        f"^{number.prefix}[0-9]{{{max(0, SHORT_LENGTH - len(number.prefix))}}}$"
        if number.is_short
        else f"^[+]?{number.prefix}[0-9]+$"
        for number in open_numbers
    ]


def _groups(state: State) -> Iterator[str]:
    if state["outgoing_restricted"]:
        yield RESTRICTED
    yield from (str(code) for code in GROUPS if code in state["services"])


def _preferences(services: State) -> Iterator[tuple[str, str]]:
    for code in FORWARDS:
        if code in services:
            yield str(code), services[code]["forward_to"]
    for phone in services.get(ServiceCode.BLACK_LIST, {}).get("numbers", ()):
        yield str(ServiceCode.BLACK_LIST), phone


def _add_trunk(rows: defaultdict[str, set[Row]], mine: Row, state: State, password: str, digest: Digest) -> None:
    sip, (_uuid, login, domain) = state["sip"], mine
    rows[PREFERENCES.name] |= {
        (*mine, MODE, STRING, sip["mode"]),
        (*mine, "transport", STRING, sip["transport"]),
        (*mine, "channels", INTEGER, str(state["channels"])),
    }
    if sip["mode"] == SipMode.REGISTRATION:
        rows[SUBSCRIBER.name].add((login, domain, "", *_hashes(login, domain, password, digest)))
        return
    for text in sip["allowed_addresses"]:
        network = ip_network(text)
        rows[ADDRESS.name].add((f"{login}@{domain}", ADDRESS_GROUP, str(network.network_address), network.prefixlen, 0))


def _hashes(login: str, domain: str, password: str, digest: Digest) -> tuple[str, str]:
    """`ha1` and `ha1b` of digest authentication; the realm is the domain. `ha1b` is for logins that include it."""
    hashed = _md5 if digest == Digest.MD5 else _sha256
    return hashed(f"{login}:{domain}:{password}"), hashed(f"{login}@{domain}:{domain}:{password}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
