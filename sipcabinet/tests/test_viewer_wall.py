"""The role of staff who view an account reads what the customer's page reads, and can write nothing at all (4.9)."""

from collections.abc import Iterator
from typing import Any

import environ
import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection
from django.db.utils import ConnectionHandler

from accounts.models import Account, AuditEvent
from accounts.tests.factories import AccountFactory, UserFactory
from sipcabinet.lib import files, tenancy, viewer_rights
from sipcabinet.lib.environment import DATABASE_ENGINE
from sipcabinet.tests import logins
from sipcabinet.tests.processes import database_url

EVENT = (
    "INSERT INTO accounts_auditevent (account_id, action, summary, details, at, by_staff)"
    " VALUES ({}, 'x', 'x', '{{}}', now(), false)"
)
TABLES = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)})
WRITES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN")


def run(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return list(cursor.fetchall()) if cursor.description else []


def readable(role: str) -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        return viewer_rights._readable(cursor, role)


@pytest.fixture
def own_login(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConnectionHandler]:
    """Viewed pages use VIEWER_DATABASE_URL, with the database of this test."""
    wanted = environ.Env.db_url_config(logins.of_viewers(database_url()))
    wanted |= {"ENGINE": DATABASE_ENGINE, "CONN_MAX_AGE": None}
    handler = ConnectionHandler({DEFAULT_DB_ALIAS: wanted})
    monkeypatch.setattr(tenancy, "_viewer_logins", handler)
    yield handler
    handler[DEFAULT_DB_ALIAS].close()


@pytest.mark.django_db
def test_the_viewer_reads_what_the_customers_page_reads_and_no_more() -> None:
    assert readable(settings.VIEWER_ROLE) == readable(settings.PORTAL_ROLE)
    assert ("accounts_user", "phone") in readable(settings.VIEWER_ROLE)
    assert ("accounts_user", "password") not in readable(settings.VIEWER_ROLE)
    with connection.cursor() as cursor:
        policies = [viewer_rights._conditions(cursor, name) for name in ("portal_own", viewer_rights.POLICY)]
    assert policies[0] == policies[1]


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_the_viewer_has_no_right_to_write(table: str) -> None:
    rights = [run("SELECT has_table_privilege(%s, %s, %s)", settings.VIEWER_ROLE, table, one) for one in WRITES]
    columns = [
        run("SELECT has_any_column_privilege(%s, %s, %s)", settings.VIEWER_ROLE, table, one)
        for one in ("INSERT", "UPDATE", "REFERENCES")
    ]
    assert {row[0][0] for row in rights + columns} == {False}


@pytest.mark.django_db
def test_the_viewer_runs_no_function_with_the_rights_of_the_owner_but_the_proof() -> None:
    rows = run(
        "SELECT proname FROM pg_proc WHERE prosecdef AND has_function_privilege(%s, oid, 'EXECUTE')",
        settings.VIEWER_ROLE,
    )
    assert rows == [("sipcabinet_tenant",)]
    assert run("SELECT has_schema_privilege(%s, 'public', 'CREATE')", settings.VIEWER_ROLE) == [(False,)]


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_each_table_refuses_the_viewer(table: str) -> None:
    """Real statements, in the transaction of a view."""
    column = run("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1", table)[0][0]
    account = AccountFactory.create()
    for statement in (
        f"INSERT INTO {table} DEFAULT VALUES",
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table}",
    ):
        with pytest.raises(DatabaseError, match=r"permission denied|read-only"), tenancy.viewer(account.pk):
            run(statement)


@pytest.mark.django_db
def test_the_viewer_sees_one_account_alone() -> None:
    mine, other = AccountFactory.create(), AccountFactory.create()
    UserFactory.create(account=mine)
    UserFactory.create(account=other)
    with tenancy.viewer(mine.pk):
        assert list(Account.objects.all()) == [mine]
        assert run("SELECT DISTINCT account_id FROM accounts_user") == [(mine.pk,)]
    assert set(Account.objects.all()) == {mine, other}


@pytest.mark.django_db
def test_a_view_that_opens_the_portals_wall_stays_a_viewer() -> None:
    mine, other = AccountFactory.create(), AccountFactory.create()
    with tenancy.viewer(mine.pk):
        with tenancy.portal(mine.pk):
            assert run("SELECT current_user") == [(settings.VIEWER_ROLE,)]
        with pytest.raises(PermissionDenied), tenancy.portal(other.pk):
            run("SELECT 1")
    with tenancy.portal(other.pk):
        assert run("SELECT current_user") == [(settings.PORTAL_ROLE,)]


@pytest.mark.django_db
def test_no_file_is_made_for_a_viewer() -> None:
    with pytest.raises(tenancy.OnlyViewedError), tenancy.viewer(AccountFactory.create().pk):
        files.store(files.new_path("invoices", ".pdf"), lambda stream: stream.write(b"x"))


# --- SQL injected into a viewed page ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "slipped",
    [
        "SET TRANSACTION READ WRITE",
        "COMMIT; SET default_transaction_read_only = off; BEGIN READ WRITE",
        f"SET ROLE {settings.PORTAL_ROLE}",
        f"SET ROLE {settings.DATABASE_ROLE}",
        "RESET ROLE; RESET SESSION AUTHORIZATION; COMMIT; BEGIN READ WRITE",
        f"COMMIT; SELECT set_config('role', '{settings.PORTAL_ROLE}', false)",
    ],
)
def test_slipped_sql_cannot_write(own_login: ConnectionHandler, slipped: str) -> None:
    """The proof is known to the page, so a slipped statement may use it again in a transaction of its own."""
    account = AccountFactory.create()
    write = EVENT.format(account.pk)
    attack = (
        "SELECT set_config('x.proof', current_setting('sipcabinet.account_id'), false);"
        f" {slipped}; SELECT set_config('sipcabinet.account_id', current_setting('x.proof'), false); {write}"
    )
    refused = pytest.raises(DatabaseError, match=r"permission denied|read-only|must be set before")
    with refused, tenancy.viewer(account.pk):
        run(attack)
    assert not AuditEvent.objects.exists()
    own_login[DEFAULT_DB_ALIAS].close()


def test_the_same_sql_writes_with_the_portals_login(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Why the viewer has a login of its own: the portal's login in a READ ONLY transaction leaves that transaction."""
    wanted = environ.Env.db_url_config(logins.of_pages(database_url())) | {"ENGINE": DATABASE_ENGINE}
    handler = ConnectionHandler({DEFAULT_DB_ALIAS: wanted})
    monkeypatch.setattr(tenancy, "_viewer_logins", handler)
    account = AccountFactory.create()
    try:
        with tenancy.viewer(account.pk):
            run(
                "SELECT set_config('x.proof', current_setting('sipcabinet.account_id'), false);"
                " COMMIT; BEGIN READ WRITE;"
                " SELECT set_config('sipcabinet.account_id', current_setting('x.proof'), true);"
                f" {EVENT.format(account.pk)}; COMMIT; BEGIN"
            )
    finally:
        handler[DEFAULT_DB_ALIAS].close()
    assert AuditEvent.objects.exists()


# --- The rights follow those of the portal ----------------------------------------------------------------------------
@pytest.mark.django_db
def test_migrate_brings_the_rights_into_line() -> None:
    portal, viewer = settings.PORTAL_ROLE, settings.VIEWER_ROLE
    run("RESET ROLE")
    run(f"REVOKE SELECT ON accounts_signin FROM {portal}")
    run(f"GRANT SELECT (id, outcome) ON accounts_signin TO {portal}")
    run(f"GRANT SELECT ON accounts_throttle TO {viewer}")
    run("ALTER POLICY portal_own ON accounts_account USING (false)")
    with connection.cursor() as cursor:
        viewer_rights.mirror(cursor)
    assert readable(viewer) == readable(portal)
    assert {("accounts_signin", "id"), ("accounts_signin", "outcome")} <= readable(viewer)
    assert not {("accounts_signin", ""), ("accounts_throttle", "")} & readable(viewer)
    run(f"SET LOCAL ROLE {settings.DATABASE_ROLE}")
    with tenancy.viewer(AccountFactory.create().pk):
        assert not Account.objects.exists()
