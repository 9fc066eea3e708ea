"""Which counters an attempt passes, so that strangers can use up nobody's attempts but their own (1.2).

An attempt takes the first budget that has something left: its known device's, its known address', the strangers'. A
stranger at worst shuts the strangers' way to one number; its owner goes in by a device, by an address, or by the
temporary password of a letter.
"""

from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings

from accounts.models import User
from accounts.services import known_devices, throttles
from accounts.services.throttles import Count, Limit


class Admission(NamedTuple):
    """An attempt that was counted. `own` is the budget that its owner gets back after a success.

    With `temporary_only` the permanent password must not be compared.
    """

    own: Limit | None = None
    temporary_only: bool = False


def of_sign_in(*, phone: str, address: str, user: User | None, devices: str, looks_temporary: bool) -> Admission:
    """Counts an attempt to sign in; raises ThrottledError.

    `user` is the open login of the number, if there is one, `devices` the cookie of known devices. Strangers write the
    same counters for every number.
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

    Nothing is counted per number here: the letters are (1.1b), by the worker that sends them.
    """
    network, client = _hit_networks("forgotten-", address)
    if _are_scarce("forgotten-"):
        _check_shares(network, client)


def of_code(*, user: User, devices: str) -> Limit | None:
    """Counts a one-time code shown at the door; raises ThrottledError, else returns the budget to be given back.

    Known devices share a budget that nobody else can use up. An address is no proof here: a stranger with the password
    has signed in half from his own.
    """
    most = settings.SIGN_IN_LIMITS
    known = Limit("code-known", str(user.pk), most["own"])
    if known_devices.device_of(user=user, cookie=devices) and throttles.take(known):
        return known
    throttles.hit(Limit("code", str(user.pk), most["code"]))
    return None


def of_proof(*, session: object) -> Limit:
    """Counts a password or a code asked for again of somebody who has signed in; raises ThrottledError.

    `session` is its public id: another session of the login has a budget of its own. Returns what is to be forgiven.
    """
    limit = Limit("proof", str(session), settings.SIGN_IN_LIMITS["own"])
    throttles.hit(limit)
    return limit


def _own(phone: str, address: str, user: User | None, devices: str) -> Sequence[Limit]:
    """The budgets that only the login's own browsers and networks have. Reads the same rows for every number."""
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
    """The networks come first: a throttled one cannot use up a number's budget.

    What a number refuses counts no further, so whoever hammers at one number makes attempts scarce for nobody.
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
    """Counts for the portal. Past the limit smaller shares hold, but everybody keeps one: the door is never shut."""
    return not throttles.take(Limit(f"{purpose}overall", "", settings.SIGN_IN_LIMITS["overall"]))


def _check_shares(network: Count, client: Count) -> None:
    network.check(settings.SIGN_IN_LIMITS["scarce_network"])
    client.check(settings.SIGN_IN_LIMITS["scarce_address"])


def _take_of_temporary(address: str) -> None:
    """Nothing is counted per number: 59 random bits cannot be guessed, so no stranger can shut this way to an owner."""
    most = settings.SIGN_IN_LIMITS
    throttles.hit(Limit("temporary-network", throttles.network_of(address), most["temporary_network"]))
    throttles.hit(Limit("temporary-address", throttles.client_of(address), most["temporary_address"]))
