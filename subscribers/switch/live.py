"""What a Kamailio knows now: registrations, calls in progress, refusals (3.4, 16.6). Reads only, in bounded time.

Pages wait at most DEADLINE for the switch's database. After a failure they do not ask again for PAUSE seconds, so that
a switch that is away does not hold up the pages' threads.
"""

import os
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.core.cache import cache

from sipcabinet.lib.deadlines import Deadline

log = structlog.get_logger(__name__)

DEADLINE = timedelta(seconds=3)
LIMITS = "-c statement_timeout=2000 -c default_transaction_read_only=on"
PAUSE = 30  # seconds
AWAY = "switch-away"  # the key in the cache
MOST = 50  # rows of a list
LATELY = timedelta(days=1)
_HOST = re.compile(r"sips?:(?:[^@;>]*@)?(\[[0-9a-fA-F:.]+\]|[^:;>@]+)(?::(\d+))?")

Query = tuple[str, Sequence[Any]]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Registration:
    """A device that is registered: `address` is the host and port that it comes from, `device` what it says it is."""

    login: str
    address: str
    device: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Talk:
    """An answered call that goes on. `called` is who is called in the end; `logins` are the trunks that take
    part, one of them twice in a call within the trunk, which takes two channels."""

    since: datetime
    caller: str
    called: str
    logins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the switch refused: `reason` as in docs/switch.md."""

    at: datetime
    reason: str
    login: str
    caller: str
    called: str
    source: str


@dataclass(frozen=True, slots=True)
class Known:
    """The newest rows first, at most MOST of each; `refusals` are those of the last day."""

    registrations: list[Registration]
    talks: list[Talk]
    refusals: list[Refusal]
    last_seen: datetime | None = None  # of one trunk: its last registration, also an expired one
    counts: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class PaidLeg:
    """A leg of a call that the trunk `login` pays for. `seconds`: how long it was; None while the call goes on.
    `key`: what identifies the record of an ended call, its id and leg."""

    login: str
    called: str
    since: datetime
    seconds: int | None = None
    key: tuple[str, str] = ("", "")


REGISTRATIONS = "SELECT login, contact, received, user_agent, registered_at, expires_at FROM cabinet_registrations"
NEWEST_DEVICES = "ORDER BY registered_at DESC LIMIT %s"
TALKS = "SELECT started_at, caller, path, from_login, to_login FROM cabinet_calls"
TAKES_PART = "(%s IN (from_login, to_login) OR position(%s IN path || ';') > 0)"
NEWEST_TALKS = "ORDER BY started_at DESC LIMIT %s"
REFUSALS = "SELECT at, reason, login, caller, callee, source FROM cabinet_refusals WHERE at > now() - %s"
NEWEST_REFUSALS = "ORDER BY at DESC LIMIT %s"
COUNTS = """SELECT (SELECT count(*) FROM cabinet_registrations), (SELECT count(*) FROM cabinet_calls),
                   (SELECT count(*) FROM cabinet_refusals WHERE at > now() - %s)"""


LATEST_RECORDS = 20_000  # of the newest rows of acc_cdrs: more calls do not end within JUST_ENDED
JUST_ENDED = timedelta(minutes=10)  # the portal has read and counted older records
GOING = "SELECT call_id, started_at, path FROM cabinet_calls"
ENDED = """SELECT account_code, callee, start_time AT TIME ZONE 'UTC', ceil(duration)::integer, call_id, leg::text
    FROM acc_cdrs WHERE id > (SELECT coalesce(max(id), 0) - %s FROM acc_cdrs) AND written_at > now() - %s
    AND account_code <> '' AND duration > 0"""


def is_there() -> bool:
    """Whether the portal works with a Kamailio."""
    return settings.PROVISIONING_BACKEND == "kamailio" and bool(settings.KAMAILIO_DATABASE_URL)


def of_trunk(login: str, domain: str) -> Known | None:
    """What the switch knows of one trunk, by its authentication name; None if the switch cannot be asked."""
    found = _asked(
        (f"{REGISTRATIONS} WHERE login = %s AND domain = %s {NEWEST_DEVICES}", (login, domain, MOST)),
        (f"{TALKS} WHERE {TAKES_PART} {NEWEST_TALKS}", (login, f"={login};", MOST)),
        (f"{REFUSALS} AND login = %s {NEWEST_REFUSALS}", (LATELY, login, MOST)),
        ("SELECT max(last_at) FROM cabinet_seen WHERE login = %s AND domain = %s", (login, domain)),
    )
    return _known(found, last_seen=found[3][0][0]) if found else None


def everything() -> Known | None:
    """What the switch knows of all trunks, with the counts of registrations, calls, and refusals of the last day."""
    found = _asked(
        (f"{REGISTRATIONS} {NEWEST_DEVICES}", (MOST,)),
        (f"{TALKS} {NEWEST_TALKS}", (MOST,)),
        (f"{REFUSALS} {NEWEST_REFUSALS}", (LATELY, MOST)),
        (COUNTS, (LATELY,)),
    )
    return _known(found, counts=found[3][0]) if found else None


def paid_legs(login: str = "") -> list[PaidLeg] | None:
    """Legs of calls in progress, and of calls that ended a moment ago, which the portal may not have counted yet; of
    all trunks, or of one. None if the switch cannot be asked."""
    going: Query = (f"{GOING} WHERE position(%s IN path || ';') > 0", (f"={login};",)) if login else (GOING, ())
    ended: Query = (ENDED, (LATEST_RECORDS, JUST_ENDED))
    found = _asked(going, (f"{ENDED} AND account_code = %s", (*ended[1], login)) if login else ended)
    if found is None:
        return None
    legs = [PaidLeg(payer, called, since, long, (call, leg)) for payer, called, since, long, call, leg in found[1]]
    over = {
        leg.key[0] for leg in legs
    }  # the switch writes the record of a call some seconds before it forgets the call
    legs += [
        PaidLeg(payer, called, since)
        for call, since, path in found[0]
        if call not in over
        for called, payer in _legs(path)
        if payer
    ]
    return [one for one in legs if one.login == login] if login else legs


def _legs(path: str) -> list[tuple[str, str]]:
    """Who is called and who pays, for each leg of a path `called=who pays;…`."""
    parts = (leg.partition("=") for leg in path.split(";") if leg)
    return [(called, payer) for called, _, payer in parts]


def _known(found: Sequence[Sequence[Row]], **more: Any) -> Known:
    registrations = [
        Registration(login, address_in(received or contact), device, since, until)
        for login, contact, received, device, since, until in found[0]
    ]
    talks = [_talk(*row) for row in found[1]]
    return Known(registrations, talks, [Refusal(*row) for row in found[2]], **more)


def _talk(since: datetime, caller: str, path: str, from_login: str, to_login: str) -> Talk:
    """The last leg is where the call has come to."""
    legs = _legs(path)
    others = {payer for _called, payer in legs} - {from_login, to_login}
    logins = tuple(login for login in (from_login, to_login, *sorted(others)) if login)
    return Talk(since, caller, legs[-1][0] if legs else "", logins)


def address_in(uri: str) -> str:
    """`203.0.113.7:5060` in a SIP URI; the text itself if it has no host."""
    found = _HOST.search(uri)
    return uri if found is None else found[1] + (f":{found[2]}" if found[2] else "")


def _asked(*queries: Query) -> list[list[Row]] | None:
    if not is_there() or cache.get(AWAY):
        return None
    try:
        with (
            Deadline(DEADLINE) as deadline,
            psycopg.connect(
                settings.KAMAILIO_DATABASE_URL, connect_timeout=2, application_name="sipcabinet", options=LIMITS
            ) as switch,
        ):
            with socket.socket(fileno=os.dup(switch.fileno())) as handle:
                deadline.guard(handle)
            return [switch.execute(query, values).fetchall() for query, values in queries]
    except (psycopg.Error, TimeoutError) as fault:
        log.warning("switch.unread", error=type(fault).__name__)
        cache.set(AWAY, value=True, timeout=PAUSE)
        return None
