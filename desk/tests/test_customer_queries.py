"""The customer's page takes the same few queries for a small and for a very large customer (4.1)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Customer
from accounts.tests.factories import AccountFactory, UserFactory
from desk.tests import customers
from desk.tests.customers import ALL_OF_THE_PAGE, clerk
from sipcabinet.tests.signed_in import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
MOST = 15
STAGE = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SET ", "SELECT set_config", "SELECT 1")


def queries(browser: Client, customer: Customer) -> list[str]:
    """The queries of a whole request, sign-in and rights included."""
    address = reverse("admin:desk_customer", args=[customer.pk])
    browser.get(address)
    with CaptureQueriesContext(connection) as caught:
        assert browser.get(address).status_code == 200
    return [query["sql"] for query in caught if not query["sql"].startswith(STAGE)]


def test_a_customer_with_everything_takes_few_queries() -> None:
    account = customers.with_everything(UserFactory.create())
    second = AccountFactory.create(customer=account.customer)
    customers.with_everything(UserFactory.create(account=second, phone="+375447009999"))
    browser = signed_in(clerk(*ALL_OF_THE_PAGE))
    assert len(queries(browser, account.customer)) <= MOST


def test_a_large_customer_takes_as_many_as_a_small_one() -> None:
    small, big = customers.with_everything(UserFactory.create()), AccountFactory.create()
    customers.large(big, 300)
    browser = signed_in(clerk(*ALL_OF_THE_PAGE))
    assert len(queries(browser, big.customer)) <= len(queries(browser, small.customer)) <= MOST
