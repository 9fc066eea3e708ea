"""Builds the bytes of a letter for the mail server (RFC 5322, MIME)."""

import hashlib
from email.encoders import encode_base64
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import sanitize_address
from django.utils.translation import gettext as _

from notifications.models import Letter, LetterAttachment
from notifications.services import headers, sealing
from notifications.services.smtp import Envelope
from operator_profile.selectors import face


class UnsendableError(Exception):
    """No attempt can succeed: the text cannot be decrypted, or a file is missing or changed. Its text is for staff."""


def envelope(letter: Letter) -> Envelope:
    """The whole letter: the same bytes at every attempt except MIME boundaries, and the sender's name if it changes.

    Raises UnsendableError."""
    sender = sanitize_address(parseaddr(settings.DEFAULT_FROM_EMAIL)[1], "utf-8")
    return Envelope(sender, sanitize_address(letter.recipient, "utf-8"), _wire(_message(letter)))


def _sender() -> str:
    """The sender as readers see it: the operator's name in force (4.16) before the address of DEFAULT_FROM_EMAIL."""
    shown, told = face.in_force(), str(settings.DEFAULT_FROM_EMAIL)
    return told if shown.is_first else formataddr((shown.name, parseaddr(told)[1]))


def _message(letter: Letter) -> EmailMultiAlternatives:
    text, html = _bodies(letter)
    headers = {
        "Message-ID": letter.message_id,
        "Date": format_datetime(letter.created_at),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    message = EmailMultiAlternatives(
        letter.subject,
        text,
        _sender(),
        [letter.recipient],
        headers=headers,
    )
    message.attach_alternative(html, "text/html")
    for file in letter.attachments.order_by("pk"):
        message.attach(file.file_name, _content(file), file.content_type)
    return message


def _bodies(letter: Letter) -> tuple[str, str]:
    if not letter.sealed:
        return letter.body_text, letter.body_html
    try:
        return sealing.unseal(letter.body_text), sealing.unseal(letter.body_html)
    except sealing.InvalidToken:
        raise UnsendableError(_("Письмо зашифровано ключом, которого больше нет в LETTER_KEYS")) from None


def _content(file: LetterAttachment) -> bytes:
    try:
        with default_storage.open(file.path) as stored:
            content: bytes = stored.read()
    except (FileNotFoundError, SuspiciousFileOperation):
        raise UnsendableError(_("Файл вложения не найден")) from None
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise UnsendableError(_("Файл вложения изменился после того, как был заказан"))
    return content


def _wire(message: EmailMultiAlternatives) -> bytes:
    whole: Any = message.message()  # Django's own class, whose as_bytes takes `linesep`
    headers.fold(whole)
    for part in whole.walk():
        if part["Content-Transfer-Encoding"] == "8bit":  # not every server on the way accepts 8bit
            del part["Content-Transfer-Encoding"]
            encode_base64(part)
    return bytes(whole.as_bytes(linesep="\r\n"))
