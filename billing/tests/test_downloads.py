"""Signed links and files of orders: only for their owner, for a limited time (2.3.2, 2.5)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as configured
from django.test import Client

from accounts.models import Account, User
from billing.models import Document
from billing.services import order_letters
from billing.tests.factories import DocumentFactory
from sipcabinet.lib import downloads, files, links

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(account: Account) -> Document:
    made: Document = DocumentFactory.create(order__account=account, content=b"PK content")
    return made


def link(document: Document) -> str:
    return order_letters.link_to(document).removeprefix(configured.SITE_URL)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


@pytest.mark.parametrize("way", ["link", "order"])
def test_the_owner_gets_the_file(
    owner: User, client_of: Callable[[User], Client], document: Document, way: str
) -> None:
    address = link(document) if way == "link" else f"/orders/{document.order.number}/file/"
    response = client_of(owner).get(address)
    assert (response.status_code, body(response)) == (200, b"PK content")
    assert response["Content-Type"] == document.content_type
    assert response["Content-Disposition"] == downloads.disposition(document.file_name)
    assert response["Content-Length"] == "10"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_another_customer_gets_what_is_missing(
    other_owner: User, client_of: Callable[[User], Client], document: Document
) -> None:
    client = client_of(other_owner)
    theirs = client.get(link(document))
    missing = client.get(f"/d/{links.sign(order_letters.LINK_PURPOSE, '987654321')}/")
    assert (theirs.status_code, missing.status_code) == (404, 404)
    assert document.file_name not in theirs.content.decode()


def test_staff_get_no_customers_file(staff: User, client_of: Callable[[User], Client], document: Document) -> None:
    assert client_of(staff).get(link(document)).status_code == 403


def test_nobody_is_led_to_the_sign_in_and_back(client: Client, document: Document) -> None:
    wanted = link(document)
    response = client.get(wanted)
    assert response.status_code == 302
    assert response["Location"].endswith(f"?next={quote(wanted)}")


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: "1" + token,
        lambda _token: "nonsense",
        lambda _token: links.sign("invoice", "1"),
        lambda _token: links.sign(order_letters.LINK_PURPOSE, "1").swapcase(),
    ],
)
def test_a_changed_link_is_a_clear_page(
    owner: User, client_of: Callable[[User], Client], document: Document, change: Callable[[str], str]
) -> None:
    token = link(document).split("/")[2]
    response = client_of(owner).get(f"/d/{change(token)}/")
    assert response.status_code == 404
    assert "Ссылка повреждена" in response.content.decode()
    assert "Мои заказы" in response.content.decode()


@pytest.mark.parametrize("value", ["", "x", "-1", "١", "9" * 40, "1; --"])
def test_a_signed_value_that_is_no_number_is_a_missing_document(
    owner: User, client_of: Callable[[User], Client], value: str
) -> None:
    token = links.sign(order_letters.LINK_PURPOSE, value)
    assert client_of(owner).get(f"/d/{quote(token)}/").status_code == 404


def test_a_link_lives_fourteen_days(
    owner: User, client_of: Callable[[User], Client], document: Document, at: Callable[[str], Any]
) -> None:
    clock = at("2026-11-22 10:00")
    address = link(document)
    clock.shift(timedelta(days=14))
    assert body(client_of(owner).get(address)) == b"PK content"
    clock.shift(timedelta(seconds=1))
    response = client_of(owner).get(address)
    assert response.status_code == 410
    assert "Срок действия ссылки истёк" in response.content.decode()
    assert "Отправить ещё раз" in response.content.decode()
    assert body(client_of(owner).get(f"/orders/{document.order.number}/file/")) == b"PK content"


def test_a_file_that_is_gone_is_told_plainly(
    owner: User, client_of: Callable[[User], Client], document: Document
) -> None:
    files.remove(document.path)
    response = client_of(owner).get(link(document))
    assert response.status_code == 404
    assert "Файл временно недоступен" in response.content.decode()
    assert document.path not in response.content.decode()


def test_an_order_without_a_document_has_no_file(
    owner: User, client_of: Callable[[User], Client], document: Document
) -> None:
    number = document.order.number
    document.delete()
    assert client_of(owner).get(f"/orders/{number}/file/").status_code == 404


def test_a_link_only_reads(owner: User, client_of: Callable[[User], Client], document: Document) -> None:
    assert client_of(owner).post(link(document)).status_code == 405
