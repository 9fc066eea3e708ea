import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import psycopg
import pytest
from local import account, orphans, ports
from local.console import CommandError
from local.postgres import OWNER, PAGES, VIEWING, WEB, Postgres
from local.supervisor import Supervisor


@pytest.fixture
def server() -> Iterator[Postgres]:
    """A cluster in a folder that only this user may enter; the fixture `running` starts it."""
    with tempfile.TemporaryDirectory(prefix="sipcabinet-") as folder:
        data = Path(folder).resolve() / "postgres"
        passwords = {
            OWNER: "owner-password",
            WEB: "web-password",
            PAGES: "pages-password",
            VIEWING: "viewing-password",
        }
        yield Postgres(data, data.parent / "log", passwords, ports.pick(), durable=False)


@pytest.fixture
def running(server: Postgres) -> Iterator[Supervisor]:
    server.prepare()
    parts = Supervisor()
    try:
        start(parts, server)
        server.make_database()
        yield parts
    finally:
        for level in parts.levels:
            for watched in level:
                watched.part.kill_group()
                watched.part.clean()


def start(parts: Supervisor, server: Postgres) -> None:
    parts.start(server.part())
    parts.wait_until(server.is_ready, what="PostgreSQL", seconds=60)


def make_logins(server: Postgres) -> None:
    server.sql("CREATE ROLE sipcabinet_app; CREATE ROLE sipcabinet_portal; CREATE ROLE sipcabinet_viewer")
    server.sql("CREATE TABLE t (); GRANT SELECT ON t TO sipcabinet_app")
    server.sql("CREATE TABLE shown (); GRANT SELECT ON shown TO sipcabinet_portal, sipcabinet_viewer")
    for _ in range(2):  # every start runs the statements again
        server.make_logins()


@pytest.mark.parametrize("login", [PAGES, VIEWING])
def test_the_logins_of_pages_can_become_nobody(server: Postgres, running: Supervisor, login: str) -> None:
    make_logins(server)
    with psycopg.connect(server.url(login), autocommit=True) as connection:
        connection.execute("SELECT * FROM shown")
        connection.execute("SET default_transaction_read_only = off")
        roles = ("sipcabinet_app", "sipcabinet_portal", "sipcabinet_viewer", "sipcabinet_web", "sipcabinet_owner")
        refused = [f"SET ROLE {role}" for role in roles] + [
            f"SELECT set_config('role', '{role}', false)" for role in roles
        ]
        for statement in (*refused, "CREATE TABLE mine ()", "SELECT * FROM t", "CREATE ROLE more"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_the_parts_login_owns_nothing(server: Postgres, running: Supervisor) -> None:
    make_logins(server)
    with psycopg.connect(server.url(WEB), autocommit=True) as connection:
        for refused in ("CREATE TABLE mine ()", "SELECT * FROM t", "SET ROLE sipcabinet_owner", "CREATE ROLE more"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused)
        connection.execute("SET ROLE sipcabinet_app")
        connection.execute("SELECT * FROM t")
        connection.execute("SET ROLE sipcabinet_portal")
        connection.execute("SET ROLE sipcabinet_viewer")


def test_a_wrong_password_is_refused(server: Postgres, running: Supervisor) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url().replace("owner-password", "guessed"))


def test_letters_of_every_language(server: Postgres, running: Supervisor) -> None:
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT upper('ёж')").fetchone() == ("ЁЖ",)
        assert connection.info.encoding == "utf-8"


def test_a_killed_server_is_started_again_with_its_data(server: Postgres, running: Supervisor) -> None:
    server.sql("CREATE TABLE kept (); CHECKPOINT")
    with psycopg.connect(server.url(), autocommit=True):  # its backend ends a little after the server
        watched = running.levels[0][0]
        assert watched.part.process is not None
        os.kill(watched.part.process.pid, signal.SIGKILL)
        watched.part.start()
        running.wait_until(server.is_ready, what="PostgreSQL", seconds=60)
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


@pytest.mark.full
@pytest.mark.parametrize("cleaned", [True, False])
def test_a_pid_file_that_names_another_process(server: Postgres, cleaned: bool) -> None:
    """The process id of a killed server may belong to a zombie or to another process. Then PostgreSQL alone does not
    start."""
    server.prepare()
    command = [*server.account.prefix, sys.executable, "-c", "import time; time.sleep(60)"]
    parts = Supervisor()
    with subprocess.Popen(["setsid", *command], cwd="/") as other:
        (server.data / "postmaster.pid").write_text(f"{other.pid}\n{server.data}\n{int(time.time())}\n")
        part = server.part()
        if not cleaned:
            part.clean = lambda: None
        parts.start(part)
        try:
            with nullcontext() if cleaned else pytest.raises(CommandError, match="postgres ended at its start"):
                parts.wait_until(server.is_ready, what="PostgreSQL", seconds=60)
        finally:
            part.kill_group()
            server.clean()
            other.kill()
    assert orphans.of_postgres(server.data) == []


def test_a_half_made_cluster_is_made_anew(server: Postgres) -> None:
    half = server.data.with_name("postgres.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server.prepare()
    assert (server.data / "global" / "pg_control").exists()
    assert not half.exists()


def test_an_ordinary_user_needs_no_other_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert account.choose(Path("/bin/true"), tmp_path) == account.SystemUser()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends accounts")
def test_root_lends_an_account_that_can_work_in_roots_own_folder(server: Postgres, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    lent = account.choose(server.binaries / "initdb", tmp_path)
    assert lent.prefix
    assert list(tmp_path.iterdir()) == []
