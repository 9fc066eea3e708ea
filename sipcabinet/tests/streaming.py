"""A primary and its streaming replica: two real PostgreSQL servers, apart from the tests' own, which keeps no log."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import ports, stage
from local.postgres import OWNER, PAGES, VIEWING, WEB, Postgres
from local.process import Part
from local.supervisor import Supervisor

from sipcabinet.tests.processes import ROOT

_PASSWORDS = dict.fromkeys((OWNER, WEB, PAGES, VIEWING), "streaming")
# A replica must allow as many connections as its primary; these servers have few visitors.
_SMALL = {"max_connections": "40", "fsync": "off", "shared_buffers": "32MB"}


@dataclass(frozen=True, slots=True)
class Servers:
    """The application's URLs of both servers, the owner's of the replica, and a way to end the replica."""

    primary: str
    replica: str
    replica_owner: str
    following: Part

    def end_replica(self) -> None:
        """As its machine would, when it loses power."""
        self.following.kill_group()


@contextmanager
def running(folder: Path) -> Iterator[Servers]:
    """Starts the primary, migrates it, and copies it into the replica, which then follows."""
    supervisor = Supervisor()
    primary, replica = (_server(folder / name) for name in ("primary", "replica"))
    try:
        primary.prepare()
        _start(supervisor, primary)
        primary.make_database()
        own = {"DATABASE_URL": primary.url(), "PORTAL_DATABASE_URL": "", "VIEWER_DATABASE_URL": ""}
        command = [sys.executable, "manage.py", "migrate", "-v0"]
        subprocess.run(command, cwd=ROOT, env=os.environ | own, check=True)
        primary.make_logins()
        _copy(primary, replica)
        following = _start(supervisor, replica)
        yield Servers(primary.url(WEB), replica.url(WEB), replica.url(), following)
    finally:
        supervisor.stop()


def _server(folder: Path) -> Postgres:
    folder.mkdir()
    return Postgres(folder / "data", folder / "log", _PASSWORDS, port=ports.pick())


def _start(supervisor: Supervisor, server: Postgres) -> Part:
    part = server.part()
    part.command = [*part.command, *(f"--{name}={value}" for name, value in _SMALL.items())]
    supervisor.start(part)
    supervisor.wait_until(server.is_ready, what="a server", seconds=stage.READY_SECONDS)
    return part


def _copy(primary: Postgres, replica: Postgres) -> None:
    """As docs/scaling.md says it; `--write-recovery-conf` makes the copy a replica."""
    replica.account = primary.account
    address = f"host={ports.HOST} port={primary.port} user={OWNER} password={_PASSWORDS[OWNER]}"
    program = str(primary.binaries / "pg_basebackup")
    new = replica.data
    new.mkdir(mode=0o700)
    replica.account.give(new)
    command = [*primary.account.prefix, program, f"--pgdata={new}", f"--dbname={address}", "--write-recovery-conf"]
    subprocess.run([*command, "--checkpoint=fast"], cwd="/", env={"LANG": "C.UTF-8"}, check=True)
