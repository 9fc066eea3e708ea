"""Starts the real Kamailio for these tests, on free ports, with a database of its own (bin/local/switch.py)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from local import switch
from local.process import Part
from local.supervisor import Supervisor

from sipcabinet.lib import sipp
from sipcabinet.tests.kamailio.switch import DOMAIN

PASSWORDS = {switch.SWITCH: "switch-of-tests", switch.CABINET: "cabinet-of-tests"}
QUICK = ("#!define NO_ANSWER_MS 1000", "#!define ROUTE_ANSWER_MS 1000", "#!define GATEWAY_PING_SECONDS 0",
         "#!define LIMIT_REQUESTS 2000", "#!define WRONG_PASSWORDS 100")  # fmt: skip


def url(login: str, database: str) -> str:
    return f"postgres://{login}:{PASSWORDS[login]}@{database}"


@contextmanager
def database() -> Iterator[str]:
    """Creates a database with switch/kamailio/schema.sql; yields its `host:port/name`, and drops it afterwards."""
    server, name = os.environ["DATABASE_URL"], f"kamailio_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as owner:
        # The two logins belong to the whole server, and other processes of the tests make them too.
        owner.execute("SELECT pg_advisory_lock(hashtext('logins of kamailio'))")
        address = switch.make_database(server, PASSWORDS, name)
    try:
        yield address
    finally:
        with psycopg.connect(server, autocommit=True) as owner:
            owner.execute(f"DROP DATABASE {name} WITH (FORCE)")


def owner_url(address: str) -> str:
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{address.rsplit('/', 1)[1]}"))


class RealSwitch(switch.Switch):
    """A Kamailio that may be killed."""

    started: Part | None = None

    def kill(self) -> None:
        if self.started:
            self.started.kill_group()


@contextmanager
def running(folder: Path, address: str, *settings: str, tls: bool = False, port: int = 0) -> Iterator[RealSwitch]:
    """Runs Kamailio with these lines in its cabinet-local.cfg."""
    process = RealSwitch(
        folder=folder / "etc",
        log=folder / "kamailio.log",
        domain=DOMAIN,
        database=address,
        password=PASSWORDS[switch.SWITCH],
        port=port or sipp.free_port(),
        tls_port=sipp.free_port() if tls else 0,
        settings=(*QUICK, *settings),
    )
    process.prepare()
    supervisor = Supervisor()
    process.started = process.part()
    try:
        supervisor.start(process.started)
        supervisor.wait_until(process.is_ready, what="Kamailio", seconds=20)
        yield process
    finally:
        process.kill()
