"""The conversation with the mail server: the meaning of each answer and each error, and the deadline."""

import smtplib
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_django import Settings

from notifications.services.smtp import Answer, Envelope, SmtpVerdict, clean
from notifications.services.smtp import send as hand_over
from notifications.tests.smtp_server import Script, SmtpServer
from sipcabinet.lib import deadlines

LETTER = Envelope("cabinet@operator.example", "office@customer.example", b"Subject: x\r\n\r\n.one\r\n..two\r\n")
SHORT = timedelta(seconds=0.6)


def send(within: timedelta = timedelta(seconds=5)) -> Answer:
    return hand_over(LETTER, within=within)


def test_an_accepted_letter_arrives_byte_for_byte(smtp: SmtpServer) -> None:
    assert send() == Answer(SmtpVerdict.ACCEPTED, 250, "2.0.0 queued as 42")
    [taken] = smtp.taken
    assert (taken.sender, taken.recipient, taken.content) == (LETTER.sender, LETTER.recipient, LETTER.content)


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("550 5.1.1 no such user", SmtpVerdict.REFUSED),
        ("552 5.2.2 mailbox full", SmtpVerdict.REFUSED),
        ("554 5.7.1 looks like spam", SmtpVerdict.REFUSED),
        ("450 4.2.0 greylisted", SmtpVerdict.LATER),
        ("452 4.3.1 out of space", SmtpVerdict.LATER),
        ("421 4.3.2 closing", SmtpVerdict.TROUBLE),
        ("530 5.7.0 authentication required", SmtpVerdict.TROUBLE),
    ],
)
def test_what_an_answer_means(smtp: SmtpServer, stage: str, answer: str, verdict: SmtpVerdict) -> None:
    smtp.script = Script.answering(stage, answer)
    assert send() == Answer(verdict, int(answer[:3]), answer[4:])
    assert not smtp.taken


@pytest.mark.parametrize(
    ("dot", "verdict"), [("250 2.0.0 ok", SmtpVerdict.ACCEPTED), ("554 5.7.1 no", SmtpVerdict.REFUSED)]
)
def test_what_was_answered_holds_whatever_follows(
    smtp: SmtpServer, dot: str, verdict: SmtpVerdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(self: smtplib.SMTP, *_words: str) -> None:
        time.sleep(0.1)  # the server's end of the connection arrives before our «quit»
        raw(self, *_words)

    raw = smtplib.SMTP.putcmd
    smtp.script = Script(dot=dot, reset="dot")
    monkeypatch.setattr(smtplib.SMTP, "putcmd", lambda self, *words: (late if "quit" in words else raw)(self, *words))
    assert send() == Answer(verdict, int(dot[:3]), dot[4:])


def test_a_line_that_is_no_answer_is_tried_again_without_a_code(smtp: SmtpServer) -> None:
    smtp.script = Script.answering("rcpt", "what is this")
    answer = send()
    assert (answer.verdict, answer.code) == (SmtpVerdict.LATER, None)


@pytest.mark.parametrize("greeting", ["554 5.3.2 not today", "421 4.3.2 busy", "no SMTP at all"])
def test_a_server_that_greets_with_a_no_is_in_trouble(smtp: SmtpServer, greeting: str) -> None:
    smtp.script = Script(greeting=greeting)
    assert send().verdict is SmtpVerdict.TROUBLE


@pytest.mark.parametrize(
    ("stage", "verdict"),
    [
        ("greeting", SmtpVerdict.TROUBLE),
        *((stage, SmtpVerdict.LATER) for stage in ("mail", "rcpt", "data", "body", "dot")),
    ],
)
def test_a_dropped_connection_is_no_refusal(smtp: SmtpServer, stage: str, verdict: SmtpVerdict) -> None:
    smtp.script = Script(drop=stage)
    assert send() == Answer(verdict, None, "Почтовый сервер оборвал соединение")
    assert len(smtp.taken) == (stage == "dot")


def test_nobody_listens(settings: Settings) -> None:
    with SmtpServer() as gone:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", gone.port
    assert send() == Answer(SmtpVerdict.TROUBLE, None, "Нет связи с почтовым сервером (ConnectionRefusedError)")


@pytest.mark.parametrize("host", ["localhost..invalid", "nowhere.invalid"])
def test_a_server_that_no_name_leads_to(settings: Settings, host: str) -> None:
    settings.EMAIL_HOST = host
    assert send().verdict is SmtpVerdict.TROUBLE


@pytest.mark.parametrize("stage", ["greeting", "mail", "rcpt", "data", "dot"])
def test_a_server_that_drips_is_cut_off_at_the_deadline(smtp: SmtpServer, stage: str) -> None:
    smtp.script = Script(drip=stage, drip_seconds=0.2)
    started = time.monotonic()
    assert send(SHORT) == Answer(SmtpVerdict.TROUBLE, None, "Почтовый сервер не уложился в 0.6 с")
    assert time.monotonic() - started < SHORT.total_seconds() + 0.3


def test_without_the_deadline_it_would_hold_the_worker(smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines.Deadline, "_cut", lambda _self: None)
    smtp.script = Script(drip="dot", drip_seconds=0.1)
    started = time.monotonic()
    assert send(SHORT).verdict is SmtpVerdict.ACCEPTED
    assert time.monotonic() - started > SHORT.total_seconds() * 2


def test_a_server_that_says_nothing_is_left_after_its_time_out(smtp: SmtpServer, settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = 0.3
    smtp.script = Script(at_stage=lambda stage: time.sleep(1) if stage == "rcpt" else None)
    started = time.monotonic()
    assert send().verdict is SmtpVerdict.LATER
    assert time.monotonic() - started < 0.8


def test_a_connection_made_too_late_is_given_up() -> None:
    ours, theirs = socket.socketpair()
    with deadlines.Deadline(timedelta(0)) as deadline:
        time.sleep(0.05)
        with pytest.raises(TimeoutError):
            deadline.guard(ours)
    theirs.close()


def test_the_answer_is_stored_on_one_printable_line(smtp: SmtpServer) -> None:
    smtp.script = Script(rcpt="550 \x1b[31mno\x00\x07 " + "x" * 900)
    answer = send().text
    assert answer.isprintable()
    assert len(answer) == 500


def test_an_answer_in_an_unknown_encoding_is_kept_readable() -> None:
    assert clean("Ящик переполнен".encode("cp1251") + b" full").endswith(" full")


@pytest.mark.parametrize("recipient", ["x@y.example\r\nRSET", "x@y.example\nRSET", "x@y.example>\r\nRSET\r\n<"])
def test_no_address_smuggles_a_command(smtp: SmtpServer, recipient: str) -> None:
    hand_over(Envelope("a@b.example", recipient, b""), within=timedelta(seconds=5))
    assert smtp.verbs[:4] == ["EHLO", "MAIL", "RCPT", "DATA"]
    assert "RSET" not in smtp.verbs


# --- Encryption and sign-in ------------------------------------------------------------------------------------------
@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The TLS context of a server whose certificate for 127.0.0.1 the client trusts."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = tmp_path / "mail.crt", tmp_path / "mail.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    return context


@pytest.mark.parametrize("starttls", [True, False])
def test_letters_go_encrypted_and_signed_in(
    smtp: SmtpServer, settings: Settings, trusted: ssl.SSLContext, starttls: bool
) -> None:
    smtp.tls, smtp.starttls = trusted, starttls
    smtp.script = Script(ehlo=("scripted.test", "AUTH PLAIN"))
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = starttls, not starttls
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "cabinet", "secret"
    assert send().verdict is SmtpVerdict.ACCEPTED
    smtp.script = Script(ehlo=("scripted.test", "AUTH PLAIN"), auth="535 5.7.8 wrong")
    assert send() == Answer(SmtpVerdict.TROUBLE, 535, "5.7.8 wrong")
    assert len(smtp.taken) == 1


@pytest.mark.parametrize("starttls", [True, False])
def test_a_certificate_that_nobody_vouches_for_gets_no_letter(
    smtp: SmtpServer, settings: Settings, trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, starttls: bool
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    smtp.tls, smtp.starttls = trusted, starttls
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = starttls, not starttls
    assert send().verdict is SmtpVerdict.TROUBLE
    assert not smtp.taken


def test_a_server_that_offers_no_encryption_gets_no_letter(smtp: SmtpServer, settings: Settings) -> None:
    settings.EMAIL_USE_TLS = True
    assert send().verdict is SmtpVerdict.TROUBLE
    assert not smtp.taken


@pytest.mark.parametrize("starttls", [True, False])
def test_a_handshake_that_never_ends_is_cut_off(settings: Settings, starttls: bool) -> None:
    """The server accepts the connection, in one case also STARTTLS, and then never answers the TLS handshake."""
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = "127.0.0.1", starttls, not starttls
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings.EMAIL_PORT = listening.getsockname()[1]
        settings.EMAIL_TIMEOUT = 30

        def talk() -> None:
            connection, _ = listening.accept()
            if starttls:
                connection.sendall(b"220 hi\r\n")
                connection.recv(100)
                connection.sendall(b"250-hi\r\n250 STARTTLS\r\n")
                connection.recv(100)
                connection.sendall(b"220 go ahead\r\n")
            while connection.recv(4096):
                pass
            connection.close()

        talker = threading.Thread(target=talk)
        talker.start()
        started = time.monotonic()
        assert send(SHORT).verdict is SmtpVerdict.TROUBLE
        assert time.monotonic() - started < SHORT.total_seconds() + 0.3
        talker.join(5)
