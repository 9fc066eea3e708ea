"""The real `bin/run`, in a copy of the project: started, with parts killed, killed itself, started again, stopped."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from local import envfile, orphans, ports
from local.paths import ROOT, VENV

pytestmark = [pytest.mark.full, pytest.mark.alone]
UP_SECONDS = 300
RECOVERY_SECONDS = 60
# The words of a part's command, by the part's name.
PARTS = {
    "postgres": ("/postgres", "-D"),
    "valkey": ("valkey-server",),
    "mail": ("local.mail",),
    "web": ("granian",),
    "worker": ("celery", "worker"),
    "beat": ("celery", "beat"),
    "metrics": ("sipcabinet.serve_metrics",),
}


def wait_for(happened: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"no {what} within {seconds} s"
        time.sleep(0.2)


@dataclass
class Installation:
    """A copy of the project, and the process of its `bin/run`."""

    root: Path
    port: int
    process: "subprocess.Popen[str] | None" = None

    @property
    def var(self) -> Path:
        return self.root / "var"

    @property
    def environment(self) -> dict[str, str]:
        """The environment without the addresses of the tests' servers."""
        return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {"PORT": str(self.port)}

    def start(self, *words: str) -> str:
        """Starts `bin/run`, waits until the portal is ready, and returns the output."""
        log = self.root / "run.log"
        with log.open("w") as output:
            command = [sys.executable, str(self.root / "bin" / "run"), *words]
            self.process = subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, text=True
            )
        wait_for(lambda: "Stop:" in log.read_text() or self.ended(), UP_SECONDS, "start")
        assert not self.ended(), log.read_text()
        return log.read_text()

    def ended(self) -> bool:
        assert self.process is not None
        return self.process.poll() is not None

    def send(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(60)

    def processes(self) -> list[int]:
        return sorted(orphans.of_parts(self.var) + orphans.of_postgres(self.var / "postgres"))

    def part(self, name: str) -> int | None:
        """The process id of a part's main process, which is a child of `bin/run`."""
        assert self.process is not None
        listed = ["ps", "--ppid", str(self.process.pid), "-ww", "-o", "pid=,args="]
        for line in subprocess.run(listed, capture_output=True, text=True, check=False).stdout.splitlines():
            pid, words = line.split(maxsplit=1)
            if all(word in words for word in PARTS[name]):
                return int(pid)
        return None

    def is_healthy(self) -> bool:
        connection = http.client.HTTPConnection(ports.HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/health/")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def count(self, table: str) -> int:
        url = envfile.read(self.var / "run.env")["DATABASE_URL"]
        with psycopg.connect(url) as connection:
            connection.execute("SET ROLE sipcabinet_app")
            row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    root = tmp_path_factory.mktemp("installation").resolve()
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            copy = root / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((ROOT / name).read_bytes())
    (root / ".venv").symlink_to(VENV)
    found = Installation(root, ports.pick())
    try:
        yield found
    finally:
        if found.process and not found.ended():
            found.send(signal.SIGKILL)
        orphans.end_parts(found.var)
        orphans.end_postgres(found.var / "postgres")


def assert_metrics(output: str) -> None:
    """The printed address of the metrics answers, and counts the requests that the start itself made."""
    found = re.search(r"Metrics: +http://127\.0\.0\.1:(\d+)/metrics", output)
    assert found
    connection = http.client.HTTPConnection(ports.HOST, int(found[1]), timeout=10)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    assert 'sipcabinet_requests_total{method="GET",route="site:health",status="200"}' in text
    assert "sipcabinet_database_up 1.0" in text


def test_it_lives_through_everything(installation: Installation) -> None:
    first = installation.start()
    assert installation.is_healthy()
    assert f"http://127.0.0.1:{installation.port}/" in first
    assert "/demo/mailbox/" in first
    assert_metrics(first)
    users, calls = installation.count("accounts_user"), installation.count("subscribers_callrecord")
    assert users > 0
    assert calls > 0

    for name in PARTS:
        before = installation.part(name)
        assert before is not None, name
        os.kill(before, signal.SIGKILL)
        wait_for(lambda name=name, before=before: installation.part(name) not in {before, None}, RECOVERY_SECONDS, name)  # type: ignore[misc]
        wait_for(installation.is_healthy, RECOVERY_SECONDS, f"health after {name}")

    assert installation.send(signal.SIGKILL) == -signal.SIGKILL
    second = installation.start()
    assert installation.is_healthy()
    assert (installation.count("accounts_user"), installation.count("subscribers_callrecord")) == (users, calls)
    assert "FAILED" not in second

    # Everything is killed at once: no process is left that could stop the others.
    assert installation.process is not None
    for pid in (installation.process.pid, *installation.processes()):
        with suppress(ProcessLookupError):  # a part's own children may end with the part
            os.kill(pid, signal.SIGKILL)
    installation.process.wait()
    installation.start()
    assert installation.is_healthy()

    assert installation.send(signal.SIGTERM) == 0
    assert installation.processes() == []
    assert ports.is_free(installation.port)


def test_a_second_one_is_told_of_the_first(installation: Installation) -> None:
    installation.start("--no-demo")
    command = [sys.executable, str(installation.root / "bin" / "run")]
    second = subprocess.run(command, env=installation.environment, capture_output=True, text=True, check=False)
    assert second.returncode == 2
    assert f"already running in this folder: http://127.0.0.1:{installation.port}/" in second.stderr
    assert installation.is_healthy()
    assert installation.send(signal.SIGINT) == 0
    assert installation.processes() == []
