"""One conversation with the mail server, and what its outcome means for the letter and for the next letters."""

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from notifications.services.addresses import mail_domain
from notifications.services.rendering import one_line
from sipcabinet.lib.deadlines import Deadline

ANSWER_LENGTH = 500
CLOSING = 421
WITHOUT_AUTHENTICATION = {530, 534, 535, 538}


class SmtpVerdict(Enum):
    """What the outcome of a conversation means."""

    ACCEPTED = auto()  # the server has accepted the letter
    REFUSED = auto()  # the server will never accept this letter
    LATER = auto()  # the server may accept this letter later
    TROUBLE = auto()  # the server accepts no letter at all now


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a conversation: the server's code and text, or our own text if the server did not answer."""

    verdict: SmtpVerdict
    code: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """A letter in the form for the mail server; addresses are plain ASCII."""

    sender: str
    recipient: str
    content: bytes


def send(envelope: Envelope, *, within: timedelta) -> Answer:
    """Sends one letter to the mail server of the settings, within `within`; raises no SMTP or network errors.

    The lookup of the server's name has only the resolver's own time-outs; its time counts towards `within`.
    """
    with Deadline(within) as deadline:
        try:
            server = _connect(deadline, min(float(settings.EMAIL_TIMEOUT), within.total_seconds()))
        except (OSError, smtplib.SMTPException, ValueError) as fault:  # ValueError: a host that cannot be a name
            return Answer(SmtpVerdict.TROUBLE, _code(fault), _words(fault, deadline, within))
        try:
            answer = _hand_over(server, envelope)
            if deadline.passed:  # the answer may be incomplete: the deadline cut the connection
                return Answer(SmtpVerdict.TROUBLE, None, _words(TimeoutError(), deadline, within))
            _leave(server, answer)
        except (OSError, smtplib.SMTPException) as fault:
            verdict = SmtpVerdict.TROUBLE if deadline.passed else SmtpVerdict.LATER
            return Answer(verdict, _code(fault), _words(fault, deadline, within))
        else:
            return answer
        finally:
            server.close()


def _connect(deadline: Deadline, timeout: float) -> smtplib.SMTP:
    options: dict[str, Any] = {"local_hostname": mail_domain(), "timeout": timeout}
    if settings.EMAIL_USE_SSL:
        options["context"] = ssl.create_default_context()
    kind = _GuardedSsl if settings.EMAIL_USE_SSL else _Guarded
    server = kind(deadline, settings.EMAIL_HOST, settings.EMAIL_PORT, **options)
    try:
        server.ehlo_or_helo_if_needed()
        if settings.EMAIL_USE_TLS:
            server.starttls(context=ssl.create_default_context())
            server.ehlo_or_helo_if_needed()
        if settings.EMAIL_HOST_USER:
            server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    except BaseException:
        server.close()
        raise
    return server


def _hand_over(server: smtplib.SMTP, envelope: Envelope) -> Answer:
    size = [f"size={len(envelope.content)}"] if server.has_extn("size") else []
    code, text = server.mail(envelope.sender, size)
    if _yes(code):
        code, text = server.rcpt(envelope.recipient)
    if _yes(code):
        code, text = _data(server, envelope.content)
    return Answer(_judge(code), code if code > 0 else None, clean(text))  # -1: the answer was not SMTP


def _leave(server: smtplib.SMTP, answer: Answer) -> None:
    """Sends «quit» without waiting for the answer; an error here does not change the letter's outcome."""
    if answer.code != CLOSING:
        with suppress(OSError, smtplib.SMTPException):
            server.putcmd("quit")


def _data(server: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
    try:
        return server.data(content)
    except smtplib.SMTPDataError as refused:
        return refused.smtp_code, _bytes(refused.smtp_error)


def _yes(code: int) -> bool:
    return 200 <= code < 300


def _judge(code: int) -> SmtpVerdict:
    if _yes(code):
        return SmtpVerdict.ACCEPTED
    if code == CLOSING or code in WITHOUT_AUTHENTICATION:
        return SmtpVerdict.TROUBLE
    return SmtpVerdict.REFUSED if 500 <= code < 600 else SmtpVerdict.LATER


def clean(text: bytes | str) -> str:
    """A server's answer on one line, without control characters, at most 500 characters."""
    return one_line(_bytes(text).decode(errors="replace"))[:ANSWER_LENGTH]


def _bytes(text: bytes | str) -> bytes:
    return text.encode(errors="replace") if isinstance(text, str) else text


def _code(fault: Exception) -> int | None:
    return fault.smtp_code if isinstance(fault, smtplib.SMTPResponseException) and fault.smtp_code > 0 else None


def _words(fault: Exception, deadline: Deadline, within: timedelta) -> str:
    if deadline.passed:
        return _("Почтовый сервер не уложился в %(seconds)s с") % {"seconds": f"{within.total_seconds():g}"}
    if isinstance(fault, smtplib.SMTPResponseException):
        return clean(fault.smtp_error)
    if isinstance(fault, smtplib.SMTPServerDisconnected):
        return _("Почтовый сервер оборвал соединение")
    return _("Нет связи с почтовым сервером (%(fault)s)") % {"fault": type(fault).__name__}


class _Guarded(smtplib.SMTP):
    def __init__(self, deadline: Deadline, *args: Any, **kwargs: Any) -> None:
        self._deadline = deadline
        super().__init__(*args, **kwargs)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._deadline.guard(connection)
        return connection


class _GuardedSsl(smtplib.SMTP_SSL):
    def __init__(self, deadline: Deadline, *args: Any, **kwargs: Any) -> None:
        self._deadline = deadline
        super().__init__(*args, **kwargs)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection: socket.socket = smtplib.SMTP._get_socket(self, host, port, timeout)  # type: ignore[attr-defined]  # noqa: SLF001
        self._deadline.guard(connection)  # before the handshake, which may be slow too
        return self.context.wrap_socket(connection, server_hostname=self._host)  # type: ignore[attr-defined]
