"""The whole portal as real processes with a separate database: web, worker, beat and a mail server."""

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings

from sipcabinet.tests import logins
from sipcabinet.tests.processes import HOST, ROOT, Processes, free_port

# `bin/test` has migrated the database, which new ones are copied from, and has collected the static files.
IS_PREPARED = "MIGRATED" in os.environ


def text_of(letter: EmailMessage) -> str:
    """The plain text of a letter."""
    part = letter.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


@dataclass
class Portal:
    """A running portal. `env` is the environment of its processes; `logins` is the output of `demo_data`."""

    folder: Path
    env: dict[str, str]
    url: str
    demo: dict[str, Any] = field(default_factory=dict)
    cookies: dict[str, Any] = field(default_factory=dict)
    processes: Processes = field(init=False)

    def __post_init__(self) -> None:
        self.processes = Processes(self.folder, self.env)

    def manage(self, *words: str) -> str:
        """Runs a management command of this portal; returns its standard output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {words[0]} answered {done.returncode}:\n{done.stderr[-4000:]}")
        return done.stdout

    def query(self, sql: str) -> Any:
        """Runs SQL as the owner of the tables; returns the first column of the first row, or None."""
        with psycopg.connect(self.env["DATABASE_URL"]) as connection:
            row = connection.execute(sql.encode()).fetchone()
        return row[0] if row else None

    def one_time_code(self) -> str:
        """The staff user's one-time code of now."""
        return self.manage("demo_data", "--code").strip()

    def start(self, name: str, *command: str) -> None:
        self.processes.start(name, sys.executable, "-m", *command)

    def start_web(self) -> None:
        self.start("web", "sipcabinet.serve", "--host", HOST, "--port", str(urlsplit(self.url).port))
        self.wait_until_up()

    def wait_until_up(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{self.url}/health/", timeout=5) as answer:  # noqa: S310
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
        raise TimeoutError(f"the portal did not come up:\n{self.log_end('web')}")

    def log_end(self, name: str) -> str:
        return self.processes.log(name)[-6000:]

    def letters(self, recipient: str = "") -> list[EmailMessage]:
        """Letters that the mail server has accepted, oldest first."""
        files = sorted((self.folder / "mail" / "new").glob("*"), key=lambda path: path.stat().st_mtime_ns)
        found = [BytesParser(policy=default).parsebytes(path.read_bytes()) for path in files]
        return [letter for letter in found if recipient in str(letter["To"])]

    def wait_for_letter(self, recipient: str, holding: str, seconds: float = 60) -> EmailMessage:
        """Waits for a letter to `recipient` whose text contains these words; returns the newest one."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            letters = [letter for letter in self.letters(recipient) if holding in text_of(letter)]
            if letters:
                return letters[-1]
            time.sleep(0.2)
        raise TimeoutError(f"no letter came within {seconds} s:\n{self.log_end('worker')}")


@contextmanager
def _database(server: str, name: str) -> Iterator[str]:
    """A separate database for this portal on the server of `server`, dropped at the end."""
    parts = urlsplit(server)
    template = parts.path.lstrip("/") if IS_PREPARED else "template1"
    admin = urlunsplit(parts._replace(path="/postgres", query=""))
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _environment(folder: Path, database: str, redis: str, mail_port: int, url: str) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "sipcabinet.settings",
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "EMAIL_URL": f"smtp://{HOST}:{mail_port}",
        "SITE_URL": url,
        "DEMO": "true",
        "DATA_DIR": str(folder),
        "MAILBOX_DIR": str(folder / "mail"),
        "FILES_DIR": str(folder / "files"),
        "STATIC_ROOT": str(settings.STATIC_ROOT if IS_PREPARED else folder / "static"),
        "CALL_DETAIL_DELAY_SECONDS": "3",
        "DRAIN_EVERY_SECONDS": "1",
        "LOG_FORMAT": "console",
    }


@contextmanager
def running_portal(folder: Path, *, redis: str, calls: int = 3000, **environment: str) -> Iterator[Portal]:
    """Starts a portal with the demo operator loaded; `environment` wins over that of the tests, in all
    processes."""
    with loaded_portal(folder, redis=redis, calls=calls, **environment) as portal:
        portal.start_web()
        portal.processes.start_worker()
        portal.processes.start_beat()
        yield portal


@contextmanager
def loaded_portal(folder: Path, *, redis: str, calls: int = 3000, **environment: str) -> Iterator[Portal]:
    """A portal with the demo operator loaded, of which only the mail server runs yet."""
    mail_port, url = free_port(), f"http://{HOST}:{free_port()}"
    with ExitStack() as stack:
        database = stack.enter_context(_database(os.environ["DATABASE_URL"], f"portal_{secrets.token_hex(4)}"))
        env = {**_environment(folder, database, redis, mail_port, url), **environment}
        portal = Portal(folder, env, url)
        stack.callback(portal.processes.stop)
        portal.env["PYTHONPATH"] = str(ROOT / "bin")
        portal.start("mail", "local.mail", str(mail_port), str(folder / "mail"))
        if not IS_PREPARED:
            portal.manage("migrate", "--verbosity", "0")
            portal.manage("collectstatic", "--noinput", "--verbosity", "0")
        portal.env["PORTAL_DATABASE_URL"] = logins.of_pages(database)
        portal.env["VIEWER_DATABASE_URL"] = logins.of_viewers(database)
        portal.demo = json.loads(portal.manage("demo_data", "--seed", "7", "--calls", str(calls), "--json"))
        yield portal
