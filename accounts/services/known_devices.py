"""Browsers and networks from which a login has signed in: browsers have a signed cookie, networks are in SignIn (1.2).

A known device or network still has to give the password. It only has its own budget of attempts, which strangers
cannot use up.
"""

import secrets
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

from django.conf import settings
from django.db.models import F, Q
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import SignIn, SignInOutcome, User
from accounts.services import throttles
from sipcabinet.lib import clock

LOGINS_OF_A_BROWSER = 5
BETWEEN_LOGINS, BETWEEN_PARTS = "~", "."
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def device_of(*, user: User, cookie: str) -> str:
    """The identifier of the browser as a known device of the login; empty for an unknown browser.

    The seal covers the password's hash, so a change of the password voids the cookie.
    """
    for entry in _entries(cookie):
        if entry.startswith(f"{user.pk}{BETWEEN_PARTS}"):
            return _device_in(entry, user)
    return ""


def remember(*, user: User, cookie: str) -> str:
    """The cookie's new value: holds `user` for KNOWN_DEVICE_LIFETIME from now, and up to four other logins."""
    device = device_of(user=user, cookie=cookie) or secrets.token_hex(8)
    issued = (clock.now() - _EPOCH) // _MICROSECOND
    others = [entry for entry in _entries(cookie) if not entry.startswith(f"{user.pk}{BETWEEN_PARTS}")]
    parts = [str(user.pk), device, str(issued), _seal(user, device, issued, settings.SECRET_KEY)]
    return BETWEEN_LOGINS.join([BETWEEN_PARTS.join(parts), *others[: LOGINS_OF_A_BROWSER - 1]])


def forget(*, user: User) -> None:
    """Makes all browsers and networks unknown to the login, until the next sign-in from each."""
    user.devices_since = clock.now()
    User.objects.filter(pk=user.pk).update(devices_since=user.devices_since)


def address_is_known(*, phone: str, address: str) -> bool:
    """Whether the open login of a number has signed in from this client within KNOWN_ADDRESS_LIFETIME.

    Runs one query for any number, so that its duration does not reveal whether the number is registered.
    """
    client = ip_network(throttles.client_of(address))
    since_forgotten = Q(user__devices_since=None) | Q(at__gte=F("user__devices_since"))
    return SignIn.objects.filter(
        since_forgotten,
        user__phone=phone,
        user__is_active=True,
        outcome__in=[SignInOutcome.OK, SignInOutcome.TEMPORARY],
        at__gt=clock.now() - settings.KNOWN_ADDRESS_LIFETIME,
        address__range=(str(client[0]), str(client[-1])),
    ).exists()


def _entries(cookie: str) -> list[str]:
    return cookie.split(BETWEEN_LOGINS)[:LOGINS_OF_A_BROWSER] if cookie else []


def _device_in(entry: str, user: User) -> str:
    _pk, device, issued, seal = [*entry.split(BETWEEN_PARTS), "", "", "", ""][:4]
    if not (issued.isascii() and issued.isdecimal() and len(issued) <= 17):
        return ""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    sealed = any(constant_time_compare(seal, _seal(user, device, int(issued), key)) for key in keys)
    return device if sealed and _is_fresh(user, _EPOCH + int(issued) * _MICROSECOND) else ""


def _is_fresh(user: User, issued_at: datetime) -> bool:
    if user.devices_since is not None and issued_at < user.devices_since:
        return False
    return clock.now() - issued_at < settings.KNOWN_DEVICE_LIFETIME


def _seal(user: User, device: str, issued: int, key: str) -> str:
    words = f"{user.pk}:{device}:{issued}:{user.password}"
    return salted_hmac("accounts.known_device", words, secret=key, algorithm="sha256").hexdigest()
