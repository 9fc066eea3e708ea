"""A switch's file is known by its hash, whatever source it is handed over for: its calls count once (4.4)."""

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
    """Calls of this very file have come in from another source."""

    code = "import.known_file"


def sha256_of(content: "File[bytes]") -> str:
    """The hash by which an uploaded file is known."""
    digest = hashlib.sha256()
    for chunk in content.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def sha256_of_open(file: BinaryIO) -> str:
    """The same of an open file, which is put back to its beginning."""
    digest = hashlib.sha256()
    while block := file.read(BLOCK_BYTES):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()


def require_new(*, source: CallSource, sha256: str, before: int | None = None) -> None:
    """Raises KnownFileError where another source's import has counted calls of this file, or is about to.

    Of two imports at the same moment the one that was ordered first goes on; `before` is the number of the one that
    asks. A file none of whose calls counted may come in from the right source. There is no way around this: a file of
    the wrong source is mended by that source's settings, and a second copy would be billed again.
    """
    counted = Q(new_count__gt=0) | Q(duplicate_count__gt=0)
    under_way = Q(state=JobState.WAITING) if before is None else Q(state=JobState.WAITING, pk__lt=before)
    others = CallImport.objects.filter(counted | under_way, sha256=sha256).exclude(source=source.pk)
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
