"""«Персональная информация» of the account: everything the manual names (2.1)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Account, User
from billing.models import DeliveryChoice
from billing.tests.money import invoice_of, paid
from sipcabinet.tests.page_text import text

pytestmark = pytest.mark.django_db
PAGE = "/account/"


@pytest.fixture
def client(owner: User, client_of: Callable[[User], Client], at: Callable[[str], Any]) -> Client:
    at("2026-11-22 10:00")
    return client_of(owner)


def test_requisites_and_the_account(client: Client, account: Account) -> None:
    page = text(client.get(PAGE))
    customer = account.customer
    for said in (
        customer.unp,
        customer.iban,
        customer.bank_bic,
        account.number,
        account.cabinet_email,
        f"№ {account.contract_number} от 15.03.2024",
        "по факту",
        "Активен",
        "Получает сам",
    ):
        assert said in page, said


def test_money(client: Client, account: Account) -> None:
    invoice = invoice_of(account, "2026-10", "100.00")
    paid(account, "25.00")
    page = text(client.get(PAGE))
    assert "−100,00 <small>BYN" in page
    assert "100,00 <small>BYN" in page
    assert "Счёт № 000001 за октябрь 2026: не оплачено 100,00 BYN" in page
    assert "Последний платёж 25,00 BYN, 22.11.2026" in page
    assert f"/invoices/{invoice.number}/" in page
    assert "125,00" not in page  # this invoice has no charge of a subscriber


def test_what_is_overdue_is_said_first(client: Client, account: Account) -> None:
    invoice_of(account, "2026-08", "10.00")
    invoice_of(account, "2026-10", "100.00")
    page = text(client.get(PAGE))
    assert "Срок оплаты прошёл: 12,50 BYN" in page
    assert "Всего к оплате 137,50 BYN" in page


def test_all_paid_is_no_alarm(client: Client, account: Account) -> None:
    invoice_of(account, "2026-10", "100.00")
    paid(account, "125.00")
    page = text(client.get(PAGE))
    assert "не оплачен" not in page
    assert "Срок оплаты прошёл" not in page


def test_delivery_by_email(client: Client, account: Account) -> None:
    DeliveryChoice.objects.create(account=account, method="email", addresses=["buh@customer.example"])
    assert "buh@customer.example" in text(client.get(PAGE))


def test_a_post_is_refused(client: Client) -> None:
    assert client.post(PAGE).status_code == 405
