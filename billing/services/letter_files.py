"""A created file in a letter: attached up to ATTACHMENT_LIMIT_BYTES, and always with a signed link (2.3.4)."""

from pathlib import PurePath

from django.conf import settings

from billing.models import Document, IssuedFile, ReconciliationAct
from notifications.services import letters
from sipcabinet.lib import clock

File = Document | IssuedFile | ReconciliationAct


def attachments(file: File) -> list[letters.Attachment]:
    """The file as an attachment; an empty list if it is too large for a letter."""
    if not _fits(file):
        return []
    return [letters.Attachment(file.file_name, file.content_type, file.path, file.sha256)]


def context(file: File, link: str) -> dict[str, object]:
    """Context of `letters/with_file` for the file; `link` is a signed address valid for LINK_LIFETIME."""
    return {
        "attached": _fits(file),
        "file_format": PurePath(file.file_name).suffix.removeprefix(".").upper(),
        "link": link,
        "link_until": clock.now() + settings.LINK_LIFETIME,
    }


def _fits(file: File) -> bool:
    return bool(file.size <= settings.ATTACHMENT_LIMIT_BYTES)
