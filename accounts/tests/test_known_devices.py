"""Browsers and networks that a login has signed in from have separate attempt budgets (1.2)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import SignIn, SignInOutcome, User
from accounts.services import known_devices, sessions
from accounts.tests.attack import WRONG, besiege
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.signing_in import after_signing_in, is_known, knock
from sipcabinet.lib import clock

pytestmark = pytest.mark.django_db
NEW = "зимний вечер над Сожем"


@pytest.fixture(autouse=True)
def ten(at: Callable[[str], Any]) -> Any:
    return at("2026-11-22 10:00:05")


def test_the_cookie_is_kept_like_the_sessions(owner: User) -> None:
    cookie = after_signing_in(owner).cookies["devices"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
    assert cookie["max-age"] == 180 * 24 * 3600
    assert owner.phone.lstrip("+") not in cookie.value


def test_over_https_it_is_bound_to_the_host(owner: User, settings: Settings) -> None:
    settings.SESSION_COOKIE_SECURE, settings.DEVICE_COOKIE_NAME = True, "__Host-devices"
    cookie = after_signing_in(owner).cookies["__Host-devices"]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


def test_a_refusal_makes_nothing_known(owner: User) -> None:
    client = Client()
    knock(client, owner.phone, WRONG)
    assert "devices" not in client.cookies


def test_a_device_is_known_to_its_login_alone(owner: User, other_owner: User) -> None:
    client = after_signing_in(owner)
    assert is_known(client, owner)
    assert not is_known(client, other_owner)
    cookie = client.cookies["devices"].value
    forged = cookie.replace(f"{owner.pk}.", f"{other_owner.pk}.", 1)
    assert not known_devices.device_of(user=other_owner, cookie=forged)


def test_several_logins_share_a_browser(owner: User, other_owner: User) -> None:
    client = after_signing_in(other_owner, after_signing_in(owner))
    assert is_known(client, owner)
    assert is_known(client, other_owner)
    others = [UserFactory.create() for _login in range(4)]
    for user in others:
        after_signing_in(user, client)
    assert not is_known(client, owner)  # the cookie holds the latest five logins
    assert all(is_known(client, user) for user in [other_owner, *others])


def test_the_same_browser_stays_the_same_device(owner: User) -> None:
    """Otherwise each sign-in would create one more budget for a thief who copied the cookies."""
    client = after_signing_in(owner)
    first = known_devices.device_of(user=owner, cookie=client.cookies["devices"].value)
    after_signing_in(owner, client)
    assert known_devices.device_of(user=owner, cookie=client.cookies["devices"].value) == first


@pytest.mark.parametrize(
    "spoil",
    [
        lambda cookie: cookie[:-1] + ("0" if cookie[-1] != "0" else "1"),
        lambda cookie: cookie.rpartition(".")[0],
        lambda cookie: cookie.rpartition(".")[0] + ".",
        lambda cookie: cookie.replace(".", "..", 1),
        lambda cookie: "~".join(["1.2.3.4"] * 5 + [cookie]),
        lambda cookie: cookie.split(".")[0] + "." + "9" * 4000,
        lambda _cookie: "~.~.~",
        lambda cookie: cookie.replace(".", ".\N{SUPERSCRIPT TWO}", 2),
    ],
)
def test_a_spoilt_cookie_is_a_strangers(owner: User, spoil: Callable[[str], str]) -> None:
    cookie = after_signing_in(owner).cookies["devices"].value
    assert not known_devices.device_of(user=owner, cookie=spoil(cookie))


def test_it_ends_after_its_time(owner: User, ten: Any) -> None:
    client = after_signing_in(owner)
    ten.shift(timedelta(days=180) - timedelta(seconds=1))
    assert is_known(client, owner)
    ten.shift(1)
    assert not is_known(client, owner)


def test_a_former_key_still_counts(owner: User, settings: Settings) -> None:
    client = after_signing_in(owner)
    settings.SECRET_KEY, former = "нынешний ключ", settings.SECRET_KEY
    assert not is_known(client, owner)
    settings.SECRET_KEY_FALLBACKS = [former]
    assert is_known(client, owner)


def test_a_change_of_password_makes_every_other_device_a_strangers(owner: User, ten: Any) -> None:
    stolen, mine = after_signing_in(owner), Client()
    knock(mine, owner.phone, PASSWORD)
    ten.shift(1)
    assert mine.post("/password/", {"current": PASSWORD, "new_password": NEW, "repeated": NEW}).status_code == 302
    assert not is_known(stolen, owner)
    assert is_known(mine, owner)


def test_a_password_set_by_staff_does_too(owner: User) -> None:
    """The cookie's seal covers the password's hash, so any change of the password voids the cookie."""
    client = after_signing_in(owner)
    owner.set_password(NEW)
    owner.save()
    assert not is_known(client, owner)


def test_ending_the_other_sessions_does_too(owner: User, ten: Any) -> None:
    stolen, mine = after_signing_in(owner), Client()
    knock(mine, owner.phone, PASSWORD)
    ten.shift(1)
    assert mine.post("/security/sessions/end-others/")["Location"] == "/security/"
    assert not is_known(stolen, owner)
    assert is_known(mine, owner)
    ten.shift(1)
    sessions.end_others(user=owner)  # as the staff's action does
    assert not is_known(mine, owner)


def test_a_stolen_cookie_has_a_small_budget_and_takes_nobody_elses(owner: User) -> None:
    thief, mine = after_signing_in(owner), after_signing_in(owner)
    besiege(owner.phone, 9)
    seen = [knock(thief, owner.phone, WRONG, REMOTE_ADDR="198.51.100.9").status_code for _attempt in range(12)]
    assert seen == [200] * 10 + [429] * 2
    assert knock(mine, owner.phone, PASSWORD, REMOTE_ADDR="192.0.2.1").status_code == 302


def test_a_sign_in_gives_a_known_device_its_attempts_back(owner: User) -> None:
    client = after_signing_in(owner)
    besiege(owner.phone, 9)
    for _round in range(2):
        for _attempt in range(9):
            assert knock(client, owner.phone, WRONG, REMOTE_ADDR="192.0.2.1").status_code == 200
        after_signing_in(owner, client, "192.0.2.1")


@pytest.mark.parametrize(
    ("first", "then", "known"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ],
)
def test_an_address_is_known_by_its_client(
    owner: User, other_owner: User, first: str, then: str, *, known: bool
) -> None:
    after_signing_in(owner, address=first)
    assert known_devices.address_is_known(phone=owner.phone, address=then) is known
    assert not known_devices.address_is_known(phone=other_owner.phone, address=then)


def test_an_address_is_forgotten_in_its_time_or_with_the_devices(owner: User, ten: Any) -> None:
    after_signing_in(owner)
    ten.shift(timedelta(days=30) - timedelta(seconds=1))
    assert known_devices.address_is_known(phone=owner.phone, address="203.0.113.7")
    ten.shift(1)
    assert not known_devices.address_is_known(phone=owner.phone, address="203.0.113.7")
    after_signing_in(owner)
    ten.shift(1)
    known_devices.forget(user=owner)
    assert not known_devices.address_is_known(phone=owner.phone, address="203.0.113.7")


def test_a_refused_attempt_makes_no_address_known(owner: User) -> None:
    knock(Client(), owner.phone, WRONG, REMOTE_ADDR="203.0.113.7")
    SignIn.objects.create(user=owner, outcome=SignInOutcome.REFUSED_CODE, address="203.0.113.7", at=clock.now())
    assert not known_devices.address_is_known(phone=owner.phone, address="203.0.113.7")


def test_strangers_at_a_known_address_have_its_budget_and_no_more(owner: User, ten: Any) -> None:
    after_signing_in(owner)
    mine = after_signing_in(owner, address="192.0.2.1")
    ten.shift(15 * 60)
    seen = [knock(Client(), owner.phone, WRONG, REMOTE_ADDR="203.0.113.7").status_code for _attempt in range(20)]
    assert seen.count(200) == 10 + 8  # the address' budget, then the strangers' budget
    assert knock(mine, owner.phone, PASSWORD, REMOTE_ADDR="203.0.113.7").status_code == 302
