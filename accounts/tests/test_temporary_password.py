"""Временный пароль: single use, 24 hours, one at a time (1.1b)."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from unittest import mock

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from pytest_django import Settings

from accounts.models import SignIn, SignInOutcome, TemporaryPassword, User
from accounts.services import passwords
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.signing_in import is_signed_in, issue, knock
from sipcabinet.lib import clock

DAY = 24 * 60 * 60


def admitted(phone: str, password: str) -> bool:
    return bool(knock(Client(), phone, password).status_code == 302)


def test_it_signs_in_once(owner: User) -> None:
    text, _temporary = issue(owner)
    client = Client()
    assert knock(client, owner.phone, text).status_code == 302
    assert is_signed_in(client)
    assert not admitted(owner.phone, text)
    outcomes = list(SignIn.objects.order_by("pk").values_list("outcome", flat=True))
    assert outcomes == [SignInOutcome.TEMPORARY, SignInOutcome.REFUSED]


@pytest.mark.parametrize(
    ("seconds", "works"), [(0, True), (DAY - 1, True), (DAY, False), (DAY + 1, False), (30 * DAY, False)]
)
def test_it_lives_for_24_hours(owner: User, at: Callable[[str], Any], seconds: int, works: bool) -> None:
    traveller = at("2026-11-22 10:00:00")
    text, temporary = issue(owner)
    assert clock.show_moment(temporary.expires_at) == "23.11.2026, 10:00"
    traveller.shift(seconds)
    assert admitted(owner.phone, text) is works


def test_hours_are_elapsed_ones_whatever_the_setting(owner: User, at: Callable[[str], Any], settings: Settings) -> None:
    settings.TEMPORARY_PASSWORD_LIFETIME *= 2
    traveller = at("2026-11-22 10:00:00")
    text, _temporary = issue(owner)
    traveller.shift(2 * DAY - 1)
    assert admitted(owner.phone, text)


def test_a_newer_one_voids_it(owner: User) -> None:
    former, _temporary = issue(owner)
    newer, _temporary = issue(owner)
    assert not admitted(owner.phone, former)
    assert admitted(owner.phone, newer)


def test_the_database_keeps_no_two_live_ones(owner: User) -> None:
    _text, temporary = issue(owner)
    twin = TemporaryPassword(user=owner, password="x", expires_at=temporary.expires_at)
    with pytest.raises(IntegrityError, match="one_live_temporary_password"), transaction.atomic():
        twin.save()


def test_the_permanent_password_stays_valid_beside_it(owner: User) -> None:
    text, _temporary = issue(owner)
    assert admitted(owner.phone, PASSWORD)
    assert admitted(owner.phone, text)
    assert admitted(owner.phone, PASSWORD)


def test_it_is_nobody_elses(owner: User, other_owner: User) -> None:
    text, _temporary = issue(owner)
    assert not admitted(other_owner.phone, text)
    assert admitted(owner.phone, text)


def test_a_failed_attempt_does_not_use_it_up(owner: User) -> None:
    text, _temporary = issue(owner)
    assert not admitted(owner.phone, "K7PD-4MXR-W2TH")
    assert admitted(owner.phone, text)


@pytest.mark.parametrize("spell", [str.lower, lambda text: text.replace("-", ""), lambda text: f" {text} "])
def test_it_may_be_typed_carelessly(owner: User, spell: Callable[[str], str]) -> None:
    text, _temporary = issue(owner)
    assert admitted(owner.phone, spell(text))


def test_it_is_random_and_readable() -> None:
    made = {passwords.new_temporary() for _number in range(500)}
    assert len(made) == 500
    assert all(re.fullmatch(r"[2-9A-HJKMNP-Z]{4}(-[2-9A-HJKMNP-Z]{4}){2}", text) for text in made)
    assert {character for text in made for character in text} == {*passwords.ALPHABET, "-"}


def test_it_is_kept_as_a_hash_only(owner: User, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["accounts.hashers.PortalArgon2PasswordHasher"]
    text, temporary = issue(owner)
    stored = TemporaryPassword.objects.filter(pk=temporary.pk).values_list("password", flat=True).get()
    assert stored.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert text not in stored


def _race(user: User, text: str) -> list[int]:
    """Ten browsers use one temporary password at the same time; returns the status codes."""
    gate = threading.Barrier(10)

    def use(_number: int) -> int:
        try:
            client = Client()
            gate.wait(timeout=20)
            return int(knock(client, user.phone, text).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        return list(pool.map(use, range(10)))


@pytest.mark.django_db(transaction=True)
def test_ten_uses_at_once_sign_in_one(settings: Settings) -> None:
    settings.SIGN_IN_LIMITS = {**settings.SIGN_IN_LIMITS, "phone": 50}
    user = UserFactory.create()
    text, _temporary = issue(user)
    assert sorted(_race(user, text)) == [200] * 9 + [302]
    assert SignIn.objects.filter(outcome=SignInOutcome.TEMPORARY).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_look_before_the_leap_would_sign_in_more(settings: Settings) -> None:
    """Counter-check with the guard removed: a check of the row as read, then a write, signs several browsers in.

    After the check each browser waits for a second one.
    """
    settings.SIGN_IN_LIMITS = {**settings.SIGN_IN_LIMITS, "phone": 50}
    user = UserFactory.create()
    text, _temporary = issue(user)

    leap = threading.Barrier(2)

    def unguarded(temporary: TemporaryPassword) -> bool:
        if temporary.used_at is not None:
            return False
        with suppress(threading.BrokenBarrierError):  # an odd browser finds no second one
            leap.wait(timeout=3)
        return bool(TemporaryPassword.objects.filter(pk=temporary.pk).update(used_at=clock.now()))

    with mock.patch.object(passwords, "spend", unguarded):
        assert _race(user, text).count(302) > 1
