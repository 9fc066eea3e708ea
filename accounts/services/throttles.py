"""Counts attempts in PostgreSQL, before any costly work such as hashing (1.2).

There is no fallback: without the database there is no count, and without a count no attempt. budgets.py chooses the
counters of an attempt.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

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
# Network of one client, by IP version: an IPv6 home or office has at least a /64, so single addresses mean nothing.
CLIENT_BITS = {4: 32, 6: 64}
# Network that one owner of addresses usually has at most, by IP version.
NETWORK_BITS = {4: 24, 6: 48}


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` attempts per SIGN_IN_WINDOW for `value`; `kind` keeps the counters apart."""

    kind: str
    value: str
    most: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many attempts a counter has counted since `since`, including the current one."""

    attempts: int
    since: datetime

    def check(self, most: int) -> None:
        """Raises ThrottledError if there are more than `most` attempts."""
        if self.attempts > most:
            raise ThrottledError(self.since + settings.SIGN_IN_WINDOW)


class ThrottledError(DomainError):
    """Too many attempts. The text is the same for every visitor and every counter."""

    code = "throttled"

    def __init__(self, until: datetime) -> None:
        self.until = _whole_minute_after(until)
        moment = clock.show_moment(self.until)
        super().__init__(_("Слишком много попыток. Попробуйте снова после %(moment)s.") % {"moment": moment})

    @property
    def seconds(self) -> int:
        """Seconds until the next attempt is allowed, for the header Retry-After."""
        return max(1, round((self.until - clock.now()).total_seconds()))


def hit(limit: Limit) -> Count:
    """Counts one attempt, committed at once; raises ThrottledError if the limit is exceeded."""
    with transaction.atomic(durable=True):
        count = Count(*_count(limit))
    count.check(limit.most)
    return count


def take(limit: Limit) -> bool:
    """Counts one attempt like `hit`; returns False if the limit is exceeded."""
    try:
        hit(limit)
    except ThrottledError:
        return False
    return True


def forgive(limit: Limit) -> None:
    """Resets a counter after its owner has proved his identity."""
    Throttle.objects.filter(key=_key(limit)).delete()


def client_of(address: str) -> str:
    """The network that counts as one client: an IPv4 address, or the /64 network of an IPv6 address."""
    return _network(address, CLIENT_BITS)


def network_of(address: str) -> str:
    """The wider network around a client: /24 of IPv4, /48 of IPv6."""
    return _network(address, NETWORK_BITS)


def _network(address: str, bits: dict[int, int]) -> str:
    parsed = ip_address(address)
    return str(ip_network((parsed, bits[parsed.version]), strict=False))


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
