"""A SIP password is never in clear text in the database, the logs, Redis, or on other pages than its own (3.4)."""

import logging
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import PASSWORD
from sipcabinet.lib.seals import Seal
from sipcabinet.tests.access.addresses import url_of
from sipcabinet.tests.access.patterns import all_patterns
from sipcabinet.tests.access.table import QUERIES
from sipcabinet.tests.access.world import World, make
from subscribers import tasks
from subscribers.models import NumberOrigin, SipAccount, Subscriber
from subscribers.services import numbers
from subscribers.switch import sip_passwords
from subscribers.tests.factories import PlanTermsFactory, TariffPlanFactory

OF_THE_WORLD = "SipSecret23456789abc"  # the factory's password of the world's trunk
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(owner: User, other_owner: User, staff: User) -> World:
    """The world in committed rows, because the database is dumped."""
    return make(owner=owner, other=other_owner, staff=staff)


@pytest.fixture
def browser(owner: User, client_of: Callable[[Any], Client]) -> Client:
    return client_of(owner)


@pytest.fixture
def desk(staff: User, client_of: Callable[[Any], Client]) -> Client:
    return client_of(staff)


def live(world: World, browser: Client, desk: Client) -> set[str]:
    """Issues, shows, downloads and changes passwords in every possible way; returns all passwords that ever existed."""
    account = Subscriber.objects.get(pk=world.objects["pk"]).account
    plan = TariffPlanFactory.create(code="sip-new")
    PlanTermsFactory.create(plan=plan, included_channels=0)
    trunk = numbers.open_trunk(account=account, phone="+375447119900", plan=plan, origin=NumberOrigin.PORTED_IN)
    passwords = set()
    for change in (_by_customer, _by_staff, _by_customer):
        passwords.add(_password(trunk))
        _shown_everywhere(browser, trunk)
        change(browser, desk, trunk)
    tasks.drain_provisioning()
    tasks.compare_switch()
    return passwords | {_password(trunk), OF_THE_WORLD}


def _password(trunk: Subscriber) -> str:
    return sip_passwords.password_of(SipAccount.objects.get(trunk=trunk))


def _shown_everywhere(browser: Client, trunk: Subscriber) -> None:
    password = _password(trunk)
    shown = browser.post(reverse("subscribers:sip_password", args=[trunk.pk]), {"password": PASSWORD})
    assert password in shown.content.decode()
    for kind in ("asterisk", "freeswitch", "yealink", "grandstream", "fanvil", "memo"):
        sent = {"kind": kind, "secret": "with", "password": PASSWORD}
        assert password in browser.post(reverse("subscribers:sip_settings", args=[trunk.pk]), sent).content.decode()


def _by_customer(browser: Client, desk: Client, trunk: Subscriber) -> None:
    sent = {"password": PASSWORD, "token": uuid.uuid4().hex}
    answer = browser.post(reverse("subscribers:sip_password_change", args=[trunk.pk]), sent)
    assert _password(trunk) in answer.content.decode()


def _by_staff(browser: Client, desk: Client, trunk: Subscriber) -> None:
    chosen = {"action": "change_password", "_selected_action": [trunk.pk]}
    answer = desk.post(reverse("admin:subscribers_sipaccount_changelist"), chosen, follow=True)
    assert "Сменено паролей SIP: 1" in answer.content.decode()


def dump() -> Iterator[tuple[str, str]]:
    """The name and the content of every table of the database, as the owner sees them."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        try:
            cursor.execute(
                "SELECT quote_ident(nspname) || '.' || quote_ident(relname) FROM pg_class c"
                " JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'm')"
                " AND nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
            )
            for (table,) in cursor.fetchall():
                with cursor.cursor.copy(f"COPY {table} TO STDOUT") as copy:
                    yield table, b"".join(bytes(block) for block in copy).decode()
        finally:
            cursor.execute(f"SET ROLE {settings.DATABASE_ROLE}")


def in_redis() -> Iterator[tuple[str, str]]:
    """Every key of the broker with its value."""
    broker: Any = redis.Redis.from_url(settings.CELERY_BROKER_URL, decode_responses=True)
    read = {
        "string": broker.get,
        "list": lambda key: broker.lrange(key, 0, -1),
        "set": broker.smembers,
        "hash": broker.hgetall,
        "zset": lambda key: broker.zrange(key, 0, -1),
    }
    try:
        for key in broker.scan_iter():
            kind = broker.type(key)
            if kind != "none":  # else the key has been deleted meanwhile
                yield key, str(read[kind](key))
    finally:
        broker.close()


def pages(world: World, browser: Client, desk: Client) -> Iterator[tuple[str, str]]:
    """Every URL with its answer to a GET of the owner and of staff."""
    for pattern in all_patterns():
        address = url_of(pattern, world) + QUERIES.get(pattern.name, "")
        for visitor in (browser, desk):
            answer: Any = visitor.get(address)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            yield address, f"{answer.headers}{body.decode(errors='replace')}"


def holding(passwords: set[str], places: Iterable[tuple[str, str]]) -> list[str]:
    """Names of the places that contain one of the passwords."""
    return [name for name, text in places if any(password in text for password in passwords)]


def test_no_password_is_in_clear_in_the_database_redis_or_the_logs(
    world: World,
    browser: Client,
    desk: Client,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    passwords = live(world, browser, desk)
    assert len(passwords) == 5
    tables = list(dump())
    assert {"public.subscribers_sipaccount", "public.accounts_auditevent"} <= {table for table, _text in tables}
    assert any("sip.password_shown" in text for _table, text in tables)
    keys = list(in_redis())
    assert any("subscribers.drain_provisioning" in text for _key, text in keys)
    logs = caplog.text + "".join(capfd.readouterr())
    assert "number.opened" in logs
    assert holding(passwords, [*tables, *keys, ("logs", logs)]) == []


@pytest.mark.full
def test_no_other_page_holds_a_password(world: World, browser: Client, desk: Client) -> None:
    passwords = live(world, browser, desk)
    assert holding(passwords, pages(world, browser, desk)) == []


def test_without_the_seal_the_fault_is_seen(
    world: World, browser: Client, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search works: it finds a password that is not sealed in the dump."""
    monkeypatch.setattr(Seal, "seal", lambda _seal, text: text)
    monkeypatch.setattr(Seal, "unseal", lambda _seal, token: token)
    passwords = live(world, browser, desk)
    assert holding(passwords, dump()) == ["public.subscribers_sipaccount"]
