"""Books of one account for the tests of the nightly check, and a way to spoil them as the owner of the tables."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal

import time_machine
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from accounts.models import Account
from accounts.tests.factories import AccountFactory, StaffFactory
from billing.models import SuspensePayment
from billing.selectors import ledger_check
from billing.services import ledger, payments, statements
from billing.tests import bank_files
from billing.tests.bank_files import Doc
from billing.tests.money import invoice_of
from sipcabinet.lib import clock
from sipcabinet.tests.kept import kept_rows
from subscribers.tests.factories import TrunkFactory

NOW = datetime(2026, 11, 25, 12, tzinfo=clock.MINSK)


@contextmanager
def kept(blocker: DjangoDbBlocker, make: Callable[[], Account]) -> Iterator[Account]:
    """What `make` creates on the day of these tests, for all tests of a module."""
    with kept_rows(blocker):
        with time_machine.travel(NOW, tick=False):
            account = make()
        yield account


def account_with_books() -> Account:
    """An account with an opening balance, two invoices, and payments by staff and by a statement."""
    account = AccountFactory.create(number="700990001")
    trunk = TrunkFactory.create(account=account)
    ledger.open_balance(account=account, amount=Decimal("-20.00"), booked_on=date(2026, 8, 1), title="Сальдо")
    invoice_of(account, "2026-08", subscriber=trunk)
    invoice_of(account, "2026-09", subscriber=trunk)
    docs = [Doc(credit="145.00", id="1", purpose="л/с 700990001"), Doc(credit="5.00", id="2", purpose="-")]
    statements.take_in(bank_files.client_bank_4(docs), file_name="statement.txt")
    payments.resolve(suspense=SuspensePayment.objects.get(), account=account, staff=StaffFactory.create())
    return account


def tamper(sql: str) -> None:
    """Executes SQL that only the owner of the tables can execute, and only with the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute(f"SET ROLE {settings.DATABASE_ROLE}")


def checks() -> set[str]:
    return {difference.check for difference in ledger_check.differences()}
