"""Reads letters from the Maildir that the demo's mail server fills."""

import mailbox
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from pathlib import Path

_ARRIVAL = re.compile(r"(\d+)\.M(\d+)")
_HEADERS = BytesHeaderParser(policy=policy.default)


@dataclass(frozen=True, slots=True)
class MailboxEntry:
    """A line of the list of letters."""

    key: str
    arrived_at: datetime
    recipient: str
    subject: str
    has_files: bool


@dataclass(frozen=True, slots=True)
class File:
    """An attachment; `number` is its place in the letter, from 0."""

    number: int
    name: str
    content_type: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass(frozen=True, slots=True)
class MailboxLetter:
    """One parsed letter."""

    key: str
    arrived_at: datetime
    sender: str
    recipient: str
    subject: str
    message_id: str
    text: str
    html: str
    files: list[File]


class Mailbox:
    """Letters of a folder, the newest first; a folder that does not exist yet is an empty mailbox."""

    def __init__(self, folder: Path) -> None:
        try:
            self._box: mailbox.Maildir | None = mailbox.Maildir(folder, create=False)
        except mailbox.NoSuchMailboxError:
            self._box = None

    def entries(self, recipient: str = "") -> list[MailboxEntry]:
        """All letters, or only those whose recipient contains this text; upper and lower case are equal."""
        if self._box is None:
            return []
        entries = [self._entry(key) for key in sorted(self._box.iterkeys(), key=_arrival, reverse=True)]
        return [entry for entry in entries if recipient.casefold() in entry.recipient.casefold()]

    def _entry(self, key: str) -> MailboxEntry:
        assert self._box is not None  # noqa: S101 - there is no key without a box
        headers = _HEADERS.parsebytes(self._box.get_bytes(key))
        has_files = headers.get_content_type() == "multipart/mixed"
        return MailboxEntry(key, _moment(key), _address(headers["To"]), str(headers["Subject"] or ""), has_files)

    def letter(self, key: str) -> MailboxLetter | None:
        """The letter of this key, or None. The key is only looked up: no path is built from it."""
        if self._box is None or key not in self._box:
            return None
        message = message_from_bytes(self._box.get_bytes(key), policy=policy.default)
        return MailboxLetter(
            key=key,
            arrived_at=_moment(key),
            sender=str(message["From"] or ""),
            recipient=_address(message["To"]),
            subject=str(message["Subject"] or ""),
            message_id=str(message["Message-ID"] or ""),
            text=_body(message, "plain"),
            html=_body(message, "html"),
            files=[_file(number, part) for number, part in enumerate(message.iter_attachments())],
        )


def _arrival(key: str) -> tuple[int, int]:
    found = _ARRIVAL.match(key)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _moment(key: str) -> datetime:
    return datetime.fromtimestamp(_arrival(key)[0], tz=UTC)


def _address(header: object) -> str:
    return parseaddr(str(header or ""))[1]


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""


def _file(number: int, part: EmailMessage) -> File:
    content = part.get_payload(decode=True)
    name = part.get_filename() or f"{number + 1}"
    return File(number, name, part.get_content_type(), content if isinstance(content, bytes) else b"")
