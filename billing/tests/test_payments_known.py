"""Up to which day payments of bank statements are booked: stored by imports, shown by pages and files (2.2)."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import ProgrammingError, transaction
from django.db.models.signals import post_migrate
from django.test import Client

from accounts.models import Account, User
from billing.apps import store_coverage
from billing.models import StatementImport, StatementsThrough
from billing.selectors import payments_known, statement_coverage
from billing.services import dunning
from billing.services import statement_coverage as statement_coverage_services
from sipcabinet.lib import clock, tenancy
from sipcabinet.tests.workbooks import head_of

pytestmark = pytest.mark.django_db
SAID = "Платежи по выпискам банка по 27.11.2026"


@pytest.fixture(autouse=True)
def now(at: Callable[[str], Any], settings: Any) -> Any:
    settings.OPERATOR_REQUISITES = {**settings.OPERATOR_REQUISITES, "iban": "BY00"}
    return at("2026-11-30 10:00")  # a Monday


def statement(first: date, last: date) -> None:
    StatementImport.objects.create(
        file_name="s", format="x", iban="BY00", first_day=first, last_day=last, opening=0, closing=0
    )


def test_nothing_is_known_before_the_first_statement() -> None:
    assert payments_known.of_statements().words == "Выписки банка ещё не поступали"
    statement_coverage_services.renew()
    assert payments_known.of_statements().words == "Выписки банка ещё не поступали"


def test_days_off_after_a_statement_count_and_days_to_come_do_not(now: Any) -> None:
    """Friday's statement covers the weekend; but on Saturday it says nothing about Sunday."""
    now.move_to("2026-11-28 10:00+03:00")
    statement(date(2026, 11, 2), date(2026, 11, 27))
    statement_coverage_services.renew()
    assert StatementsThrough.objects.get().through == statement_coverage.complete_through() == date(2026, 11, 29)
    assert payments_known.of_statements().through == date(2026, 11, 28)
    now.move_to("2026-12-02 10:00+03:00")
    assert payments_known.of_statements().through == date(2026, 11, 29)


def migrated(state: Any = apps) -> None:
    assert any(
        receiver is store_coverage for receiver in post_migrate._live_receivers(apps.get_app_config("billing"))[0]
    )
    store_coverage(apps=state)


def test_an_upgrade_stores_it_once() -> None:
    migrated()
    assert not StatementsThrough.objects.exists()
    statement(date(2026, 11, 2), date(2026, 11, 26))
    migrated()
    assert StatementsThrough.objects.get().through == date(2026, 11, 26)
    statement(date(2026, 11, 27), date(2026, 11, 27))
    migrated()
    assert StatementsThrough.objects.get().through == date(2026, 11, 26)  # imports and dunning store it from then on


def test_a_migration_back_stores_nothing() -> None:
    statement(date(2026, 11, 2), date(2026, 11, 26))
    migrated(SimpleNamespace(all_models={"billing": {}}))
    without_days = SimpleNamespace(_meta=SimpleNamespace(fields=[]))
    migrated(SimpleNamespace(all_models={"billing": {"statementimport": without_days}}))
    assert not StatementsThrough.objects.exists()


def test_the_hourly_run_keeps_it_and_a_dry_run_does_not() -> None:
    statement(date(2026, 11, 2), date(2026, 11, 26))
    dunning.run_due(dry_run=True)
    assert not StatementsThrough.objects.exists()
    dunning.run_due()
    assert StatementsThrough.objects.get().through == date(2026, 11, 26)


def test_every_page_and_file_of_money_says_it(
    owner: User, client_of: Callable[[User], Client], account: Account
) -> None:
    StatementsThrough.objects.create(pk=1, through=date(2026, 11, 27))
    client, period = client_of(owner), "start=2026-11-01&end=2026-11-30"
    for path in ("/", "/account/", f"/payments/list/?{period}", f"/documents/reconciliation/?{period}"):
        page = client.get(path).content.decode()
        assert SAID in page, path
        assert "Данные на" not in page, path
    assert SAID in head_of(client.get(f"/payments/list/export/?{period}&format=xlsx"))


def test_a_customers_page_reads_it_alone(account: Account) -> None:
    StatementsThrough.objects.create(pk=1, through=clock.today())
    with tenancy.portal(account.pk):
        assert payments_known.of_statements().through == clock.today()
        for forbidden in (
            lambda: StatementsThrough.objects.update(through=None),
            lambda: list(StatementImport.objects.all()),
        ):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                forbidden()
