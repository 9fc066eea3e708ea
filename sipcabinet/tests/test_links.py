"""Signed links: one purpose, 14 days, one address of the site (2.3.2)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings, settings

from sipcabinet.lib import links

Travel = Callable[[str], Any]


def test_a_token_gives_back_its_value() -> None:
    assert links.read("document", links.sign("document", "42")) == "42"


def test_a_token_is_good_to_the_last_second_and_not_after(at: Travel) -> None:
    clock = at("2026-11-22 10:00")
    token = links.sign("document", "42")
    clock.shift(settings.LINK_LIFETIME)
    assert links.read("document", token) == "42"
    clock.shift(timedelta(seconds=1))
    with pytest.raises(links.LinkExpiredError):
        links.read("document", token)


def test_a_token_of_another_purpose_is_no_token() -> None:
    with pytest.raises(links.LinkTamperedError):
        links.read("document", links.sign("invoice", "42"))


@pytest.mark.parametrize(
    "change", [lambda t: "43" + t[2:], lambda t: t[:-1], lambda t: t + "x", lambda _t: "", lambda _t: "42"]
)
def test_a_changed_token_is_no_token(change: Callable[[str], str]) -> None:
    with pytest.raises(links.LinkTamperedError):
        links.read("document", change(links.sign("document", "42")))


def test_a_token_fits_into_an_address_and_survives_a_mail_program() -> None:
    token = links.sign("document", "42")
    assert all(char.isascii() and (char.isalnum() or char in "._-") for char in token)


def test_addresses_in_letters_start_at_the_site(settings: LazySettings) -> None:
    settings.SITE_URL = "https://sip.example"
    assert links.absolute("admin:index") == "https://sip.example/admin/"
