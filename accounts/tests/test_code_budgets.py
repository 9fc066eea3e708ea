"""Guesses of codes or passwords from elsewhere do not lock the owner out (1.2)."""

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from accounts.services import budgets, known_devices
from accounts.tests.attack import WRONG
from accounts.tests.factories import PASSWORD, StaffFactory
from accounts.tests.second_factor import at_the_code, code_of, enrolled
from accounts.tests.signing_in import after_signing_in, is_known, knock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ten(at: Callable[[str], Any]) -> Any:
    return at("2026-11-22 10:00:05")


def test_a_device_is_known_after_the_code_alone(ten: Any) -> None:
    staff = StaffFactory.create()
    client = at_the_code(staff)
    assert "devices" not in client.cookies
    client.post("/sign-in/code/", {"code": code_of(TOTPDevice.objects.get(user=staff))})
    assert is_known(client, staff)


def test_whoever_has_the_password_cannot_lock_the_code(
    owner: User, client_of: Callable[[User], Client], ten: Any
) -> None:
    """The login limits an attacker's guesses; the owner has a known device's budget, or recovery codes elsewhere."""
    device, codes = enrolled(owner, client_of(owner))
    ten.shift(30)
    mine = at_the_code(owner)
    mine.post("/sign-in/code/", {"code": code_of(device)})
    mine.post("/sign-out/")
    ten.shift(15 * 60)
    seen = []
    for n in range(3):
        knock(thief := Client(), owner.phone, PASSWORD, REMOTE_ADDR=f"198.51.{n}.7")
        for _attempt in range(3):
            answer = thief.post("/sign-in/code/", {"code": "000000"})
            seen.append("Слишком много" in answer.context["form"].errors["code"][0])
    assert seen == [False] * 5 + [True] * 4
    knock(mine, owner.phone, PASSWORD, REMOTE_ADDR="192.0.2.1")
    with mock.patch.object(known_devices, "device_of", return_value=""):  # the guard removed
        assert mine.post("/sign-in/code/", {"code": code_of(device)}).status_code == 200
    assert mine.post("/sign-in/code/", {"code": code_of(device)}).status_code == 302
    new = Client()
    knock(new, owner.phone, PASSWORD, REMOTE_ADDR="203.0.113.9")
    assert new.post("/sign-in/code/", {"code": codes[0]}).status_code == 302


def test_known_devices_share_one_budget_of_codes(owner: User) -> None:
    """A login may have many known devices, but all of them together have one budget of code attempts."""
    cookies = [after_signing_in(owner).cookies["devices"].value for _device in range(3)]
    counted = [budgets.of_code(user=owner, devices=cookies[n % 3]) for n in range(10)]
    assert None not in counted
    assert budgets.of_code(user=owner, devices=cookies[0]) is None  # the strangers' budget


def test_turning_the_second_factor_on_makes_former_devices_strangers(
    owner: User, client_of: Callable[[User], Client], ten: Any
) -> None:
    client = after_signing_in(owner)
    ten.shift(1)
    mine = client_of(owner)
    enrolled(owner, mine)
    assert not is_known(client, owner)
    assert is_known(mine, owner)


def test_proofs_of_one_session_lock_no_other(owner: User, client_of: Callable[[User], Client]) -> None:
    thief, mine = client_of(owner), client_of(owner)
    for _attempt in range(12):
        answer = thief.post("/security/code/on/", {"password": WRONG})
    assert "Слишком много" in answer.context["form"].errors["password"][0]
    of_login = budgets.of_proof

    def as_it_was(*, session: object) -> Any:
        return of_login(session="owner" if session else "")

    with mock.patch.object(budgets, "of_proof", as_it_was):  # the guard removed: counted for the login
        for _attempt in range(11):
            thief.post("/security/code/on/", {"password": WRONG})
        assert mine.post("/security/code/on/", {"password": PASSWORD}).status_code == 200
    assert mine.post("/security/code/on/", {"password": PASSWORD}).status_code == 302
