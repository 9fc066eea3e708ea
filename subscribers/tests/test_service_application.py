"""The application for a service that needs a written application: its text, access to it, and links (3.2)."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from accounts.models import Account, User
from subscribers.models import Service, Subscriber
from subscribers.tests.factories import NumberFactory, ServiceAssignmentFactory, ServiceFactory


@pytest.fixture(autouse=True)
def _now(at: Callable[[str], Any]) -> None:
    at("2026-11-22 10:00")


@pytest.fixture
def service(db: None) -> Service:
    return ServiceFactory.create(name="Запись разговоров", by_application=True)


def url(subscriber: Subscriber, service: Service) -> str:
    return reverse("subscribers:service_application", args=[subscriber.pk, service.pk])


def read(answer: Any) -> str:
    pages = PdfReader(BytesIO(b"".join(answer.streaming_content))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_it_is_filled_to_connect_what_is_not_on(
    client: Client, trunk: Subscriber, service: Service, account: Account
) -> None:
    answer = client.get(url(trunk, service))
    text = read(answer)
    assert answer.headers["Content-Type"] == "application/pdf"
    for words in (
        "Заявление на подключение услуги", "подключить услугу «Запись разговоров»", account.number,
        account.customer.unp, "+375 44 711-20-30", "22.11.2026",
    ):  # fmt: skip
        assert words in text


def test_it_is_filled_to_disconnect_what_is_on(client: Client, trunk: Subscriber, service: Service) -> None:
    ServiceAssignmentFactory.create(subscriber=trunk, service=service)
    Service.objects.filter(pk=service.pk).update(is_offered=False)  # an active service may still be given up
    assert "Заявление на отключение услуги" in read(client.get(url(trunk, service)))


def test_there_is_none_for_what_the_customer_changes_himself_or_cannot_have(
    client: Client, trunk: Subscriber, service: Service, client_of: Callable[[User], Client], other_owner: User
) -> None:
    number = NumberFactory.create(trunk=trunk)
    own = ServiceFactory.create()
    gone = ServiceFactory.create(by_application=True, is_offered=False)
    of_trunks = ServiceFactory.create(by_application=True, for_numbers=False)
    for subscriber, wanted in ((trunk, own), (trunk, gone), (number, of_trunks)):
        assert client.get(url(subscriber, wanted)).status_code == 404
    assert client_of(other_owner).get(url(trunk, service)).status_code == 404
    Subscriber.objects.filter(pk=number.pk).update(status="closed", closed_at=trunk.connected_at)
    assert client.get(url(number, service)).status_code == 404


def test_it_is_linked_where_the_service_is_offered_on_and_refused(
    client: Client, trunk: Subscriber, service: Service
) -> None:
    link = f'href="{url(trunk, service)}"'
    services = reverse("subscribers:services", args=[trunk.pk])
    assert link in client.get(services).content.decode()
    check = reverse("subscribers:services_add_check", args=[trunk.pk])
    refused = client.post(check, {"services": service.pk, "token": "t", "confirm": "1"})
    assert refused.status_code == 403
    assert link in refused.content.decode()
    ServiceAssignmentFactory.create(subscriber=trunk, service=service)
    assert link in client.get(services).content.decode()
