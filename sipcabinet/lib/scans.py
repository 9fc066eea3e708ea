"""Checks scans of papers (PDF, JPEG, PNG) before they are stored: the content decides, never the name or the browser.

A scan is only ever sent as an attachment, so the checks are a second safeguard: they keep out files that are no scans,
files that act when they are opened, and pictures that need much memory.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext as _

from sipcabinet.lib import files, pdf_content
from sipcabinet.lib.errors import DomainError

MIB = 1024 * 1024
MOST_BYTES = 10 * MIB
MOST_SIDE = 10_000  # pixels
MOST_PIXELS = 40_000_000  # A4 at 600 dpi has 35 million
_FORMATS = {"JPEG": ("image/jpeg", ".jpg"), "PNG": ("image/png", ".png")}
_MAGIC = {b"%PDF-": "PDF", b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG"}
# Long enough not to occur in compressed pictures by chance.
_MARKUP = re.compile(rb"<script|<!doctype|<iframe|<html[ >]|javascript:", re.IGNORECASE)
_decoding = threading.Lock()  # decoded pixels take up to 160 MB: one picture at a time in a process


class ScanError(DomainError):
    """The file is not accepted as a scan; the message says what to do."""

    code = "scan"


@dataclass(frozen=True, slots=True)
class Scan:
    """A checked file: its open stream, the name that staff see (with the extension of its content), its media type."""

    stream: IO[bytes]
    name: str
    content_type: str
    extension: str


def checked(stream: IO[bytes], *, name: str, size: int) -> Scan:
    """The file as a scan. Reads at most MOST_BYTES; raises ScanError with the reason for staff."""
    if not size:
        raise ScanError(_("Файл пустой. Выберите файл со сканом"))
    if size > MOST_BYTES:
        raise ScanError(_("Файл больше %(most)d МБ. Уменьшите разрешение или сохраните скан как PDF") % _most())
    stream.seek(0)
    content = stream.read(MOST_BYTES + 1)
    stream.seek(0)
    kind = next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), "")
    if kind == "PDF":
        _check_pdf(content)
        return Scan(stream, _named(name, ".pdf"), "application/pdf", ".pdf")
    if kind in _FORMATS:
        _check_image(stream, kind, content)
        content_type, extension = _FORMATS[kind]
        return Scan(stream, _named(name, extension), content_type, extension)
    raise ScanError(_("Это не скан: внутри файла нет PDF, JPEG или PNG. Сохраните документ в одном из этих форматов"))


def _most() -> dict[str, int]:
    return {"most": MOST_BYTES // MIB}


def _named(name: str, extension: str) -> str:
    """A safe name without folders, with the extension of the real content."""
    own = files.safe_name(re.split(r"[/\\]", name)[-1])
    stem = own.rpartition(".")[0] or own
    return f"{stem}{extension}"


def _check_pdf(content: bytes) -> None:
    try:
        found = pdf_content.active(content)
    except pdf_content.UncheckableError as why:
        raise ScanError(_("PDF нельзя проверить: %(why)s. Сохраните скан заново, без защиты") % {"why": why}) from None
    if found:
        message = _("В PDF есть действия или вложения (%(what)s). Сохраните скан заново, без них")
        raise ScanError(message % {"what": found})


def _check_image(stream: IO[bytes], kind: str, content: bytes) -> None:
    if _MARKUP.search(content):
        raise ScanError(_("В картинке есть посторонний код. Отсканируйте документ заново"))
    from PIL import Image

    try:
        with _decoding, _whole_pictures(), Image.open(stream, formats=[kind]) as image:  # reads no pixels yet
            _require_size(*image.size)
            image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except ScanError:
        raise
    except Exception:  # noqa: BLE001 - Pillow raises many kinds for damaged files
        raise ScanError(_("Картинка повреждена. Отсканируйте документ заново")) from None
    finally:
        stream.seek(0)


@contextmanager
def _whole_pictures() -> Iterator[None]:
    """Lets Pillow refuse pictures that are cut off: WeasyPrint makes it accept them in the whole process."""
    from PIL import ImageFile

    former, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = former


def _require_size(width: int, height: int) -> None:
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise _too_large()


def _too_large() -> ScanError:
    message = _(
        "Картинка слишком велика: больше %(side)d точек по стороне или %(pixels)d млн точек. Уменьшите разрешение"
    )
    return ScanError(message % {"side": MOST_SIDE, "pixels": MOST_PIXELS // 1_000_000})
