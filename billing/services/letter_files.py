"""A made file in a letter: attached up to ATTACHMENT_LIMIT_BYTES, and a signed link beside it either way (2.3.4)."""

from pathlib import PurePath

from django.conf import settings

from billing.models import Document, IssuedFile
from notifications.services import letters
from sipcabinet.lib import clock


def attachments(file: Document | IssuedFile) -> list[letters.Attachment]:
    """The file, or nothing where it is too large for a letter."""
    if not _fits(file):
        return []
    return [letters.Attachment(file.file_name, file.content_type, file.path, file.sha256)]


def context(file: Document | IssuedFile, link: str) -> dict[str, object]:
    """What `letters/with_file` says of the file; `link` is a signed address, good for LINK_LIFETIME."""
    return {
        "attached": _fits(file),
        "file_format": PurePath(file.file_name).suffix.removeprefix(".").upper(),
        "link": link,
        "link_until": clock.now() + settings.LINK_LIFETIME,
    }


def _fits(file: Document | IssuedFile) -> bool:
    return bool(file.size <= settings.ATTACHMENT_LIMIT_BYTES)
