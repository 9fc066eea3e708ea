"""From the outbox to the mail server: outcomes, retries, secrets, and failures at critical moments."""

import hashlib
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from pytest_django import Settings
from structlog.testing import capture_logs

from notifications.models import Letter
from notifications.services import delivery, messages
from notifications.services.letters import Attachment
from notifications.services.messages import UnsendableError
from notifications.tasks import drain_letters
from notifications.tests.conftest import RECIPIENT, SECRET
from notifications.tests.smtp_server import Script, SmtpServer
from sipcabinet.lib import clock, durable
from sipcabinet.lib.durable import JobState

Write = Callable[..., Letter]
At = Callable[[str], Any]


def now(letter: Letter) -> Letter:
    return Letter.objects.get(pk=letter.pk)


def test_a_due_letter_is_sent_and_the_answer_kept(write: Write, smtp: SmtpServer, at: At) -> None:
    at("2026-10-09 11:03")
    letter = write()
    drain_letters()
    sent = now(letter)
    assert [taken.message_id for taken in smtp.taken] == [letter.message_id]
    assert smtp.taken[0].recipient == RECIPIENT
    assert (sent.state, sent.smtp_code, sent.smtp_answer) == (JobState.DONE, 250, "2.0.0 queued as 42")
    assert (sent.tries, sent.sent_at) == (1, clock.now())
    drain_letters()
    assert len(smtp.taken) == 1


def test_letters_leave_in_the_order_they_were_due(write: Write, smtp: SmtpServer) -> None:
    letters = [write() for _ in range(5)]
    assert delivery.drain() == 5
    assert [taken.message_id for taken in smtp.taken] == [letter.message_id for letter in letters]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_a_refusal_is_final_and_stops_nobody_else(write: Write, smtp: SmtpServer, stage: str) -> None:
    refused, other = write(), write()
    smtp.scripts.append(Script.answering(stage, "550 5.1.1 no such user"))
    assert delivery.drain() == 2
    after = now(refused)
    assert (after.state, after.smtp_code, after.smtp_answer) == (JobState.REFUSED, 550, "5.1.1 no such user")
    assert after.last_error == "5.1.1 no such user"
    assert now(other).state == JobState.DONE
    assert delivery.drain() == 0


def test_a_letter_that_cannot_be_taken_now_waits_longer_each_time(write: Write, smtp: SmtpServer, at: At) -> None:
    traveller = at("2026-10-09 11:03")
    letter = write()
    smtp.script = Script(rcpt="450 4.2.0 greylisted")
    waits = []
    for _ in range(9):
        assert delivery.drain() == 1
        waits.append((now(letter).due_at - clock.now()).total_seconds())
        traveller.move_to(now(letter).due_at)
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert (now(letter).state, now(letter).tries, now(letter).smtp_code) == (JobState.WAITING, 9, 450)
    smtp.script = Script()
    delivery.drain()
    assert (now(letter).state, now(letter).tries) == (JobState.DONE, 10)
    assert len(smtp.taken) == 1


def test_one_that_must_wait_stops_nobody_else(write: Write, smtp: SmtpServer) -> None:
    letters = [write() for _ in range(3)]
    smtp.scripts.extend([Script(rcpt="450 4.2.0 greylisted"), Script(drop="body")])
    assert delivery.drain() == 3
    assert [now(letter).state for letter in letters] == [JobState.WAITING, JobState.WAITING, JobState.DONE]


def test_a_server_that_is_away_parks_nothing_and_is_asked_once_a_round(
    write: Write, smtp: SmtpServer, settings: Settings, at: At
) -> None:
    traveller = at("2026-10-09 11:03")
    letters = [write() for _ in range(3)]
    settings.EMAIL_PORT, port = 1, settings.EMAIL_PORT
    for _ in range(40):
        assert delivery.drain() <= 1
        traveller.shift(timedelta(minutes=6))
    assert {now(letter).state for letter in letters} == {JobState.WAITING}
    assert max(now(letter).due_at for letter in letters) <= clock.now()  # five minutes at most
    settings.EMAIL_PORT = port
    assert delivery.drain() == 3
    assert len(smtp.taken) == 3


@pytest.mark.usefixtures("smtp")
def test_without_forgiving_an_outage_would_park_letters(
    write: Write, settings: Settings, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strict(row: Letter, error: str, *, counts: bool, **fields: Any) -> None:
        durable_postpone(row, error, **fields)

    durable_postpone = durable.postpone
    monkeypatch.setattr(durable, "postpone", strict)
    traveller = at("2026-10-09 11:03")
    letter = write()
    settings.EMAIL_PORT = 1
    for _ in range(10):
        delivery.drain()
        traveller.shift(timedelta(minutes=6))
    assert now(letter).state == JobState.PARKED


@pytest.mark.parametrize(("kind", "hours"), [("write", 48), ("write_secret", 24)])
def test_patience_has_an_end(request: pytest.FixtureRequest, smtp: SmtpServer, at: At, kind: str, hours: int) -> None:
    traveller = at("2026-10-09 11:03")
    letter = request.getfixturevalue(kind)()
    smtp.script = Script(rcpt="450 4.2.0 greylisted")
    traveller.shift(timedelta(hours=hours))
    delivery.drain()
    assert now(letter).state == JobState.WAITING
    traveller.move_to(now(letter).due_at)
    delivery.drain()
    assert now(letter).state == JobState.REFUSED
    assert now(letter).last_error == "Не удалось отправить за отведённое время: 4.2.0 greylisted"


def test_a_letter_whose_file_changed_is_parked_and_stops_nobody_else(
    write: Write, smtp: SmtpServer, files: Path
) -> None:
    (files / "1.csv").write_bytes(b"now")
    broken = write(attachments=[Attachment("1.csv", "text/csv", "1.csv", hashlib.sha256(b"then").hexdigest())])
    other = write()
    assert delivery.drain() == 2
    assert (now(broken).state, now(other).state) == (JobState.PARKED, JobState.DONE)
    assert "изменился" in now(broken).last_error
    assert len(smtp.taken) == 1


def test_a_dripping_server_costs_one_deadline_a_round(write: Write, smtp: SmtpServer, settings: Settings) -> None:
    settings.LETTER_DEADLINE = timedelta(seconds=0.5)
    letters = [write() for _ in range(3)]
    smtp.script = Script(drip="dot", drip_seconds=0.2)
    started = time.monotonic()
    assert delivery.drain() == 1
    assert time.monotonic() - started < 1
    assert [now(letter).tries for letter in letters] == [1, 0, 0]


def test_the_lease_outlasts_the_conversation(settings: Settings) -> None:
    assert delivery.lease() >= 2 * settings.LETTER_DEADLINE


def test_a_drop_after_the_final_dot_repeats_the_same_message_id(write: Write, smtp: SmtpServer, at: At) -> None:
    traveller = at("2026-10-09 11:03")
    letter = write()
    smtp.scripts.append(Script(drop="dot"))
    delivery.drain()
    assert now(letter).state == JobState.WAITING
    traveller.shift(60)
    delivery.drain()
    assert [taken.message_id for taken in smtp.taken] == [letter.message_id] * 2
    assert now(letter).state == JobState.DONE


# --- Secrets and privacy ---------------------------------------------------------------------------------------------
def everything_stored() -> str:
    """Every column of every row of every table."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = []
        for table in set(tables) - {"sipcabinet_tenant_key"}:  # only its owner may read it, and it holds no letters
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


def shapes(secret: str) -> list[str]:
    """The forms in which a secret may appear: plain, in base64 at any offset, in hex, escaped."""
    inner = [b64encode(b"x" * offset + secret.encode())[4:-4].decode() for offset in range(3)]
    return [secret, *inner, secret.encode().hex(), ascii(secret).strip("'")]


@pytest.mark.parametrize("answer", ["250 2.0.0 ok", "550 5.7.1 no", "450 4.2.0 later"])
def test_a_secret_is_in_no_table_and_no_log(
    write_secret: Write, smtp: SmtpServer, caplog: pytest.LogCaptureFixture, answer: str
) -> None:
    smtp.script = Script(dot=answer)
    with capture_logs() as logs:
        letter = write_secret()
        before = everything_stored()
        delivery.drain()
    told = str(logs) + caplog.text + before + everything_stored()
    assert letter.message_id in told  # the search works
    assert not [shape for shape in shapes(SECRET) if shape in told]
    if not answer.startswith("4"):
        assert (now(letter).body_text, now(letter).body_html) == ("", "")


def test_the_search_for_secrets_would_find_one(write_secret: Write) -> None:
    write_secret(sealed=False)
    assert SECRET in everything_stored()


def test_logs_name_neither_recipient_nor_text(write: Write, smtp: SmtpServer, caplog: pytest.LogCaptureFixture) -> None:
    with capture_logs() as logs:
        letter = write()
        smtp.scripts.append(Script(rcpt=f"550 <{RECIPIENT}> unknown"))
        delivery.drain()
    assert [entry["letter_id"] for entry in logs if entry["event"] == "letter.tried"] == [letter.pk]
    assert RECIPIENT not in str(logs) + caplog.text
    assert "за октябрь" not in str(logs) + caplog.text


# --- Failures at critical moments ------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_after_the_letter_was_taken_costs_no_second_letter(write: Write, smtp: SmtpServer) -> None:
    letter = write()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    smtp.script = Script(at_stage=lambda stage: terminate(pid) if stage == "dot" else None)
    with capture_logs() as logs:
        delivery.drain()
    assert "letter.outcome_waits" in [entry["event"] for entry in logs]
    assert (now(letter).state, len(smtp.taken)) == (JobState.DONE, 1)


@pytest.mark.django_db(transaction=True)
def test_without_the_second_try_the_letter_would_go_twice(
    write: Write, smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_patiently", lambda record: record())
    letter = write()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    smtp.script = Script(at_stage=lambda stage: terminate(pid) if stage == "dot" else None)
    with pytest.raises(OperationalError):
        delivery.drain()
    connection.close()
    smtp.script = Script()
    Letter.objects.update(claimed_until=clock.now() - timedelta(days=1))
    delivery.drain()
    assert [taken.message_id for taken in smtp.taken] == [letter.message_id] * 2


def terminate(pid: int) -> None:
    """Ends a database session from another thread, as an administrator would."""

    def end() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("RESET ROLE")
                cursor.execute("SELECT pg_terminate_backend(%s, 2000)", [pid])
        finally:
            connection.close()

    thread = threading.Thread(target=end)
    thread.start()
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_drains_at_the_same_moment_send_each_letter_once(write: Write, smtp: SmtpServer) -> None:
    expected = {write().message_id for _ in range(20)}

    def drain(_: int) -> int:
        try:
            return delivery.drain()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(drain, range(4)))
    delivery.drain()
    assert sum(counts) <= 20
    assert len(smtp.taken) == 20
    assert {taken.message_id for taken in smtp.taken} == expected


def test_a_letter_that_cannot_even_be_built_is_handed_back(
    write: Write, smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.DURABLE_MAX_CLAIMS = 1
    poison, other = write(), write()

    def build(letter: Letter) -> Any:
        if letter == poison:
            raise KeyError(SECRET)
        return real(letter)

    real = messages.envelope
    monkeypatch.setattr(messages, "envelope", build)
    delivery.drain()
    assert (now(poison).state, now(other).state) == (JobState.PARKED, JobState.DONE)
    assert now(poison).last_error.startswith("KeyError ")
    assert SECRET not in now(poison).last_error


def test_what_staff_read_of_an_unsendable_letter_is_russian(write: Write, files: Path, smtp: SmtpServer) -> None:
    letter = write(attachments=[Attachment("1", "text/plain", "lost", "0" * 64)])
    with pytest.raises(UnsendableError) as fault:
        messages.envelope(letter)
    delivery.drain()
    assert now(letter).last_error == str(fault.value) == "Файл вложения не найден"
