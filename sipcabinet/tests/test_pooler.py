"""The second wall stands behind PgBouncer in transaction mode, where a session serves many pages (DATABASE_POOLED)."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import environ
import psycopg
import pytest
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.utils import ConnectionHandler
from local import pooler as installed
from psycopg import sql
from pytest_django import Settings

from accounts.models import Account
from accounts.tests.factories import AccountFactory
from sipcabinet.lib import tenancy
from sipcabinet.lib.environment import DATABASE_ENGINE
from sipcabinet.tests import logins, pooler
from sipcabinet.tests.processes import ROOT, database_url

pytestmark = pytest.mark.full
SECOND_WALL = ("test_walls.py", "test_tenant_proof.py", "test_tenant_references.py", "test_viewer_wall.py")
# The owner migrates without the pooler.
NOT_PAGES = "sipcabinet/tests/test_tenant_proof.py::test_migrate_stores_the_keys"
PAGES, PAGES_OF_EACH = 8, 25  # threads, transactions


@pytest.fixture(autouse=True)
def _pgbouncer() -> None:
    if installed.program() is None:
        assert os.environ.get("CI") != "true", "no PgBouncer: run bin/test --full"
        pytest.skip("no PgBouncer: bin/test --full installs it")


@pytest.fixture
def copy() -> Iterator[str]:
    """The owner's URL of a copy of the migrated database: tests in another process write there."""
    owner = os.environ["DATABASE_URL"]
    name = f"pooled_{uuid4().hex[:12]}"
    with psycopg.connect(urlunsplit(urlsplit(owner)._replace(path="/postgres")), autocommit=True) as server:
        template = sql.Identifier(urlsplit(owner).path[1:])
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), template))
        try:
            yield urlunsplit(urlsplit(owner)._replace(path=f"/{name}"))
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_the_second_walls_tests_pass_through_it(copy: str, tmp_path: Path) -> None:
    with pooler.running(tmp_path, copy) as through:
        own = {"DATABASE_URL": through, "DATABASE_POOLED": "true", "MIGRATED": "true"}
        paths = [f"sipcabinet/tests/{name}" for name in SECOND_WALL]
        words = ["-q", "-p", "no:cacheprovider", "-p", "sipcabinet.tests.pooled_database", "--tb=short", *paths]
        words += ["--deselect", NOT_PAGES]
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", *words],
            env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST")} | own,
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-8_000:]
    passed = re.search(r"(\d+) passed", ran.stdout)
    assert passed is not None
    assert int(passed[1]) > 600


@pytest.fixture
def pooled(
    transactional_db: None, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ConnectionHandler]:
    """Customers' pages reach the database of this test through PgBouncer."""
    logins.of_pages(database_url())
    with pooler.running(tmp_path, database_url()) as through:
        parts = urlsplit(through)
        login = parts._replace(netloc=f"{logins.LOGIN}:{logins.PASSWORD}@{parts.hostname}:{parts.port}")
        wanted = environ.Env.db_url_config(urlunsplit(login)) | {"ENGINE": DATABASE_ENGINE}
        handler = ConnectionHandler({DEFAULT_DB_ALIAS: wanted})
        monkeypatch.setattr(tenancy, "_own_logins", handler)
        settings.DATABASE_POOLED = True
        yield handler
        handler[DEFAULT_DB_ALIAS].close()


def sees(account: Account) -> tuple[list[int], int]:
    """The accounts that a page of this account sees, and the session of PostgreSQL that it had."""
    with tenancy.portal(account.pk):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (session,) = cursor.fetchone()
        return list(Account.objects.values_list("pk", flat=True)), session


def test_pages_of_many_accounts_share_a_few_sessions(pooled: ConnectionHandler) -> None:
    accounts = AccountFactory.create_batch(PAGES)

    def pages(account: Account) -> set[int]:
        try:
            seen = [sees(account) for _ in range(PAGES_OF_EACH)]
        finally:
            pooled[DEFAULT_DB_ALIAS].close()
        assert {tuple(found) for found, _session in seen} == {(account.pk,)}
        return {session for _found, session in seen}

    with ThreadPoolExecutor(PAGES) as threads:
        sessions = set().union(*threads.map(pages, accounts))
    assert len(sessions) == pooler.SERVERS


def test_without_the_setting_pages_see_nothing(pooled: ConnectionHandler, settings: Settings) -> None:
    settings.DATABASE_POOLED = False
    assert sees(AccountFactory.create())[0] == []
