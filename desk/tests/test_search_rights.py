"""The search shows nobody more than his rights: neither rows, nor their number, nor that they exist (4.1, 4.2)."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from pytest_django import DjangoDbBlocker

from accounts.models import Customer, User
from accounts.tests.factories import AccountFactory, CustomerFactory, StaffFactory
from billing.models import LedgerEntry, PaymentGuarantee, SuspensePayment
from billing.services import corrections
from billing.tests.factories import OrderFactory
from billing.tests.money import invoice_of, paid
from desk.selectors.search.finding import TABLES
from notifications.models import Letter
from sipcabinet.lib import clock
from sipcabinet.tests.kept import kept_rows
from sipcabinet.tests.page_text import text
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import Charge
from subscribers.tests.factories import OperationFactory, TrunkFactory, VatRateFactory

pytestmark = pytest.mark.django_db


def clerk(*seen: type[models.Model], right: str = "view") -> User:
    """A person of the staff who may see these tables alone."""
    person = StaffFactory.create(is_superuser=False, name="Ольга Станкевич")
    for model in seen:
        code = f"{right}_{model._meta.model_name}"
        person.user_permissions.add(
            Permission.objects.get(codename=code, content_type__app_label=model._meta.app_label)
        )
    return User.objects.get(pk=person.pk)


@pytest.fixture(scope="module")
def typed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, str]]:
    """What finds a row of each group. The rows are made once: these tests only read."""
    with kept_rows(django_db_blocker):
        yield _with_a_row_of_each_group()


def _with_a_row_of_each_group() -> dict[str, str]:
    customer = CustomerFactory.create(name="ООО «Северный ветер»", unp="190123457")
    account = AccountFactory.create(customer=customer, number="400100017")
    trunk = TrunkFactory.create(account=account, phone="+375447112030")
    invoice = invoice_of(account, "2026-10", subscriber=trunk)
    VatRateFactory.create()
    charge = Charge.objects.get()
    correction = corrections.issue(invoice=invoice, changes=[(charge, charge.net + 1)], reason="Ошибка")
    order = OrderFactory.create(account=account, number="З-2026-000123")
    debt = invoice.debts.get(correction=None)
    guarantee = PaymentGuarantee.objects.create(
        account=account, debt=debt, number="Г-2026-000123", amount=Decimal(5), dedupe_key="g"
    )
    operation = OperationFactory.create(subscriber=trunk, number="О-2026-000123")
    paid(account, "10.00", reference="ПП-1")
    SuspensePayment.objects.create(
        amount=7, received_on=clock.today(), payer_name="ИП Жук", reference="ПП-2", source_key="s", reason="нет счёта"
    )
    Letter.objects.create(account=account, kind="t", recipient="a@b.example", subject="Письмо", message_id="<1@x>")
    return {
        "customers": "северный",
        "accounts": account.number,
        "numbers": "711-20-30",
        "invoices": f"№ {invoice.serial}",
        "corrections": f"№ {correction.serial}",
        "orders": order.number,
        "guarantees": guarantee.number,
        "operations": operation.number,
        "payments": "ПП-1",
        "suspense": "ПП-2",
        "letters": "a@b.example",
        "staff": "станкевич",
    }


def content(page: str) -> str:
    """What the page says: the frame around it repeats the address of the page."""
    return page.partition("<main")[2].partition("</main>")[0]


def found(client: Client, text_typed: str) -> list[str]:
    """Names of the groups with rows."""
    answer = client.get(reverse("admin:search"), {"q": text_typed, "stay": "1"})
    assert answer.status_code == 200
    return [shown.name for shown in answer.context["groups"]]


@pytest.mark.parametrize("group", TABLES)
def test_every_group_has_a_row_to_find(group: str, typed: dict[str, str]) -> None:
    """The tests below can fail."""
    StaffFactory.create(name="Ольга Станкевич")
    assert group in found(signed_in(StaffFactory.create()), typed[group])


@pytest.mark.parametrize("right", [pytest.param("view", marks=pytest.mark.full), "change"])
@pytest.mark.parametrize("group", TABLES)
def test_who_may_see_a_table_finds_its_rows_and_no_others(group: str, right: str, typed: dict[str, str]) -> None:
    client = signed_in(clerk(TABLES[group][0], right=right))
    groups = {name: found(client, typed[name]) for name in TABLES}
    assert group in groups[group]
    assert {other for shown in groups.values() for other in shown} == {group}


@pytest.mark.parametrize("group", TABLES)
def test_who_may_not_see_a_table_learns_nothing_of_it(group: str, typed: dict[str, str]) -> None:
    """The page for a row that exists is that for a row that does not."""
    person = clerk(*(model for name, (model, _branches) in TABLES.items() if name != group))
    assert group not in found(signed_in(person), typed[group])
    other = "orders" if group != "orders" else "letters"
    client = signed_in(clerk(TABLES[other][0]))
    pages = [
        text(client.get(reverse("admin:search"), {"q": text_typed})) for text_typed in (typed[group], "нет-такого")
    ]
    pages = [page.replace(escape(typed[group]), "…").replace("нет-такого", "…") for page in pages]
    assert "Ничего не найдено" in pages[0]
    assert content(pages[0]) == content(pages[1])


def test_a_person_without_rights_searches_nothing_and_has_no_field(typed: dict[str, str]) -> None:
    client = signed_in(clerk())
    page = text(client.get(reverse("admin:search"), {"q": typed["numbers"]}))
    assert "Поиск вам недоступен" in page
    assert "Северный" not in page
    assert "data-desk-search" not in text(client.get(reverse("admin:index")))


def test_the_balance_is_shown_to_those_who_may_see_the_ledger(typed: dict[str, str]) -> None:
    for seen, shown in ((Customer, LedgerEntry), True), ((Customer,), False):
        page = text(signed_in(clerk(*seen)).get(reverse("admin:search"), {"q": "северн"}))
        assert ("Баланс" in page) is shown


def test_who_may_not_see_customers_gets_no_link_to_them(typed: dict[str, str]) -> None:
    person = clerk(TABLES["numbers"][0])
    answer = signed_in(person).get(reverse("admin:search"), {"q": typed["numbers"], "stay": "1"})
    (shown,) = answer.context["groups"]
    assert shown.rows[0].customer_url == ""
    assert shown.rows[0].url.startswith("/admin/subscribers/subscriber/")
