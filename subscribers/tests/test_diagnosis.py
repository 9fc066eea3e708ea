"""«Всё ли настроено»: what the customer is told of his access at the switch (3.4)."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.core.cache import cache
from pytest_django import Settings

from sipcabinet.lib import clock
from subscribers.sip import SipParameters
from subscribers.switch import diagnosis, live
from subscribers.switch.live import Known, Refusal, Registration, Talk


def parameters(**other: Any) -> SipParameters:
    known: dict[str, Any] = {
        "phone": "+375447112030", "label": "", "domain": "sip.example", "registrar": "sip.example",
        "outbound_proxy": "",
        "port": 5060, "transport": "udp", "login": "office-1", "auth_name": "office-1", "register_seconds": 600,
        "codecs": (), "dtmf": "RFC 4733", "number_format": "E.164", "registers": True, "allowed_addresses": (),
        "signalling_networks": (), "media_networks": (), "rtp_port_from": 10000, "rtp_port_to": 20000, "channels": 2,
    }  # fmt: skip
    return SipParameters(**(known | other))


def refused(reason: str, **other: Any) -> Refusal:
    facts: dict[str, Any] = {
        "at": clock.now(),
        "login": "office-1",
        "caller": "",
        "called": "",
        "source": "203.0.113.9",
    }
    return Refusal(reason=reason, **(facts | other))


REGISTERED = Registration("office-1", "203.0.113.7:5060", "Yealink", clock.now(), clock.now() + timedelta(minutes=5))
TALK = Talk(clock.now(), "+375447112030", "+375172700001", ("office-1",))


def told(refusals: tuple[Refusal, ...] = (), *, registered: bool = True, talks: int = 0, **other: Any) -> list[str]:
    seen = None if other.pop("never", False) else clock.now()
    known = Known([REGISTERED] if registered else [], [TALK] * talks, list(refusals), last_seen=seen)
    return [f"{one.tone}: {one.text}" for one in diagnosis.of(parameters(**other), known)]


def test_all_is_well() -> None:
    assert told() == ["ok: Всё настроено: коммутатор видит ваше оборудование, отказов за сутки не было."]


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ("err: Оборудование ещё ни разу не зарегистрировалось", {"registered": False, "never": True}),
        ("err: Сейчас оборудование не зарегистрировано", {"registered": False}),
        (
            "err: Неверный пароль за сутки: 2 попытки, последняя с адреса 203.0.113.9",
            {"refusals": (refused("password"), refused("password"))},
        ),
        (
            "err: Звонки с адреса, которого нет среди разрешённых: 203.0.113.9. Разрешены: 203.0.113.7",
            {"refusals": (refused("address"),), "registers": False, "allowed_addresses": ("203.0.113.7",)},
        ),
        (
            "warn: Оборудование показывает чужой номер: +375 29 701-01-01",
            {"refusals": (refused("caller", caller="+375297010101"),)},
        ),
        ("warn: Сейчас заняты все каналы", {"talks": 2, "refusals": (refused("channels"),)}),
        (
            "warn: За сутки звонки не проходили, потому что были заняты все каналы: 1 раз",
            {"refusals": (refused("channels-in"),)},
        ),
    ],
)
def test_what_is_wrong_is_said_in_words(words: str, given: dict[str, Any]) -> None:
    (said,) = told(**given)
    assert said.startswith(words)


def test_the_worst_comes_first_and_rules_of_the_customer_are_no_faults() -> None:
    found = told((refused("channels"), refused("password"), refused("bar-international")))
    assert [one.split(":")[0] for one in found] == ["err", "warn"]


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("sip:office-1@203.0.113.7:5060;transport=UDP", "203.0.113.7:5060"),
        ("sip:203.0.113.7", "203.0.113.7"),
        ("sips:a@[2001:db8::1]:5061", "[2001:db8::1]:5061"),
        ("", ""),
    ],
)
def test_addresses_are_found_in_contacts(uri: str, address: str) -> None:
    assert live.address_in(uri) == address


def test_a_switch_that_is_away_is_asked_once_in_half_a_minute(settings: Settings, monkeypatch: Any) -> None:
    cache.clear()
    settings.PROVISIONING_BACKEND = "kamailio"
    settings.KAMAILIO_DATABASE_URL = "postgres://cabinet@127.0.0.1:1/kamailio"
    assert live.everything() is None
    monkeypatch.setattr(psycopg, "connect", lambda *_words, **_more: pytest.fail("asked again"))
    assert live.of_trunk("office-1", "sip.example") is None
    cache.clear()
