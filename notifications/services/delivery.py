"""Sends the letters of the outbox and stores the mail server's answers."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F
from django.utils.translation import gettext as _

from notifications.models import Letter
from notifications.services import messages, smtp
from notifications.services.smtp import Answer, SmtpVerdict
from sipcabinet.lib import clock, durable

log = structlog.get_logger(__name__)

KEEP_TRYING = timedelta(hours=48)
# For trouble of the server the wait is short: an attempt costs little, and a user may be waiting for a password.
LONGEST_WAIT = {SmtpVerdict.TROUBLE: timedelta(minutes=5), SmtpVerdict.LATER: timedelta(hours=1)}


def drain() -> int:
    """Sends due letters one by one until none is left or the mail server is in trouble; returns how many it tried.

    Only one drain runs at a time: a slow server must not occupy all workers. On trouble the drain stops after that
    letter, so that a dead server does not postpone all other letters too; the next call tries the next letter.
    """
    trouble = False

    def next_letter() -> Letter | None:
        return None if trouble else durable.claim(Letter, lease=lease())

    def work(letter: Letter) -> None:
        nonlocal trouble
        trouble = deliver(letter) is SmtpVerdict.TROUBLE

    with durable.alone("letters", silent_for=lease()) as mine:
        return durable.drain(next_letter, work) if mine else 0


def lease() -> timedelta:
    """How long a claim lasts: one LETTER_DEADLINE for the conversation by SMTP, and one to save the outcome if the
    database is down.
    """
    return 2 * settings.LETTER_DEADLINE


def deliver(letter: Letter) -> SmtpVerdict | None:
    """Makes one attempt to send a claimed letter, outside any transaction; parks an unsendable letter, returns None.

    After a crash between the server's «250» and our saved outcome the letter is sent again with the same Message-ID:
    the only duplicate that cannot be excluded. Raises ClaimLost.
    """
    started = time.perf_counter()
    try:
        envelope = messages.envelope(letter)
    except messages.UnsendableError as fault:
        durable.park(letter, str(fault))
        return None
    answer = smtp.send(envelope, within=settings.LETTER_DEADLINE)
    _patiently(lambda: _record(letter, answer))
    seconds = round(time.perf_counter() - started, 3)
    event = {"letter_id": letter.pk, "kind": letter.kind, "smtp_code": answer.code, "seconds": seconds}
    log.info("letter.tried", verdict=answer.verdict.name.lower(), **event)
    return answer.verdict


def _record(letter: Letter, answer: Answer) -> None:
    said: dict[str, Any] = {"smtp_code": answer.code, "smtp_answer": answer.text, "tries": F("tries") + 1}
    if answer.verdict is SmtpVerdict.ACCEPTED:
        durable.finish(letter, sent_at=clock.now(), **said)
    elif answer.verdict is SmtpVerdict.REFUSED:
        durable.refuse(letter, answer.text, **said)
    elif clock.now() - letter.created_at > _patience(letter):
        durable.refuse(
            letter,
            _("Не удалось отправить за отведённое время: %(answer)s") % {"answer": answer.text},
            **said,
        )
    else:
        delay = durable.backoff(letter.tries + 1, most=LONGEST_WAIT[answer.verdict])
        durable.postpone(letter, answer.text, delay=delay, counts=False, **said)


def _patience(letter: Letter) -> timedelta:
    """How long to retry a letter: for a sealed letter only while its temporary password is valid (1.1b)."""
    return min(KEEP_TRYING, settings.TEMPORARY_PASSWORD_LIFETIME) if letter.sealed else KEEP_TRYING


def _patiently(write: Callable[[], None]) -> None:
    """Calls `write` to save an outcome; after a database error retries on a new connection, for half of the lease."""
    until = time.monotonic() + settings.LETTER_DEADLINE.total_seconds()
    pause = 0.1
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError):
            if time.monotonic() + pause > until:
                raise
            log.warning("letter.outcome_waits")
            connection.close()
            time.sleep(pause)
            pause = min(2 * pause, 5.0)
