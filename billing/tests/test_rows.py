"""Rows of orders and invoices that functions write: values are escaped, addresses hold any number (2.3, 2.5)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, User
from billing.models import Debt, DocumentOrder, Invoice
from billing.selectors.debts import Owed
from billing.selectors.invoices import InvoiceView
from billing.selectors.orders import OrderView
from billing.tests.factories import DocumentFactory, OrderFactory, letter_of
from billing.views import invoice_rows, order_rows
from billing.views.numbered import Address

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(owner: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(owner)


@pytest.mark.parametrize("number", ["З-2026-000123", "000001", "0"])
def test_an_address_is_that_of_its_page(number: str) -> None:
    assert Address("billing:order_status").of(number) == reverse("billing:order_status", args=[number])
    assert Address("billing:invoice_file", "act").of(number) == reverse("billing:invoice_file", args=[number, "act"])


def test_what_an_order_holds_is_escaped(account: Account) -> None:
    order = OrderFactory.build(account=account, number="<b>", title="<i>&")
    row = order_rows.html([OrderView(order, None, [])], "<u>")
    assert "&lt;i&gt;&amp;" in row
    assert ">&lt;b&gt;</a>" in row
    assert not [tag for tag in ("<b>", "<i>", "<u>") if tag in row]


def test_an_order_asks_for_the_row_that_the_list_shows(client: Client, account: Account) -> None:
    made: DocumentOrder = DocumentFactory.create(order__account=account).order
    letter_of(made, state="done")
    OrderFactory.create(account=account, state="waiting")
    listed = client.get("/orders/").content.decode()
    for order in DocumentOrder.objects.all():
        row = client.get(f"/orders/{order.number}/status/?row").content.decode()
        assert row.splitlines()[:12] == listed[listed.index(row.splitlines()[0]) :].splitlines()[:12]
    assert listed.count("Отправить ещё раз") == listed.count('name="csrfmiddlewaretoken"') - others(client) == 1


def others(client: Client) -> int:
    """Forms of the frame."""
    return client.get("/help/").content.decode().count('name="csrfmiddlewaretoken"')


def test_what_an_invoice_holds_is_escaped() -> None:
    row = invoice_rows.html([view(number="<b>")], "<u>")
    assert "№ &lt;b&gt;" in row
    assert 'value="&lt;u&gt;"' in row
    assert not [tag for tag in ("<b>", "<u>") if tag in row]
    assert "осталось" not in row


def test_the_rest_of_an_invoice_is_named() -> None:
    debt: Any = Debt(amount=Decimal(12), due_on=date(2026, 11, 25))
    owed = Owed(debt, amount=Decimal(12), unpaid=Decimal(5))
    assert '<div class="muted small nw">осталось' in invoice_rows.html([view(own=owed)], "t")


def view(own: Owed | None = None, number: str = "000001") -> InvoiceView:
    sums: dict[str, Any] = {"net": Decimal(10), "vat": Decimal(2), "total": Decimal(12)}
    return InvoiceView(Invoice(number=number, month=date(2026, 10, 1), issued_on=date(2026, 11, 5), **sums), own)
