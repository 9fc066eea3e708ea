"""Checks of uploaded pictures. What is stored is written anew from what was understood, so nothing hidden remains."""

from typing import IO

from django.utils.translation import gettext as _

from sipcabinet.lib.pictures.records import Picture, PictureError

__all__ = ["LARGEST_BYTES", "Picture", "PictureError", "read"]
LARGEST_BYTES = 200 * 1024


def read(file: IO[bytes], size: int | None, *, accepts_svg: bool = False) -> Picture:
    """The picture in a file of `size` bytes: a PNG or, with `accepts_svg`, also an SVG. Raises PictureError.

    A file that is too large is not read. The name and the type that the browser reports are not used.
    """
    from sipcabinet.lib.pictures import png, svg  # lxml and Pillow load with the first picture

    if (size or 0) > LARGEST_BYTES:
        raise PictureError(_("Файл больше 200 КБ: уменьшите картинку."), code="picture.large")
    content = file.read(LARGEST_BYTES + 1)
    if not content or len(content) > LARGEST_BYTES:
        raise PictureError(_("Файл пуст или больше 200 КБ."), code="picture.size")
    if content.startswith(png.START):
        return png.read(content)
    if accepts_svg and content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return svg.read(content)
    raise PictureError(
        _("Это не PNG и не SVG: выберите другой файл.") if accepts_svg else _("Это не PNG: выберите другой файл."),
        code="picture.format",
    )
