"""How many guesses an attack on sign-in gets (1.2; docs/security.md, «Sign-in»), with a simulated clock."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import PasswordRequest, SignIn, TemporaryPassword, Throttle, User
from accounts.services import budgets, known_devices, passwords, sign_in, throttles
from accounts.tasks import drain_password_requests
from accounts.tests.attack import WRONG, addresses, besiege, flood, guess
from accounts.tests.factories import PASSWORD, StaffFactory
from accounts.tests.people import WHO, known, staff, unknown
from accounts.tests.signing_in import ask_for_password, comparable, is_signed_in, issue, knock, password_in
from notifications.models import Letter
from sipcabinet.lib import clock

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WINDOW = timedelta(minutes=15)
MOST_AN_HOUR = 40
SOME_QUICK = [who if who in {unknown, known, staff} else pytest.param(who, marks=pytest.mark.full) for who in WHO]
HOME, ELSEWHERE = "203.0.113.7", "192.0.2.44"


@pytest.fixture
def ten(at: Callable[[str], Any]) -> Any:
    return at("2026-11-22 10:00")


@pytest.fixture
def at_home(ten: Any, owner: User) -> Client:
    """The owner's browser, which signed in from HOME and signed out; the next attempt window has begun."""
    client = Client()
    assert knock(client, owner.phone, PASSWORD, REMOTE_ADDR=HOME).status_code == 302
    client.post("/sign-out/")
    ten.shift(15 * 60)
    return client


@pytest.fixture
def soon_scarce(settings: Settings) -> int:
    """Sets the overall limit, above which attempts are scarce, to 30 instead of 300, to save time."""
    settings.SIGN_IN_LIMITS = {**settings.SIGN_IN_LIMITS, "overall": 30}
    return 30


@pytest.mark.parametrize("attackers", [60, pytest.param(1000, marks=pytest.mark.full)])
def test_a_thousand_addresses_get_eight_guesses_and_lock_nobody_out(
    owner: User, at_home: Client, soon_scarce: int, attackers: int
) -> None:
    staff, busy = StaffFactory.create(), StaffFactory.create()
    assert besiege(owner.phone, attackers) == 8
    assert flood(attackers, attackers=attackers) >= soon_scarce  # the whole portal is under attack too
    assert knock(at_home, owner.phone, PASSWORD, REMOTE_ADDR=ELSEWHERE).status_code == 302
    assert (
        knock(Client(), owner.phone, PASSWORD, REMOTE_ADDR=HOME).status_code == 302
    )  # a new device at a known address
    for person in (staff, busy):
        assert knock(Client(), person.phone, PASSWORD, REMOTE_ADDR="192.0.2.99").status_code == 302
    # A new device at a new address has only the letter.
    new = Client()
    assert knock(new, owner.phone, PASSWORD, REMOTE_ADDR="198.51.100.1").status_code == 429
    ask_for_password(new, owner.phone, REMOTE_ADDR="198.51.100.1")
    drain_password_requests()
    mailed = password_in(Letter.objects.get())
    assert knock(new, owner.phone, mailed, REMOTE_ADDR="198.51.100.1").status_code == 302
    assert is_signed_in(new)


def every_minute(_window: timedelta) -> Sequence[timedelta]:
    return [timedelta(minutes=minute) for minute in range(2 * 60)]


def at_the_borders(window: timedelta) -> Sequence[timedelta]:
    """In each window, a guess at the start and the rest in the last second; the next window begins right after."""
    moments = []
    for number in range(8):
        start = number * window
        moments += [start, start + window - timedelta(seconds=1)]
    return moments


def wanted_at(strategy: Callable[..., Any], place: int) -> int:
    return 1 if strategy is at_the_borders and place % 2 == 0 and place < 2 else 100


def guesses(phone: str, strategy: Callable[[timedelta], Sequence[timedelta]], ten: Any) -> list[datetime]:
    """The moments when a guess was checked, in two hours of guesses, each from a new address."""
    begun, seen = clock.now(), []
    fresh: Iterator[str] = addresses(100_000)
    for place, moment in enumerate(strategy(WINDOW)):
        ten.move_to(begun + moment)
        for _attempt in range(wanted_at(strategy, place)):
            if not guess(phone, next(fresh)):
                break
            seen.append(clock.now())
    return seen


def most_in_an_hour(seen: Sequence[datetime]) -> int:
    return max(sum(moment <= other < moment + HOUR for other in seen) for moment in seen)


@pytest.mark.parametrize("strategy", [every_minute, pytest.param(at_the_borders, marks=pytest.mark.full)])
def test_no_hour_holds_more_than_forty_guesses_at_a_number(
    owner: User, ten: Any, strategy: Callable[[timedelta], Sequence[timedelta]]
) -> None:
    with mock.patch.object(sign_in, "_fits", return_value=False):
        seen = guesses(owner.phone, strategy, ten)
    assert len(seen) >= 2 * 32 - 1
    assert 30 < most_in_an_hour(seen) <= MOST_AN_HOUR


@pytest.mark.full
def test_ten_a_window_would_be_more_than_forty(owner: User, ten: Any, settings: Settings) -> None:
    """Counter-check with the former limit: ten attempts per window allow 49 guesses in an hour."""
    settings.SIGN_IN_LIMITS = {**settings.SIGN_IN_LIMITS, "phone": 10}
    with mock.patch.object(sign_in, "_fits", return_value=False):
        assert most_in_an_hour(guesses(owner.phone, at_the_borders, ten)) > MOST_AN_HOUR


def test_an_owner_who_signs_in_gives_his_attackers_nothing(owner: User, at_home: Client, ten: Any) -> None:
    begun, seen, fresh = clock.now(), 0, addresses(100_000)
    for minute in range(0, 60, 5):
        ten.move_to(begun + timedelta(minutes=minute))
        while guess(owner.phone, next(fresh)):
            seen += 1
        if minute % 15 == 10:
            assert knock(at_home, owner.phone, PASSWORD, REMOTE_ADDR=HOME).status_code == 302
            at_home.post("/sign-out/")
    assert 30 <= seen <= MOST_AN_HOUR


def test_strangers_would_lock_the_owner_out(owner: User, at_home: Client) -> None:
    """Counter-check with the guard removed: no device and no address is known, as in former versions."""
    besiege(owner.phone, 9)
    with (
        mock.patch.object(known_devices, "device_of", return_value=""),
        mock.patch.object(known_devices, "address_is_known", return_value=False),
    ):
        assert knock(at_home, owner.phone, PASSWORD, REMOTE_ADDR=HOME).status_code == 429
    assert knock(at_home, owner.phone, PASSWORD, REMOTE_ADDR=HOME).status_code == 302


def test_few_addresses_shut_the_door_for_nobody(owner: User, ten: Any, soon_scarce: int) -> None:
    staff = StaffFactory.create()
    assert flood(60, attackers=6) == soon_scarce  # each of the six is past its smaller share by then
    with mock.patch.object(throttles, "take", throttles.hit):  # the guard removed: the overall limit is a stop
        assert knock(Client(), owner.phone, PASSWORD, REMOTE_ADDR=HOME).status_code == 429
    for person, address in ((owner, HOME), (staff, ELSEWHERE)):
        assert knock(Client(), person.phone, PASSWORD, REMOTE_ADDR=address).status_code == 302


def test_scarce_attempts_leave_each_network_and_number_a_share(owner: User, ten: Any, soon_scarce: int) -> None:
    flood(soon_scarce, attackers=6)
    attempts = [knock(Client(), owner.phone, WRONG, REMOTE_ADDR=HOME).status_code for _attempt in range(4)]
    assert attempts == [200, 200, 200, 429]
    assert knock(Client(), owner.phone, WRONG, REMOTE_ADDR=ELSEWHERE).status_code == 429
    ten.shift(15 * 60)
    assert knock(Client(), owner.phone, PASSWORD, REMOTE_ADDR=HOME).status_code == 302


def test_hammering_at_one_number_makes_attempts_scarce_for_nobody(
    owner: User, other_owner: User, ten: Any, soon_scarce: int
) -> None:
    besiege(owner.phone, soon_scarce + 10)
    attempts = [knock(Client(), other_owner.phone, WRONG, REMOTE_ADDR=HOME).status_code for _attempt in range(8)]
    assert attempts == [200] * 8


def test_a_mailed_password_is_taken_while_strangers_have_used_the_number_up(owner: User, ten: Any) -> None:
    text, _temporary = issue(owner)
    besiege(owner.phone, 9)
    with mock.patch.object(passwords, "looks_temporary", return_value=False):  # the guard removed
        assert knock(Client(), owner.phone, text, REMOTE_ADDR=HOME).status_code == 429
    for address in addresses(40, start="42.0.0.1"):  # guesses at temporary passwords do not block this way
        assert guess(owner.phone, address, "K7PD-4MXR-W2TH")
    assert knock(Client(), owner.phone, text, REMOTE_ADDR=HOME).status_code == 302


def test_the_way_of_letters_compares_no_permanent_password(owner: User, ten: Any) -> None:
    """Otherwise a permanent password that looks like a temporary one could be guessed without a limit per number."""
    owner.set_password("k7pd4mxrw2th")
    owner.save()
    besiege(owner.phone, 9)
    before = SignIn.objects.count()
    assert knock(Client(), owner.phone, "k7pd4mxrw2th", REMOTE_ADDR=HOME).status_code == 200
    assert SignIn.objects.count() == before
    ten.shift(15 * 60)
    assert knock(Client(), owner.phone, "k7pd4mxrw2th", REMOTE_ADDR=HOME).status_code == 302


def test_the_way_of_letters_is_bounded_by_networks(owner: User, ten: Any) -> None:
    besiege(owner.phone, 9)
    fits = [guess(owner.phone, HOME, "K7PD-4MXR-W2TH") for _attempt in range(12)]
    assert fits == [True] * 10 + [False] * 2
    around = [guess(owner.phone, f"203.0.113.{100 + n}", "K7PD-4MXR-W2TH") for n in range(30)]
    assert around.count(True) == 30 - 12


@pytest.mark.parametrize("who", SOME_QUICK)
def test_under_attack_numbers_cannot_be_told_apart_either(who: Callable[[], str], ten: Any) -> None:
    """The same answers in the same order, and as many counters, for any number: also for temporary passwords."""
    told = []
    for phone in (who(), "+375447888888"):
        Throttle.objects.all().delete()
        answers = [
            comparable(knock(Client(), phone, typed, REMOTE_ADDR=address), phone)
            for typed in (WRONG, "K7PD-4MXR-W2TH")
            for address in addresses(10)
        ]
        told.append((answers, Throttle.objects.count()))
    assert told[0] == told[1]
    assert {answer[0] for answer in told[0][0]} == {200, 429}


def test_many_requests_stop_nobodys_recovery(owner: User, ten: Any, soon_scarce: int) -> None:
    attackers = [*addresses(6)]
    for number in range(soon_scarce + 12):
        try:
            budgets.of_forgotten(address=attackers[number % 6])
        except throttles.ThrottledError:
            continue
    client = Client()
    with mock.patch.object(throttles, "take", throttles.hit):  # the guard removed, as in former versions
        assert ask_for_password(client, owner.phone, REMOTE_ADDR=HOME).status_code == 429
    asked = [ask_for_password(client, owner.phone, REMOTE_ADDR=HOME).status_code for _attempt in range(3)]
    assert asked == [302, 302, 429]
    assert PasswordRequest.objects.count() == 2


def test_strangers_get_three_letters_an_hour_out_whatever_they_do(owner: User, ten: Any) -> None:
    for address in addresses(12):
        ask_for_password(Client(), owner.phone, REMOTE_ADDR=address)
    drain_password_requests()
    assert Letter.objects.count() == TemporaryPassword.objects.count() == 3
    newest = Letter.objects.order_by("-pk")[0]
    besiege(owner.phone, 9)
    assert knock(Client(), owner.phone, password_in(newest), REMOTE_ADDR=HOME).status_code == 302
