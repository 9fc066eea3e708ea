"""Reads PNG pictures. The size is checked before any pixel is unpacked."""

import io
import struct
import warnings

from django.utils.translation import gettext as _

from sipcabinet.lib.pictures.records import PNG, Picture, PictureError, check_sides

START = b"\x89PNG\r\n\x1a\n"
_END = b"IEND\xaeB`\x82"
_HEADER = struct.Struct(">I4sIIBB")  # of the first chunk, IHDR: length, name, width, height, bits, colour


def read(content: bytes) -> Picture:
    """The PNG, written anew without its texts, profiles and further frames. Raises PictureError."""
    width, height = _size(content)
    from PIL import Image, UnidentifiedImageError

    written = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=["PNG"]) as found:
                found.load()
                mode = "RGBA" if "A" in found.mode or "transparency" in found.info else "RGB"
                found.convert(mode).save(written, "PNG", optimize=True)
    except (OSError, ValueError, SyntaxError, EOFError, Warning, UnidentifiedImageError, struct.error):
        raise _broken() from None
    return Picture(written.getvalue(), PNG, width, height)


def _size(content: bytes) -> tuple[int, int]:
    try:
        _length, name, width, height, _bits, _colour = _HEADER.unpack_from(content, len(START))
    except struct.error:
        raise _broken() from None
    # Pillow itself takes a file that is cut off, once WeasyPrint has told it to.
    if name != b"IHDR" or _END not in content:
        raise _broken()
    check_sides(width, height)
    return width, height


def _broken() -> PictureError:
    return PictureError(_("Файл PNG повреждён: сохраните картинку ещё раз."), code="picture.broken")
