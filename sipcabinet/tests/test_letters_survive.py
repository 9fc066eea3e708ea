"""Letters with real processes that are killed, a broker that is emptied and stopped, and a database that ends sessions.

All letters arrive, each once. Only if a crash came after the mail server had accepted a letter, the letter may arrive
again, with the same Message-ID.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from celery import Celery
from django.conf import settings
from django.utils import timezone

from notifications.models import Letter
from notifications.tests.smtp_server import Script, SmtpServer
from sipcabinet.lib.durable import JobState
from sipcabinet.tests.processes import Processes, Valkey, database_url, end_database_sessions, until

DEADLINE_SECONDS = 5
PATIENCE_SECONDS = 120  # for a worker that starts while other tests have the processors
GOOD = "office@customer.example"
REFUSED = "refused@customer.example"


class Stage:
    """The mail server, the processes and the broker of a test, and the letters that may arrive twice so far."""

    def __init__(self, folder: Path, smtp: SmtpServer) -> None:
        self.smtp = smtp
        self.processes = Processes(folder, {})
        self.valkey = Valkey(self.processes)
        self.may_repeat: set[str] = set()
        self.processes.environment = {
            "DATABASE_URL": database_url(),
            "REDIS_URL": self.valkey.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}",
            "LETTER_KEYS": ",".join(settings.LETTER_KEYS),
            "SIP_KEYS": ",".join(settings.SIP_KEYS),
            "LETTER_DEADLINE_SECONDS": str(DEADLINE_SECONDS),
            "DRAIN_EVERY_SECONDS": "0.5",
            "FILES_DIR": str(folder / "files"),
        }

    def start(self) -> None:
        self.valkey.start()
        self.processes.start_worker()
        self.processes.start_beat()

    def kill_worker(self) -> None:
        """Kills the worker and starts another. The mail server may have the worker's letter already: it may repeat."""
        self.processes.kill("worker")
        unknown = Letter.objects.filter(state=JobState.WAITING, claim_token__isnull=False)
        self.may_repeat.update(unknown.values_list("message_id", flat=True))
        self.processes.start_worker()

    def kill_beat(self) -> None:
        self.processes.kill("beat")
        self.processes.start_beat()

    def restart_valkey(self) -> None:
        self.valkey.stop()
        self.valkey.start()

    def hint(self, task: str) -> None:
        with Celery(broker=self.valkey.url, set_as_current=False) as celery:
            celery.send_task(task)

    def taken(self) -> list[str]:
        return [taken.message_id for taken in self.smtp.taken]

    def let_time_pass(self) -> None:
        """Ends the pauses between attempts: makes waiting letters due now."""
        Letter.objects.filter(state=JobState.WAITING, claimed_until=None).update(due_at=timezone.now())

    def wait_for_the_end(self, seconds: float) -> None:
        def over() -> bool:
            self.let_time_pass()
            return not Letter.objects.filter(state=JobState.WAITING).exists()

        until(over, seconds=seconds, what="all letters have an outcome", every=0.5)

    def verify(self) -> None:
        """Compares the letters that the mail server has accepted with the rows."""
        rows = {letter.message_id: letter for letter in Letter.objects.all()}
        refused = {message_id for message_id, letter in rows.items() if letter.recipient == REFUSED}
        states = {letter.state for message_id, letter in rows.items() if message_id not in refused}
        taken = Counter(self.taken())
        unheard = {taken.message_id for taken in self.smtp.unanswered}
        assert states == {JobState.DONE}
        assert {rows[message_id].state for message_id in refused} <= {JobState.REFUSED}
        assert set(taken) == set(rows) - refused
        assert self.repeated() <= self.may_repeat | unheard

    def repeated(self) -> set[str]:
        """Letters that the mail server has accepted more than once."""
        return {message_id for message_id, times in Counter(self.taken()).items() if times > 1}


@contextmanager
def _stage(folder: Path, server: type[SmtpServer] = SmtpServer) -> Iterator[Stage]:
    with server() as smtp:
        smtp.unknown = {REFUSED}
        stage = Stage(folder, smtp)
        with stage.processes:
            stage.start()
            yield stage


def _write(count: int, recipient: str = GOOD) -> None:
    Letter.objects.bulk_create(
        Letter(kind="test", recipient=recipient, subject="Проверка", message_id=f"<{uuid4().hex}@cabinet.example>")
        for _ in range(count)
    )


class Moment:
    """A point of a conversation at which the mail server waits until something has happened."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self.reached, self.over = threading.Event(), threading.Event()

    @property
    def script(self) -> Script:
        return Script(at_stage=self._wait)

    def _wait(self, stage: str) -> None:
        if stage == self.stage:
            self.reached.set()
            self.over.wait(PATIENCE_SECONDS)

    @contextmanager
    def __call__(self) -> Iterator[None]:
        assert self.reached.wait(PATIENCE_SECONDS)
        yield
        self.over.set()


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_letters_survive_kills_flushes_and_hang_ups(tmp_path: Path) -> None:
    """The short run: each fault happens once, at its worst moment."""
    before_the_letter, after_the_final_dot, at_the_hang_up = Moment("data"), Moment("dot"), Moment("dot")
    with _stage(tmp_path) as stage:
        moments = (before_the_letter, after_the_final_dot, at_the_hang_up)
        for moment in moments:
            stage.smtp.scripts.extend([Script(), moment.script])
        _write(12)
        with before_the_letter():
            stage.kill_worker()
        stage.valkey.flush()
        with after_the_final_dot():
            stage.kill_worker()
        stage.valkey.flush()
        with at_the_hang_up():
            stage.valkey.stop()
            assert end_database_sessions() >= 1
        stage.valkey.start()
        stage.wait_for_the_end(PATIENCE_SECONDS)
        stage.verify()
        assert stage.repeated()  # the letter whose worker was killed after the final dot


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_a_worker_outlives_its_broker(tmp_path: Path) -> None:
    """The broker goes away while all processes of the worker are busy and one more hint waits: the worker goes on."""
    busy = Moment("dot")
    with _stage(tmp_path) as stage:
        stage.processes.kill("beat")
        stage.smtp.scripts.append(busy.script)
        _write(1)
        stage.hint("notifications.drain_letters")
        with busy(), psycopg.connect(database_url()) as owner:
            owner.execute("LOCK TABLE accounts_passwordrequest")
            for task in ("accounts.drain_password_requests", "notifications.drain_letters"):
                stage.hint(task)
                time.sleep(1)
            stage.valkey.stop()
            time.sleep(1)
        stage.valkey.start()
        stage.processes.start_beat()
        stage.wait_for_the_end(PATIENCE_SECONDS)
        _write(1)
        stage.wait_for_the_end(PATIENCE_SECONDS)
        stage.verify()
        assert len(set(stage.taken())) == 2
        assert stage.processes.running["worker"].poll() is None


class _Moody(SmtpServer):
    """A mail server that often fails at random; the faults depend only on the seed."""

    moods = random.Random()

    def next_script(self) -> Script:
        kinds = [
            Script(at_stage=lambda _stage: time.sleep(0.01)),
            Script(rcpt="450 4.2.0 greylisted"),
            Script(dot="451 4.3.0 try again"),
            Script(greeting="421 4.3.2 busy"),
            Script(drop="body"),
            Script(drop="dot"),
            Script(drip="dot", drip_seconds=1),
        ]
        return self.moods.choices(kinds, weights=[70, 6, 6, 4, 6, 5, 2])[0]


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [1, 2])
def test_letters_survive_a_bad_day(tmp_path: Path, seed: int) -> None:
    """The long run: everything fails at random for a minute, while new letters are written."""
    chance = random.Random(seed)
    _Moody.moods = random.Random(seed)
    with _stage(tmp_path, _Moody) as stage:
        faults = [
            stage.kill_worker, stage.kill_worker, stage.kill_beat,
            stage.valkey.flush, stage.restart_valkey, end_database_sessions,
        ]  # fmt: skip
        end = time.monotonic() + 60
        while time.monotonic() < end:
            _write(chance.randint(1, 12))
            _write(chance.randint(0, 1), REFUSED)
            time.sleep(chance.uniform(1, 6))
            stage.let_time_pass()
            chance.choice(faults)()
        stage.wait_for_the_end(180)
        stage.verify()
        assert len(stage.taken()) > 50
