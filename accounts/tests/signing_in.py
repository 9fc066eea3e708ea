"""Shared helpers for tests of signing in: submitting its pages, comparing answers, counting hashes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.test import Client
from django.urls import reverse

from accounts.hashers import PortalArgon2PasswordHasher
from accounts.models import TemporaryPassword, User
from accounts.services import known_devices, passwords
from accounts.tests.factories import PASSWORD
from notifications.models import Letter
from notifications.services import sealing

SIGN_IN = "/sign-in/"


def knock(client: Client, phone: str, password: str, *, target: str = "", **extra: Any) -> Any:
    """Submits the sign-in page."""
    data = {"category": "mobile", "phone": phone, "password": password}
    if target:
        data["next"] = target
    return client.post(reverse("accounts:sign_in"), data, **extra)


def ask_for_password(client: Client, phone: str, **extra: Any) -> Any:
    """Submits «Забыли пароль»."""
    data = {"category": "mobile", "phone": phone, "method": "email"}
    return client.post(reverse("accounts:forgot"), data, **extra)


def is_signed_in(client: Client) -> bool:
    """Whether the browser is signed in, even if a required step (a code, a new password) is missing."""
    return bool(client.get(reverse("accounts:keep_alive")).status_code == 204)


def issue(user: User) -> tuple[str, TemporaryPassword]:
    return passwords.issue_temporary(user=user)


def text_of(letter: Letter) -> str:
    return str(sealing.unseal(letter.body_text))


def password_in(letter: Letter) -> str:
    found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", text_of(letter))
    assert found
    return found[0]


def after_signing_in(user: User, client: Client | None = None, address: str = "203.0.113.7") -> Client:
    client = client or Client()
    assert knock(client, user.phone, PASSWORD, REMOTE_ADDR=address).status_code == 302
    client.post("/sign-out/")
    return client


def is_known(client: Client, user: User) -> bool:
    user = User.objects.get(pk=user.pk)
    cookie = client.cookies.get("devices")
    return bool(cookie and known_devices.device_of(user=user, cookie=cookie.value))


def comparable(response: Any, *typed: str) -> tuple[int, dict[str, str], list[str], str]:
    """An answer without the parts that differ in every request: tokens, the request's id, the typed values."""
    headers = {name: value for name, value in response.items() if name != "X-Request-Id"}
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())
    for words in typed:
        text = text.replace(words, "…")
    return response.status_code, headers, sorted(response.cookies), text


@contextmanager
def counted_hashes() -> Iterator[list[str]]:
    """Collects every argon2 computation, including those for a missing password."""
    done: list[str] = []
    encode, verify = PortalArgon2PasswordHasher.encode, PortalArgon2PasswordHasher.verify

    def counting_encode(self: Any, password: str, salt: str) -> str:
        done.append("encode")
        return str(encode(self, password, salt))

    def counting_verify(self: Any, password: str, encoded: str) -> bool:
        done.append("verify")
        return bool(verify(self, password, encoded))

    with (
        mock.patch.object(PortalArgon2PasswordHasher, "encode", counting_encode),
        mock.patch.object(PortalArgon2PasswordHasher, "verify", counting_verify),
    ):
        yield done
