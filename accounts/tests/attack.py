"""A simulated attacker with many addresses, for tests of signing in."""

from collections.abc import Iterator
from ipaddress import ip_address
from unittest import mock

from accounts.services import sign_in
from accounts.services.throttles import ThrottledError
from accounts.sessions import Origin

WRONG = "не-тот-пароль"


def addresses(count: int, *, start: str = "41.0.0.1") -> Iterator[str]:
    """`count` addresses, each in a different /24 network: the worst case for counters per network."""
    first = int(ip_address(start))
    return (str(ip_address(first + 256 * place)) for place in range(count))


def guess(phone: str, address: str, password: str = WRONG) -> bool:
    """Makes one guess; returns whether the password was checked (False: throttled)."""
    try:
        sign_in.check(phone=phone, password=password, origin=Origin(address, "attacker"))
    except ThrottledError:
        return False
    except sign_in.SignInError:
        return True
    raise AssertionError("the wrong password signed in")


def besiege(phone: str, attackers: int) -> int:
    """Makes one guess from each address; returns how many were checked. Computes no hashes: only counting matters."""
    with mock.patch.object(sign_in, "_fits", return_value=False):
        return sum(guess(phone, address) for address in addresses(attackers))


def flood(count: int, *, attackers: int = 20) -> int:
    """Guesses passwords of `count` different numbers from few addresses; returns how many guesses were checked."""
    known = [*addresses(attackers)]
    with mock.patch.object(sign_in, "_fits", return_value=False):
        return sum(guess(f"+37544{7_000_000 + n}", known[n % attackers]) for n in range(count))
