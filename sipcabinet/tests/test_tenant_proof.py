"""An SQL statement injected into a customer's page can reach nothing outside its account, whatever it sets."""

from collections.abc import Iterator
from typing import Any

import environ
import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, ProgrammingError, connection, transaction
from django.db.utils import ConnectionHandler
from django.test import Client, override_settings

from accounts.models import Account, User
from accounts.tests.factories import AccountFactory, UserFactory
from sipcabinet.lib import rls, tenancy, tenant_proof
from sipcabinet.lib.environment import DATABASE_ENGINE
from sipcabinet.tests import logins
from sipcabinet.tests.processes import database_url

SLIPPED_SETTING = "SELECT set_config('sipcabinet.account_id', %s, true)"
BECOME_APP = f"SELECT set_config('role', '{settings.DATABASE_ROLE}', true)"


def run(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return list(cursor.fetchall()) if cursor.description else []


def session() -> int:
    return int(run("SELECT pg_backend_pid()")[0][0])


OWN = "WHERE usename = %s AND datname = current_database()"  # other tests' portals have the same login


@pytest.fixture
def own_login(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConnectionHandler]:
    """Pages use PORTAL_DATABASE_URL, with the database of this test."""
    wanted = environ.Env.db_url_config(logins.of_pages(database_url()))
    wanted |= {"ENGINE": DATABASE_ENGINE, "CONN_MAX_AGE": None}
    handler = ConnectionHandler({DEFAULT_DB_ALIAS: wanted})
    monkeypatch.setattr(tenancy, "_own_logins", handler)
    yield handler
    handler[DEFAULT_DB_ALIAS].close()


@pytest.mark.django_db
def test_only_a_right_proof_counts() -> None:
    mine, other = AccountFactory.create(), AccountFactory.create()
    pid = session()
    mac = tenant_proof.of(mine.pk, pid).partition(".")[2]
    wrong = {
        "none": "",
        "the bare account": str(other.pk),
        "another account's number before the own mac": f"{other.pk}.{mac}",
        "a proof of another session": tenant_proof.of(other.pk, pid + 1),
        "a spelling of the same number": f"0{mine.pk}.{mac}",
        "no number": f"{mine.pk} OR true.{mac}",
        "a cut one": f"{mine.pk}.{mac[:-1]}",
    }
    for name, value in wrong.items():
        run(SLIPPED_SETTING, value)
        assert run("SELECT sipcabinet_tenant()") == [(None,)], name
    run(SLIPPED_SETTING, tenant_proof.of(mine.pk, pid))
    assert run("SELECT sipcabinet_tenant()") == [(mine.pk,)]


@pytest.mark.django_db
def test_a_page_cannot_move_to_another_account() -> None:
    mine, other = AccountFactory.create(), AccountFactory.create()
    with tenancy.portal(mine.pk):
        run(SLIPPED_SETTING, str(other.pk))
        assert not Account.objects.exists()
    with transaction.atomic(), tenancy.portal(mine.pk):
        assert list(Account.objects.all()) == [mine]


@pytest.mark.django_db
def test_without_the_proof_a_page_could_move(monkeypatch: pytest.MonkeyPatch) -> None:
    """The former policies accepted the bare setting, without a proof."""
    mine, other = AccountFactory.create(), AccountFactory.create()
    bare = "NULLIF(current_setting('sipcabinet.account_id', true), '')::bigint"
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("RESET ROLE")
    run(f"ALTER POLICY portal_own ON accounts_account USING (id = {bare})")
    run(f"SET LOCAL ROLE {settings.DATABASE_ROLE}")
    with tenancy.portal(mine.pk):
        run(SLIPPED_SETTING, str(other.pk))
        assert list(Account.objects.all()) == [other]


@pytest.mark.django_db
def test_an_older_installations_policies_ask_for_the_proof() -> None:
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("RESET ROLE")
    bare = "NULLIF(current_setting('sipcabinet.account_id', true), '')::bigint"
    run(f"ALTER POLICY portal_own ON accounts_account USING (id = {bare}) WITH CHECK (id = {bare})")
    for statement in rls.ProveTenant().forwards():
        run(statement)
    rows = run("SELECT qual, with_check FROM pg_policies WHERE policyname = 'portal_own'")
    assert all("sipcabinet_tenant()" in text and "current_setting" not in text for row in rows for text in row)
    run(f"SET LOCAL ROLE {settings.DATABASE_ROLE}")
    mine = AccountFactory.create()
    with tenancy.portal(mine.pk):
        assert list(Account.objects.all()) == [mine]


@pytest.mark.django_db
@pytest.mark.parametrize("role", [settings.PORTAL_ROLE, settings.DATABASE_ROLE])
def test_no_runtime_role_reads_the_key(role: str) -> None:
    run(f"SET LOCAL ROLE {role}")
    with pytest.raises(ProgrammingError, match="permission denied"):
        run("SELECT * FROM sipcabinet_tenant_key")


@pytest.mark.django_db
def test_a_former_key_still_proves_and_a_strange_one_does_not() -> None:
    mine = AccountFactory.create()
    with override_settings(SECRET_KEY="strange"):
        run(SLIPPED_SETTING, tenant_proof.of(mine.pk, session()))
    assert run("SELECT sipcabinet_tenant()") == [(None,)]
    run("RESET ROLE")
    run(tenant_proof.FORGET_KEYS)
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        for row in tenant_proof.stored_keys():
            run(tenant_proof.STORE_KEY, *row)
    run(SLIPPED_SETTING, tenant_proof.of(mine.pk, session()))
    assert run("SELECT sipcabinet_tenant()") == [(mine.pk,)]


def test_migrate_stores_the_keys(transactional_db: None) -> None:
    call_command("migrate", verbosity=0)
    run("RESET ROLE")
    stored = [(place, bytes(inner), bytes(outer)) for place, inner, outer in run("SELECT * FROM sipcabinet_tenant_key")]
    assert stored == list(tenant_proof.stored_keys())


@pytest.mark.django_db
def test_the_portal_reads_no_password() -> None:
    account = AccountFactory.create()
    user = UserFactory.create(account=account)
    with tenancy.portal(account.pk):
        assert User.objects.defer("password").get() == user
    with pytest.raises(ProgrammingError, match="permission denied"), tenancy.portal(account.pk):
        User.objects.values_list("password", flat=True).get()


def test_a_page_runs_under_its_own_login(own_login: ConnectionHandler) -> None:
    mine, other = AccountFactory.create(), AccountFactory.create()
    application = connection.settings_dict["USER"]
    with tenancy.portal(mine.pk):
        assert run("SELECT session_user, current_user") == [(logins.LOGIN, logins.LOGIN)]
        assert list(Account.objects.all()) == [mine]
    assert run("SELECT session_user") == [(application,)]
    assert set(Account.objects.all()) == {mine, other}


def test_a_page_with_its_own_login_can_become_nobody(own_login: ConnectionHandler) -> None:
    mine, _other = AccountFactory.create(), AccountFactory.create()
    for role in (settings.DATABASE_ROLE, settings.PORTAL_ROLE, connection.settings_dict["USER"]):
        with pytest.raises(ProgrammingError, match="permission denied"), tenancy.portal(mine.pk):
            run("SELECT set_config('role', %s, true)", role)
    with tenancy.portal(mine.pk):
        run("RESET ROLE")
        assert list(Account.objects.all()) == [mine]


def test_without_its_own_login_a_page_could_become_the_application(transactional_db: None) -> None:
    """Shows the fault that PORTAL_DATABASE_URL prevents."""
    mine, other = AccountFactory.create(), AccountFactory.create()
    with tenancy.portal(mine.pk):
        run(BECOME_APP)
        assert set(Account.objects.all()) == {mine, other}


def test_the_proof_is_not_in_the_text_of_a_statement(own_login: ConnectionHandler) -> None:
    """Other sessions of the same login can see the text of a statement."""
    mine = AccountFactory.create()
    with psycopg.connect(database_url()) as owner, tenancy.portal(mine.pk):
        owner.execute("RESET ROLE")
        seen = owner.execute(f"SELECT query FROM pg_stat_activity {OWN}", [logins.LOGIN]).fetchall()
    assert seen == [(tenancy.SETTLED,)]
    assert "set_config($1, $2, true)" in tenancy.SETTLED


def test_an_ended_connection_is_opened_again(own_login: ConnectionHandler, client: Client) -> None:
    user = UserFactory.create()
    client.force_login(user)
    assert client.get("/account/").status_code == 200
    with transaction.atomic():
        run("RESET ROLE")
        ended = run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity {OWN}", logins.LOGIN)
        assert set(ended) == {(True,)}
        run(f"SET ROLE {settings.DATABASE_ROLE}")
    assert client.get("/account/").status_code == 200


def test_a_fault_of_a_page_leaves_the_applications_connection_in_place(own_login: ConnectionHandler) -> None:
    mine = AccountFactory.create()
    with pytest.raises(RuntimeError), tenancy.portal(mine.pk):
        raise RuntimeError
    assert run("SELECT current_user") == [(settings.DATABASE_ROLE,)]
    assert not own_login[DEFAULT_DB_ALIAS].in_atomic_block
