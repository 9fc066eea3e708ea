"""A switch's file is identified by its hash, whichever source it is uploaded for: its calls count once (4.4)."""

import hashlib
from typing import TYPE_CHECKING, BinaryIO

from django.db.models import Q
from django.utils.translation import gettext as _

from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from subscribers.errors import SourceError
from subscribers.models import CallImport, CallSource

if TYPE_CHECKING:
    from django.core.files.base import File

BLOCK_BYTES = 1 << 20


class KnownFileError(SourceError):
    """Calls of this same file were imported from another source."""

    code = "import.known_file"


def sha256_of(content: "File[bytes]") -> str:
    """The SHA-256 that identifies an uploaded file."""
    digest = hashlib.sha256()
    for chunk in content.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def sha256_of_open(file: BinaryIO) -> str:
    """The SHA-256 of an open file; sets the file position back to the start."""
    digest = hashlib.sha256()
    while block := file.read(BLOCK_BYTES):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()


def require_new(*, source: CallSource, sha256: str, before: int | None = None) -> None:
    """Raises KnownFileError if an import of another source has counted calls of this file, or waits to do so.

    Of two simultaneous imports the one ordered first goes on; `before` is the id of the import that asks. A file none
    of whose calls were counted may be imported from the right source. The refusal cannot be overridden: a file imported
    under the wrong source is corrected in that source's settings, and a second copy would be billed again.
    """
    counted = Q(new_count__gt=0) | Q(duplicate_count__gt=0)
    under_way = Q(state=JobState.WAITING) if before is None else Q(state=JobState.WAITING, pk__lt=before)
    others = CallImport.objects.filter(counted | under_way, sha256=sha256, undone_at__isnull=True).exclude(
        source=source.pk
    )
    if (known := others.select_related("source").order_by("pk").first()) is not None:
        told = _("Этот файл уже есть у источника «%(source)s»: %(file)s, импорт № %(number)d от %(day)s")
        raise KnownFileError(
            told
            % {
                "source": known.source.name,
                "file": known.file_name,
                "number": known.pk,
                "day": clock.show_date(clock.minsk(known.created_at).date()),
            }
        )
