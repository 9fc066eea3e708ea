"""Chooses the counters of an attempt, so that strangers cannot use up the attempts of a login's owner (1.2).

An attempt uses the first budget that has attempts left: of its known device, of its known address, of strangers. At
worst a stranger uses up the strangers' budget of one number; the owner can still sign in from a known device, from a
known address, or with the temporary password from a letter.
"""

from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings

from accounts.models import User
from accounts.services import known_devices, throttles
from accounts.services.throttles import Count, Limit


class Admission(NamedTuple):
    """An attempt that was counted. `own` is the budget to reset after a successful sign-in.

    With `temporary_only` the caller must not compare the permanent password.
    """

    own: Limit | None = None
    temporary_only: bool = False


def of_sign_in(*, phone: str, address: str, user: User | None, devices: str, looks_temporary: bool) -> Admission:
    """Counts an attempt to sign in; raises ThrottledError.

    `user` is the open login of the number, or None; `devices` is the cookie of known devices. An attempt of a stranger
    writes the same counters for every number.
    """
    for limit in _own(phone, address, user, devices):
        if throttles.take(limit):
            return Admission(own=limit)
    try:
        _take_of_strangers(phone, address)
    except throttles.ThrottledError:
        if not looks_temporary:
            raise
        _take_of_temporary(address)
        return Admission(temporary_only=True)
    return Admission()


def of_forgotten(*, address: str) -> None:
    """Counts a press of «Восстановить пароль»; raises ThrottledError.

    There is no counter per number here: the worker limits the letters of each number (1.1b).
    """
    network, client = _hit_networks("forgotten-", address)
    if _are_scarce("forgotten-"):
        _check_shares(network, client)


def of_code(*, user: User, devices: str) -> Limit | None:
    """Counts a one-time code entered at sign-in; raises ThrottledError, else returns the budget to reset on success.

    The known devices of a login share a budget that nobody else can use up. A known address does not count here: a
    stranger who has the password makes his own address known by entering the password.
    """
    most = settings.SIGN_IN_LIMITS
    known = Limit("code-known", str(user.pk), most["own"])
    if known_devices.device_of(user=user, cookie=devices) and throttles.take(known):
        return known
    throttles.hit(Limit("code", str(user.pk), most["code"]))
    return None


def of_proof(*, session: object) -> Limit:
    """Counts a password or a code that a signed-in user has to enter again; raises ThrottledError.

    `session` is the session's public id: each session of a login has a separate budget. Returns the budget to reset on
    success.
    """
    limit = Limit("proof", str(session), settings.SIGN_IN_LIMITS["own"])
    throttles.hit(limit)
    return limit


def _own(phone: str, address: str, user: User | None, devices: str) -> Sequence[Limit]:
    """The budgets reserved for the login's known devices and addresses. Reads the same rows for every number."""
    most = settings.SIGN_IN_LIMITS["own"]
    address_is_known = known_devices.address_is_known(phone=phone, address=address)
    if user is None:
        return []
    limits = []
    if device := known_devices.device_of(user=user, cookie=devices):
        limits.append(Limit("device", f"{user.pk}:{device}", most))
    if address_is_known:
        limits.append(Limit("known-address", f"{user.pk}:{throttles.client_of(address)}", most))
    return limits


def _take_of_strangers(phone: str, address: str) -> None:
    """Counts an attempt of a stranger. Networks are counted first: a throttled network cannot use up a number's budget.

    An attempt that the number's limit refuses is not counted for the whole portal, so an attack on one number does not
    make attempts scarce for other numbers.
    """
    network, client = _hit_networks("", address)
    number = throttles.hit(Limit("phone", phone, settings.SIGN_IN_LIMITS["phone"]))
    if _are_scarce(""):
        _check_shares(network, client)
        number.check(settings.SIGN_IN_LIMITS["scarce_phone"])


def _hit_networks(purpose: str, address: str) -> tuple[Count, Count]:
    most = settings.SIGN_IN_LIMITS
    network = throttles.hit(Limit(f"{purpose}network", throttles.network_of(address), most["network"]))
    client = throttles.hit(Limit(f"{purpose}address", throttles.client_of(address), most["address"]))
    return network, client


def _are_scarce(purpose: str) -> bool:
    """Counts an attempt for the whole portal; True above the limit: then smaller shares apply, but never zero."""
    return not throttles.take(Limit(f"{purpose}overall", "", settings.SIGN_IN_LIMITS["overall"]))


def _check_shares(network: Count, client: Count) -> None:
    network.check(settings.SIGN_IN_LIMITS["scarce_network"])
    client.check(settings.SIGN_IN_LIMITS["scarce_address"])


def _take_of_temporary(address: str) -> None:
    """Counts networks, not the number: 59 random bits cannot be guessed, and strangers must not block the owner."""
    most = settings.SIGN_IN_LIMITS
    throttles.hit(Limit("temporary-network", throttles.network_of(address), most["temporary_network"]))
    throttles.hit(Limit("temporary-address", throttles.client_of(address), most["temporary_address"]))
