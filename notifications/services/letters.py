"""Orders letters. A letter is a row, written in the transaction of its business change; delivery.py sends it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from notifications.models import Letter, LetterAttachment
from notifications.services import sealing
from notifications.services.addresses import mail_domain
from notifications.services.rendering import one_line, render
from sipcabinet.lib import durable
from sipcabinet.lib.errors import DomainError

ADDRESS_LENGTH = 254  # RFC 5321 4.5.3.1.3, without the angle brackets
DRAIN_TASK = "notifications.drain_letters"
LONGEST_KEY = 200  # of a dedupe key; a longer key, which may contain an address, is stored as its hash


class LetterError(DomainError):
    """The letter cannot be ordered."""

    code = "letter.refused"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of the default storage to attach to a letter; the file must have this `sha256` (hex) when it is sent."""

    file_name: str
    content_type: str
    path: str
    sha256: str


def write(
    *,
    kind: str,
    recipient: str,
    context: dict[str, Any],
    account_id: int | None = None,
    sealed: bool = False,
    attachments: Sequence[Attachment] = (),
    dedupe_key: str | None = None,
    resend_of: Letter | None = None,
) -> Letter:
    """Renders the letter now and puts it into the outbox; notifies a worker after the commit.

    A second call with the same `dedupe_key` returns the first letter. With `sealed` the bodies are stored encrypted and
    wiped after sending; the subject is never secret. Only reads and inserts rows, so a customer's page may call this
    function. Raises LetterError for an invalid address.
    """
    parts = render(kind, context)
    hide = sealing.seal if sealed else str
    fields = {
        "kind": kind,
        "recipient": _address(recipient),
        "account_id": account_id,
        "subject": parts.subject,
        "body_text": hide(parts.text),
        "body_html": hide(parts.html),
        "sealed": sealed,
        "resend_of": resend_of,
    }
    return _queue(fields, attachments, dedupe_key)


def resend(*, letter: Letter, recipient: str | None = None) -> Letter:
    """«Отправить ещё раз»: orders a new letter with the same text and files and a separate Message-ID (2.5).

    Sends to `recipient`, or to the recipient of the first letter. Two simultaneous presses create one letter. Raises
    LetterError for a sealed letter (its text is wiped) and while the letter or a repeat is still in the queue.
    """
    if letter.sealed:
        raise LetterError(_("Письмо с паролем повторить нельзя: запросите новый пароль"), code="letter.sealed")
    repeats = Letter.objects.filter(resend_of=letter)
    if letter.state == durable.JobState.WAITING or repeats.filter(state=durable.JobState.WAITING).exists():
        raise LetterError(_("Письмо ещё в очереди и будет отправлено автоматически"), code="letter.waiting")
    fields = {
        "kind": letter.kind,
        "recipient": _address(recipient or letter.recipient),
        "account_id": letter.account_id,
        "subject": letter.subject,
        "body_text": letter.body_text,
        "body_html": letter.body_html,
        "resend_of": letter,
    }
    files = [Attachment(a.file_name, a.content_type, a.path, a.sha256) for a in letter.attachments.order_by("pk")]
    return _queue(fields, files, f"resend:{letter.pk}:{repeats.count()}")


def _queue(fields: dict[str, Any], attachments: Sequence[Attachment], dedupe_key: str | None) -> Letter:
    fields["message_id"] = f"<{uuid4().hex}@{mail_domain()}>"
    with transaction.atomic():
        if dedupe_key is None:
            letter, created = Letter.objects.create(**fields), True
        else:
            letter, created = Letter.objects.get_or_create(dedupe_key=_kept(dedupe_key), defaults=fields)
        if created:
            LetterAttachment.objects.bulk_create([_attached(letter, file) for file in attachments])
            durable.hint(DRAIN_TASK)
    return letter


def _kept(key: str) -> str:
    return key if len(key) <= LONGEST_KEY else f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def _attached(letter: Letter, file: Attachment) -> LetterAttachment:
    return LetterAttachment(
        letter=letter,
        account_id=letter.account_id,
        file_name=one_line(file.file_name).replace("/", "_").replace("\\", "_")[:200],
        content_type=file.content_type,
        path=file.path,
        sha256=file.sha256,
    )


def _address(text: str) -> str:
    try:
        validate_email(text)
        MaxLengthValidator(ADDRESS_LENGTH)(text)
    except ValidationError:
        raise LetterError(_("Адрес E-mail записан с ошибкой"), code="letter.bad_recipient") from None
    return text
