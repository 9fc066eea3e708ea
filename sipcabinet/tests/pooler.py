"""A real PgBouncer in transaction mode between a test's database and the portal (docs/scaling.md)."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from local import pooler
from local.account import choose

from sipcabinet.tests import logins
from sipcabinet.tests.processes import HOST, free_port, until

SERVERS = 2  # sessions of PostgreSQL for each login, taken in turns: consecutive transactions have different ones
# The tests act as the application's role, and become the owner by RESET ROLE. A login of an installation has its role
# by ALTER ROLE, and needs neither `connect_query` nor `server_reset_query`.
_AS_APPLICATION = f"SELECT set_config('role', '{settings.DATABASE_ROLE}', false) WHERE session_user = '{{owner}}'"
_CONFIGURATION = """[databases]
* = host={host} port={port} connect_query='{quoted}'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = {servers}
max_client_conn = 100
server_round_robin = 1
server_reset_query = RESET ALL; {reset}
server_reset_query_always = 1
"""


@contextmanager
def running(folder: Path, direct: str) -> Iterator[str]:
    """Runs PgBouncer before the database with the owner's URL `direct`; yields the owner's URL through it."""
    program = pooler.program()
    assert program is not None, "no PgBouncer"
    parts = urlsplit(direct)
    port = free_port()
    as_application = _AS_APPLICATION.format(owner=parts.username)
    text = _CONFIGURATION.format(
        host=parts.hostname,
        port=parts.port,
        own_port=port,
        folder=folder,
        servers=SERVERS,
        reset=as_application,
        quoted=as_application.replace("'", "''"),
    )
    users = {parts.username: parts.password, logins.LOGIN: logins.PASSWORD, logins.VIEWER: logins.PASSWORD}
    (folder / "users.txt").write_text("".join(f'"{name}" "{password}"\n' for name, password in users.items()))
    (folder / "pgbouncer.ini").write_text(text)
    account = choose(Path(program), folder)  # it does not run as root
    command = [*account.prefix, program, str(folder / "pgbouncer.ini")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    through = urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@{HOST}:{port}"))
    try:
        until(lambda: _answers(through), seconds=10, what="PgBouncer answers")
        yield through
    finally:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False
