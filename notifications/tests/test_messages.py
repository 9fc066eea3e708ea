"""The bytes of a letter for the mail server."""

import hashlib
import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from notifications.models import Letter
from notifications.services import messages
from notifications.services.letters import Attachment
from notifications.services.messages import UnsendableError
from notifications.tasks import drain_letters
from notifications.tests.conftest import RECIPIENT, SECRET
from notifications.tests.smtp_server import SmtpServer

Write = Callable[..., Letter]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CYRILLIC = "Детализация за октябрь 2026, «Полесские сети».xlsx"


def attached(files: Path, content: bytes = b"PK\x03\x04 not text \xff", name: str = CYRILLIC) -> Attachment:
    (files / "1.xlsx").write_bytes(content)
    return Attachment(name, XLSX, "1.xlsx", hashlib.sha256(content).hexdigest())


def parsed(letter: Letter) -> EmailMessage:
    return message_from_bytes(messages.envelope(letter).content, policy=policy.default)


def test_both_texts_arrive_whole(write: Write) -> None:
    letter = write()
    message = parsed(letter)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert message.get_content_type() == "multipart/alternative"
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == letter.body_text
    assert html.get_content().replace("\r\n", "\n") == letter.body_html


def test_headers_say_who_to_whom_and_that_a_machine_wrote_it(write: Write, settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Личный кабинет SIP <cabinet@operator.example>"
    letter = write()
    message = parsed(letter)
    assert message["Subject"] == letter.subject
    assert message["From"] == "Личный кабинет SIP <cabinet@operator.example>"
    assert message["To"] == RECIPIENT
    assert message["Message-ID"] == letter.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert abs((parsedate_to_datetime(message["Date"]) - letter.created_at).total_seconds()) < 1
    assert messages.envelope(letter).sender == "cabinet@operator.example"


def test_the_wire_is_seven_bit_with_short_lines(write: Write, files: Path) -> None:
    letter = write(
        attachments=[attached(files)], context={"what": "ы" * 3000, "url": "https://x.example/" + "a" * 3000}
    )
    content = messages.envelope(letter).content
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_a_file_with_a_cyrillic_name_arrives_whole(write: Write, files: Path) -> None:
    content = bytes(range(256)) * 5000
    [part] = parsed(write(attachments=[attached(files, content)])).iter_attachments()
    assert part.get_filename() == CYRILLIC
    assert part.get_content_type() == XLSX
    assert part.get_content() == content


@pytest.mark.parametrize("name", ["Счёт.pdf", "a b;c\"d'.csv", "%41.txt", "длинное имя " * 15 + ".xlsx"])
def test_any_file_name_survives(write: Write, files: Path, name: str) -> None:
    [part] = parsed(write(attachments=[attached(files, name=name)])).iter_attachments()
    assert part.get_filename() == name


def test_text_files_are_not_translated(write: Write, files: Path) -> None:
    content = "время;сумма\r\n10:00;1,50\n".encode("utf-8-sig")
    file = attached(files, content, "Звонки.csv")
    [part] = parsed(
        write(attachments=[Attachment(file.file_name, "text/csv", file.path, file.sha256)])
    ).iter_attachments()
    assert part.get_payload(decode=True) == content


def test_a_changed_file_is_not_sent(write: Write, files: Path) -> None:
    letter = write(attachments=[attached(files)])
    (files / "1.xlsx").write_bytes(b"somebody was here")
    with pytest.raises(UnsendableError, match="изменился"):
        messages.envelope(letter)


def test_a_lost_file_is_not_sent(write: Write, files: Path) -> None:
    letter = write(attachments=[attached(files)])
    (files / "1.xlsx").unlink()
    with pytest.raises(UnsendableError, match="не найден"):
        messages.envelope(letter)


def test_a_path_out_of_the_storage_is_not_read(write: Write, files: Path) -> None:
    letter = write(attachments=[Attachment("x", "text/plain", "../../etc/passwd", "0" * 64)])
    with pytest.raises(UnsendableError):
        messages.envelope(letter)


def test_a_sealed_letter_is_opened_only_for_the_wire(write_secret: Write, settings: Settings) -> None:
    letter = write_secret()
    text = parsed(letter).get_body(("plain",))
    assert text is not None
    assert SECRET in text.get_content()
    settings.LETTER_KEYS = ["MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE="]
    with pytest.raises(UnsendableError, match="LETTER_KEYS"):
        messages.envelope(letter)


def test_an_international_domain_goes_as_ascii(write: Write) -> None:
    envelope = messages.envelope(write("office@почта.example"))
    assert envelope.recipient == f"office@{'почта'.encode('idna').decode()}.example"


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subject=st.text(max_size=120), name=st.text(min_size=1, max_size=60), what=st.text(max_size=60))
def test_nothing_typed_becomes_a_header(write: Write, files: Path, subject: str, name: str, what: str) -> None:
    evil = "\r\nBcc: thief@evil.example\r\n\r\n"
    file = attached(files, name=f"{name}{evil}.xlsx")
    letter = write(context={"what": what.replace("\x00", "") + evil + subject, "url": evil}, attachments=[file])
    message = parsed(letter)
    assert message["Bcc"] is None
    assert set(message.keys()) == {
        "Content-Type", "MIME-Version", "Subject", "From", "To",
        "Message-ID", "Date", "Auto-Submitted", "X-Auto-Response-Suppress",
    }  # fmt: skip
    assert parseaddr(str(message["To"]))[1] == RECIPIENT
    assert [set(part.keys()) for part in message.iter_attachments()] == [
        {"Content-Type", "MIME-Version", "Content-Transfer-Encoding", "Content-Disposition"}
    ]


def head_of(content: bytes) -> list[bytes]:
    """The first lines of all headers, including those of MIME parts, as sent to the mail server."""
    return [line for line in content.split(b"\r\n") if re.match(rb"[A-Z][\w-]+:", line)]


SUBJECTS = [
    "Счёт № 000123 за октябрь 2026 на сумму 1 234,50 BYN, оплатите до 25 ноября 2026 включительно",
    "Счёт",
    "Bill",
]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_header_begins_on_the_line_of_its_name(
    write: Write, files: Path, smtp: SmtpServer, settings: Settings, subject: str
) -> None:
    """In the sent bytes: some mail programs show an empty subject if a header's first line has no text."""
    sender = "Личный кабинет SIP оператора связи «Голос и сети Республики» <cabinet@operator.example>"
    settings.DEFAULT_FROM_EMAIL = sender
    letter = write(attachments=[attached(files, name=name) for name in (CYRILLIC, "x.xlsx")])
    Letter.objects.update(subject=subject)
    drain_letters()
    [taken] = smtp.taken
    assert [line for line in head_of(taken.content) if not line.partition(b":")[2].strip()] == []
    plain = message_from_bytes(taken.content)
    assert [str(make_header(decode_header(plain[name]))) for name in ("Subject", "From")] == [subject, sender]
    assert taken.message_id == letter.message_id
    assert all(len(line) <= 78 for line in taken.content.split(b"\r\n\r\n")[0].split(b"\r\n"))


def test_a_file_is_named_three_ways(write: Write, files: Path, smtp: SmtpServer) -> None:
    """Content-Type's encoded word and the ASCII name are for old programs and 1С; RFC 2231 is for the others."""
    write(attachments=[attached(files)])
    drain_letters()
    [taken] = smtp.taken
    [part] = taken.message.iter_attachments()
    head = taken.content[taken.content.index(b"Content-Type: application/") :].partition(b"\r\n\r\n")[0]
    [words] = re.findall(rb'name="((?:=\?utf-8\?b\?[\w+/=]+\?=(?:\r\n )?)+)"', head)
    assert str(make_header(decode_header(words.decode().replace("\r\n", "")))) == CYRILLIC
    assert b'\r\n filename="Detalizatsiya_za_oktyabr_2026_Polesskie_seti.xlsx"' in head
    assert b"\r\n filename*=utf-8''%D0%94%D0%B5%D1%82" in head
    assert (part.get_filename(), part.get_content_type()) == (CYRILLIC, XLSX)


def test_the_longest_name_keeps_lines_short(write: Write, files: Path) -> None:
    name = "ы" * 195 + ".xlsx"
    letter = write(attachments=[attached(files, name=name)])
    assert max(map(len, messages.envelope(letter).content.split(b"\r\n"))) <= 998
    [part] = parsed(letter).iter_attachments()
    assert part.get_filename() == name
