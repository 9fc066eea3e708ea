"""The same form sent fifty times at one moment makes one order and one letter (2.3.4, 2.5)."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Account, AuditEvent, User
from billing.models import DocumentOrder, OrderLetter
from billing.services import orders
from billing.tests.factories import DocumentFactory, letter_of
from notifications.models import Letter
from notifications.services import letters
from sipcabinet.tests.at_once import at_once, posted
from subscribers.models import Subscriber

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 50


@pytest.fixture
def send(owner: User, trunk: Subscriber, client_of: Callable[[User], Client], at: Callable[[str], Any]) -> Any:
    at("2026-11-22 10:00")
    cookies = client_of(owner).cookies
    form = {"month": "2026-11", "direction": "out", "token": "t1", "trunks": [str(trunk.pk)]}

    def request() -> tuple[int, str]:
        return posted(cookies, "/documents/call-detail/subscribers/", form)

    return request


def test_fifty_forms_make_one_order(send: Any) -> None:
    answers = at_once([send] * THREADS)
    order = DocumentOrder.objects.get()
    assert set(answers) == {(302, reverse("billing:order", args=[order.number]) + "?placed=1")}
    assert AuditEvent.objects.filter(action="order.placed").count() == 1


@pytest.mark.full
def test_without_the_key_there_would_be_more(send: Any, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.ORDERS_AT_WORK = settings.ORDERS_A_DAY = THREADS
    serial = itertools.count()
    monkeypatch.setattr(orders, "key_of_form", lambda *_args: f"key-{next(serial)}")
    at_once([send] * THREADS)
    assert DocumentOrder.objects.count() == THREADS


@pytest.fixture
def resend(account: Account, owner: User, client_of: Callable[[User], Client]) -> Any:
    document = DocumentFactory.create(order__account=account)
    letter_of(document.order, state="done")
    cookies = client_of(owner).cookies

    def request() -> int:
        status, _page = posted(cookies, reverse("billing:order_resend", args=[document.order.number]), {})
        return status

    return request


def test_fifty_presses_send_one_letter(resend: Any) -> None:
    assert set(at_once([resend] * THREADS)) == {302}
    assert (Letter.objects.count(), OrderLetter.objects.count()) == (2, 2)
    assert AuditEvent.objects.filter(action="order.resent").count() == 1


@pytest.mark.full
def test_without_the_letters_key_there_would_be_more(resend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write, serial = letters.write, itertools.count()
    monkeypatch.setattr(letters, "write", lambda **fields: write(**{**fields, "dedupe_key": f"key-{next(serial)}"}))
    at_once([resend] * THREADS)
    assert Letter.objects.count() > 2
