"""The second wall in the database: the rights of each role on each table, and the rows that it sees."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import InternalError, ProgrammingError, connection, transaction

from accounts.models import Account, AuditEvent
from accounts.tests.factories import AccountFactory
from sipcabinet.lib import tenancy

pytestmark = pytest.mark.django_db

# Tables whose rows belong to no account and which a customer's page may read, with the reason.
PORTAL_READS = {
    "subscribers_tariffplan",  # the catalogue is the same for everybody
    "subscribers_planterms",
    "subscribers_destination",
    "subscribers_rate",
    "subscribers_service",
    "subscribers_service_excludes",
    "subscribers_serviceprice",
    "subscribers_channelpackage",
    "subscribers_channelprice",
    "subscribers_minutepackage",
    "subscribers_minuteprice",
    "subscribers_vatrate",
    "subscribers_sipplatform",
    "subscribers_billingmonth",  # which months are closed
    "billing_movedday",  # a page shows the day when calls would be barred, before a promise to pay
    "billing_statementsthrough",  # the day up to which payments of statements are booked
    "operator_profile_face",  # the name, the logo and the colours of every page
    "operator_profile_picture",  # the logo, and the facsimiles that documents of customers show
    "operator_profile_requisites",  # the supplier on documents
}


def tables() -> Iterator[str]:
    for model in apps.get_models(include_auto_created=True):
        yield model._meta.db_table


def query(sql: str, *params: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def has_policies(table: str) -> bool:
    rows = query("SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", table)
    policies = query("SELECT policyname FROM pg_policies WHERE tablename = %s AND permissive = 'PERMISSIVE'", table)
    return bool(rows[0][0]) and {name for (name,) in policies} == {"app_everything", "portal_own", "viewer_own"}


def portal_may(table: str) -> set[str]:
    rights = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
    sql = "SELECT has_table_privilege(%s, %s, %s)"
    return {right for right in rights if query(sql, settings.PORTAL_ROLE, table, right)[0][0]}


@pytest.mark.parametrize("table", sorted(set(tables())))
def test_every_table_is_declared(table: str) -> None:
    """A table that a customer's page may use has policies, or is in the short list of shared tables."""
    if table in PORTAL_READS:
        assert portal_may(table) <= {"SELECT"}
    elif not has_policies(table):
        assert portal_may(table) == set()


@pytest.mark.parametrize("table", sorted(set(tables())))
def test_nobody_but_the_owner_may_empty_a_table_or_own_it(table: str) -> None:
    for role in (settings.DATABASE_ROLE, settings.PORTAL_ROLE):
        assert query("SELECT has_table_privilege(%s, %s, 'TRUNCATE')", role, table) == [(False,)]
    owner = query("SELECT tableowner FROM pg_tables WHERE tablename = %s", table)[0][0]
    assert owner not in {settings.DATABASE_ROLE, settings.PORTAL_ROLE}


def test_every_table_of_accounts_has_policies() -> None:
    rows = query(
        "SELECT table_name FROM information_schema.columns c JOIN pg_class k ON k.relname = c.table_name"
        " WHERE column_name = 'account_id' AND table_schema = 'public' AND NOT k.relispartition"
    )
    assert rows
    assert [name for (name,) in rows if not has_policies(str(name))] == []


def test_partitions_are_reached_only_through_their_parent() -> None:
    query("SELECT subscribers_ensure_partition('2026-10-01')")
    for role in (settings.DATABASE_ROLE, settings.PORTAL_ROLE):
        granted = query("SELECT has_table_privilege(%s, 'subscribers_callrecord_2026_10', 'SELECT')", role)
        assert granted == [(False,)]


def test_portal_sees_its_account_alone() -> None:
    mine, other = AccountFactory.create(), AccountFactory.create()
    with tenancy.portal(mine.pk):
        assert list(Account.objects.all()) == [mine]
    assert set(Account.objects.all()) == {mine, other}


def test_portal_without_an_account_sees_nothing() -> None:
    AccountFactory.create()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {settings.PORTAL_ROLE}")
        assert not Account.objects.exists()
        cursor.execute(f"SET LOCAL ROLE {settings.DATABASE_ROLE}")


def test_portal_cannot_write_for_another_account() -> None:
    mine, other = AccountFactory.create(), AccountFactory.create()
    with tenancy.portal(mine.pk):
        AuditEvent.objects.create(account=mine, action="test", summary="своё")
    with pytest.raises(ProgrammingError, match="row-level security"), tenancy.portal(mine.pk):
        AuditEvent.objects.create(account=other, action="test", summary="чужое")


def test_a_released_savepoint_does_not_undo_the_wall() -> None:
    mine = AccountFactory.create()
    AccountFactory.create()
    with tenancy.portal(mine.pk):
        with transaction.atomic():
            assert Account.objects.count() == 1
        assert Account.objects.count() == 1


def test_the_application_comes_back_after_a_rollback() -> None:
    mine = AccountFactory.create()
    AccountFactory.create()
    with tenancy.portal(mine.pk):
        transaction.set_rollback(True)
    assert Account.objects.count() == 2


@pytest.mark.parametrize("change", ["UPDATE accounts_auditevent SET summary = 'x'", "DELETE FROM accounts_auditevent"])
def test_the_journal_refuses_every_change(change: str) -> None:
    AuditEvent.objects.create(account=AccountFactory.create(), action="test", summary="было")
    with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
        query(change)


@pytest.mark.parametrize("change", ["UPDATE accounts_auditevent SET summary = 'x'", "DELETE FROM accounts_auditevent"])
def test_the_journal_refuses_even_its_owner(change: str) -> None:
    AuditEvent.objects.create(account=AccountFactory.create(), action="test", summary="было")
    query_as_owner = f"RESET ROLE; {change}"
    with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(query_as_owner)
