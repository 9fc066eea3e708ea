"""Attempts are counted in PostgreSQL, before any hashing (1.2)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts.models import Throttle, User
from accounts.services import budgets, throttles
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.signing_in import comparable, counted_hashes, is_signed_in, knock

pytestmark = pytest.mark.django_db
WRONG = "не-тот-пароль"


@pytest.fixture
def limits(settings: Settings) -> Settings:
    small = {"own": 3, "phone": 3, "address": 5, "network": 40, "overall": 100, "temporary_address": 2}
    settings.SIGN_IN_LIMITS = {**settings.SIGN_IN_LIMITS, **small}
    settings.SIGN_IN_WINDOW = timedelta(minutes=15)
    return settings


def test_one_number_is_throttled_from_any_address(limits: Settings, owner: User) -> None:
    for place in range(3):
        assert knock(Client(), owner.phone, WRONG, REMOTE_ADDR=f"198.51.100.{place}").status_code == 200
    assert knock(Client(), owner.phone, WRONG, REMOTE_ADDR="198.51.100.9").status_code == 429


def test_one_address_is_throttled_for_any_number(limits: Settings) -> None:
    for number in range(5):
        assert knock(Client(), f"+37544700000{number}", WRONG).status_code == 200
    assert knock(Client(), "+375447000009", WRONG).status_code == 429
    assert knock(Client(), "+375447000009", WRONG, REMOTE_ADDR="198.51.100.9").status_code == 200


@pytest.mark.parametrize("wide", ["198.51.100.{}", "2001:db8:7:{}::1"])
def test_the_network_around_many_addresses_is_throttled(limits: Settings, wide: str) -> None:
    """The owner of a /24, or of a /48 with its 65,536 networks of /64, has the attempts of one network."""
    limits.SIGN_IN_LIMITS = {**limits.SIGN_IN_LIMITS, "network": 6}
    passed = [knock(Client(), f"+3754470000{n:02}", WRONG, REMOTE_ADDR=wide.format(n)).status_code for n in range(8)]
    assert passed == [200] * 6 + [429] * 2
    assert knock(Client(), "+375447000099", WRONG, REMOTE_ADDR="2001:db8:8::1").status_code == 200
    with mock.patch.object(throttles, "network_of", throttles.client_of):  # the guard removed
        assert knock(Client(), "+375447000099", WRONG, REMOTE_ADDR=wide.format(99)).status_code == 200


def test_a_throttled_attempt_computes_no_hash_and_lets_nobody_in(limits: Settings, owner: User) -> None:
    for _attempt in range(3):
        knock(Client(), owner.phone, WRONG)
    client = Client()
    with counted_hashes() as done:
        assert knock(client, owner.phone, PASSWORD).status_code == 429
    assert not done
    assert not is_signed_in(client)


def test_without_the_counters_the_attempts_go_on(limits: Settings, owner: User) -> None:
    """Counter-check with the guard removed: the refusals in the tests above come from the counters."""
    with mock.patch.object(throttles, "hit"):
        for _attempt in range(20):
            assert knock(Client(), owner.phone, WRONG).status_code == 200


def test_the_throttled_answer_is_one_for_all(limits: Settings, at: Callable[[str], Any]) -> None:
    """The same text, status and headers for registered and unregistered numbers and for every counter."""
    at("2026-11-22 10:00")
    known, unknown = UserFactory.create().phone, "+375447999999"
    answers = []
    for phone in (known, unknown):
        for place in range(4):
            response = knock(Client(), phone, WRONG, REMOTE_ADDR=f"198.51.{phone[-1]}.{place}")
        answers.append(comparable(response, phone))
    Throttle.objects.all().delete()
    for number in range(6):
        response = knock(Client(), f"+37544700000{number}", WRONG)
    answers.append(comparable(response, "+375447000005"))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 429


def test_the_answer_names_the_moment_and_keeps_it(limits: Settings, owner: User, at: Callable[[str], Any]) -> None:
    traveller = at("2026-11-22 23:50:30")
    for _attempt in range(4):
        response = knock(Client(), owner.phone, WRONG)
    page = response.content.decode()
    assert "Слишком много попыток. Попробуйте снова после 23.11.2026, 00:06." in page
    assert response["Retry-After"] == str(15 * 60 + 30)
    traveller.shift(15 * 60 - 1)
    assert knock(Client(), owner.phone, PASSWORD).status_code == 429
    traveller.shift(1)
    assert knock(Client(), owner.phone, PASSWORD).status_code == 302


def test_refused_attempts_do_not_put_the_moment_off(limits: Settings, owner: User, at: Callable[[str], Any]) -> None:
    traveller = at("2026-11-22 10:00")
    for _attempt in range(3):
        knock(Client(), owner.phone, WRONG)
    for _minute in range(14):
        traveller.shift(60)
        response = knock(Client(), owner.phone, WRONG, REMOTE_ADDR=f"198.51.100.{_minute}")
        assert "22.11.2026, 10:15." in response.content.decode()


def test_a_sign_in_gives_the_strangers_nothing_back(limits: Settings, owner: User) -> None:
    """Otherwise each sign-in of an owner would give attackers new guesses."""
    knock(Client(), owner.phone, PASSWORD, REMOTE_ADDR="203.0.113.7")
    for _round in range(3):
        knock(Client(), owner.phone, WRONG, REMOTE_ADDR="198.51.100.7")
        assert knock(Client(), owner.phone, PASSWORD, REMOTE_ADDR="203.0.113.7").status_code == 302
    assert knock(Client(), owner.phone, WRONG, REMOTE_ADDR="198.51.100.7").status_code == 429


def test_a_sign_in_gives_the_address_nothing_back(limits: Settings, owner: User) -> None:
    """Otherwise the owner of one login could try all other numbers from his address without a limit."""
    for number in range(5):
        assert knock(Client(), owner.phone, PASSWORD).status_code == 302
        assert knock(Client(), f"+37544700000{number}", WRONG).status_code == (200 if number < 4 else 429)


def test_a_throttled_address_locks_no_number_out(limits: Settings, owner: User) -> None:
    for number in range(5):
        knock(Client(), f"+37544700000{number}", WRONG)
    for _attempt in range(10):
        assert knock(Client(), owner.phone, WRONG).status_code == 429
    assert knock(Client(), owner.phone, PASSWORD, REMOTE_ADDR="198.51.100.9").status_code == 302


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_CLIENT_IP"])
def test_a_forged_address_changes_nothing(limits: Settings, header: str) -> None:
    for number in range(5):
        knock(Client(), f"+37544700000{number}", WRONG, **{header: f"203.0.113.{number}"})
    assert knock(Client(), "+375447000009", WRONG, **{header: "203.0.113.99"}).status_code == 429


def test_behind_one_trusted_proxy_only_its_own_word_counts(limits: Settings) -> None:
    limits.TRUSTED_PROXIES = 1
    for number in range(5):
        forwarded = f"203.0.113.{number}, 198.51.100.7"  # the client itself sent the left part
        knock(Client(), f"+37544700000{number}", WRONG, HTTP_X_FORWARDED_FOR=forwarded)
    forwarded = "203.0.113.99, 198.51.100.7"
    assert knock(Client(), "+375447000009", WRONG, HTTP_X_FORWARDED_FOR=forwarded).status_code == 429


def test_one_network_of_ipv6_is_one_client() -> None:
    assert throttles.client_of("2001:db8:1:2::1") == throttles.client_of("2001:db8:1:2:ffff::9")
    assert throttles.client_of("2001:db8:1:2::1") != throttles.client_of("2001:db8:1:3::1")
    assert throttles.client_of("198.51.100.1") != throttles.client_of("198.51.100.2")
    assert throttles.network_of("2001:db8:1:2::1") == throttles.network_of("2001:db8:1:3::1")
    assert throttles.network_of("198.51.100.1") == throttles.network_of("198.51.100.2")


def test_no_number_or_address_is_kept_in_the_open(owner: User) -> None:
    knock(Client(), owner.phone, WRONG, REMOTE_ADDR="198.51.100.7")
    keys = " ".join(Throttle.objects.values_list("key", flat=True))
    assert len(keys.split()) == 4
    assert owner.phone.lstrip("+") not in keys
    assert "198.51.100.7" not in keys


@pytest.mark.django_db(transaction=True)
def test_fifty_attempts_at_once_count_fifty(settings: Settings) -> None:
    settings.SIGN_IN_LIMITS = {**settings.SIGN_IN_LIMITS, "phone": 20}

    def attempt(_number: int) -> bool:
        try:
            budgets.of_sign_in(
                phone="+375447112030", address="198.51.100.7", user=None, devices="", looks_temporary=False
            )
        except throttles.ThrottledError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(10) as pool:
        passed = list(pool.map(attempt, range(50)))
    assert passed.count(True) == 20
    # The number's limit refuses an attempt before the attempt is counted for the whole portal.
    assert sorted(Throttle.objects.values_list("count", flat=True)) == [20, 50, 50, 50]
