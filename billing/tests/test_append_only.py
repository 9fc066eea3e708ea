"""Booked or issued rows never change by plain SQL: as the application, as a customer's page, as the owner."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from pytest_django import DjangoDbBlocker

from accounts.models import Account
from accounts.tests.factories import AccountFactory, StaffFactory
from billing.models import (
    Adjustment,
    Correction,
    CorrectionLine,
    DeliveryChoice,
    InvoiceFileKind,
    IssuedFile,
    Payment,
)
from billing.tests.money import invoice_of, paid
from sipcabinet.lib import tenancy
from sipcabinet.tests.kept import kept_rows
from subscribers.models import Charge
from subscribers.tests.factories import TrunkFactory

pytestmark = pytest.mark.django_db
COLUMNS = {
    "billing_ledgerentry": "title",
    "billing_payment": "payer_name",
    "billing_invoice": "purpose",
    "billing_serviceact": "number",
    "billing_correction": "reason",
    "billing_correctionline": "net",
    "billing_issuedfile": "sha256",
    "billing_deliverychoice": "method",
    "billing_adjustment": "amount",
    "subscribers_charge": "name",
}
CHANGES = {
    "update": "UPDATE {table} SET {column} = {column}",
    "delete": "DELETE FROM {table}",
    "truncate": "TRUNCATE {table} CASCADE",
}
every_change = pytest.mark.parametrize(
    "sql", [sql.format(table=table, column=column) for table, column in COLUMNS.items() for sql in CHANGES.values()]
)


@pytest.fixture(scope="module", autouse=True)
def account(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Account]:
    """An account with a row in each of the tables, created once: no test changes one."""
    with kept_rows(django_db_blocker):
        account = AccountFactory.create()
        create_rows(account)
        yield account


def create_rows(account: Account) -> None:
    invoice = invoice_of(account, "2026-09", subscriber=TrunkFactory.create(account=account))
    paid(account, "125.00", date(2026, 10, 9))
    correction = Correction.objects.create(
        account=account, invoice=invoice, serial=1, number="000001", issued_on=date(2026, 10, 10), reason="-",
        net=0, vat=0, total=0,
    )  # fmt: skip
    CorrectionLine.objects.create(account=account, correction=correction, charge=Charge.objects.get(), net=0, vat=0)
    IssuedFile.objects.create(
        account=account, invoice=invoice, kind=InvoiceFileKind.INVOICE, path="x", sha256="x", size=1
    )
    Adjustment.objects.create(
        account=account, kind="reversal", amount=1, payment=Payment.objects.get(), booked_on=date(2026, 10, 9),
        made_by=StaffFactory.create(),
    )  # fmt: skip
    DeliveryChoice.objects.create(account=account, method="self", addresses=[])


def count() -> list[int]:
    found = []
    with connection.cursor() as cursor:
        for table in COLUMNS:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found.append(cursor.fetchone()[0])
    return found


@every_change
def test_the_application_is_refused(sql: str) -> None:
    before = count()
    assert all(before)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert count() == before


@every_change
def test_a_customer_s_page_is_refused(sql: str, account: Account) -> None:
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        tenancy.portal(account.pk),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


@every_change
def test_the_owner_is_refused_by_triggers(sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"RESET ROLE; SET CONSTRAINTS ALL IMMEDIATE; {sql}")


@pytest.mark.parametrize("table", COLUMNS)
def test_without_its_trigger_the_owner_could(table: str) -> None:
    """With the guard removed: only the trigger stops the owner."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        cursor.execute(f"UPDATE {table} SET {COLUMNS[table]} = {COLUMNS[table]}")
        assert cursor.rowcount > 0
        cursor.execute(f"SET ROLE {settings.DATABASE_ROLE}")
        transaction.set_rollback(True)
