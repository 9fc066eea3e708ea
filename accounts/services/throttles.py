"""Attempts are counted in PostgreSQL before anything costly is done with them (1.2).

There is no way round: without the database there is no count, and without a count no attempt.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.db import connection, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.models import Throttle
from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError

_HIT = """
INSERT INTO accounts_throttle AS t (key, window_start, count) VALUES (%(key)s, %(now)s, 1)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN t.window_start <= %(ended)s THEN 1 ELSE t.count + 1 END,
    window_start = CASE WHEN t.window_start <= %(ended)s THEN EXCLUDED.window_start ELSE t.window_start END
RETURNING count, window_start
"""
IPV6_HOME_NETWORK_BITS = 64  # one household or office has at least that much: its single addresses mean nothing


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` attempts per SIGN_IN_WINDOW for `value`; `kind` keeps the counters apart."""

    kind: str
    value: str
    most: int


class ThrottledError(DomainError):
    """Too many attempts. One text for all of them, whoever tried and whatever was counted."""

    code = "throttled"

    def __init__(self, until: datetime) -> None:
        self.until = _whole_minute_after(until)
        moment = clock.show_moment(self.until)
        super().__init__(_("Слишком много попыток. Попробуйте снова после %(moment)s.") % {"moment": moment})

    @property
    def seconds(self) -> int:
        """For the header Retry-After."""
        return max(1, round((self.until - clock.now()).total_seconds()))


def of_sign_in(*, phone: str, address: str) -> list[Limit]:
    """The address comes first, so that a throttled one can neither lock a number out nor use the whole portal up."""
    most = settings.SIGN_IN_LIMITS
    return [
        Limit("address", network_of(address), most["address"]),
        Limit("phone", phone, most["phone"]),
        Limit("overall", "", most["overall"]),
    ]


def of_forgotten(*, address: str) -> list[Limit]:
    """«Забыли пароль»: nothing is counted per number here, lest the page tells numbers apart (1.1a)."""
    most = settings.SIGN_IN_LIMITS
    return [
        Limit("forgotten-address", network_of(address), most["address"]),
        Limit("forgotten-overall", "", most["overall"]),
    ]


def of_proof(*, user_id: int) -> list[Limit]:
    """A password or a code asked for again of somebody who has signed in."""
    return [Limit("proof", str(user_id), settings.SIGN_IN_LIMITS["phone"])]


def hit(limits: list[Limit]) -> None:
    """Counts one attempt, each count committed at once; raises ThrottledError at the first limit that is exceeded."""
    for limit in limits:
        with transaction.atomic(durable=True):
            count, since = _count(limit)
        if count > limit.most:
            raise ThrottledError(since + settings.SIGN_IN_WINDOW)


def forgive(limit: Limit) -> None:
    """Begins a count anew: its owner has proved himself."""
    Throttle.objects.filter(key=_key(limit)).delete()


def network_of(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 network of an IPv6 address."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, IPV6_HOME_NETWORK_BITS), strict=False))
    return str(parsed)


def _count(limit: Limit) -> tuple[int, datetime]:
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_HIT, {"key": _key(limit), "now": now, "ended": now - settings.SIGN_IN_WINDOW})
        count, since = cursor.fetchone()
    return count, since


def _key(limit: Limit) -> str:
    return salted_hmac("accounts.throttle", f"{limit.kind}:{limit.value}", algorithm="sha256").hexdigest()


def _whole_minute_after(moment: datetime) -> datetime:
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(minutes=1)
