"""A checked picture, and the refusal of one."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from sipcabinet.lib.errors import DomainError

LARGEST_SIDE = 2000  # px; a PNG of this size takes 16 MB of memory while it is read
SMALLEST_SIDE = 16  # px
PNG, SVG = "image/png", "image/svg+xml"


class PictureError(DomainError):
    """The file is refused; the message says what to do."""

    code = "picture.refused"


@dataclass(frozen=True, slots=True)
class Picture:
    """A checked picture. `width` and `height` are in pixels; an SVG gives those of its view box, rounded."""

    content: bytes
    content_type: str
    width: int
    height: int


def check_sides(width: float, height: float) -> None:
    """Raises PictureError for a side shorter than SMALLEST_SIDE or longer than LARGEST_SIDE."""
    if max(width, height) > LARGEST_SIDE:
        message = _("Картинка %(width)g × %(height)g точек: уменьшите её до %(most)s × %(most)s.")
        told = {"width": width, "height": height, "most": LARGEST_SIDE}
        raise PictureError(message % told, code="picture.sides")
    if min(width, height) < SMALLEST_SIDE:
        message = _("Картинка %(width)g × %(height)g точек слишком мала: нужна сторона не меньше %(least)s.")
        told = {"width": width, "height": height, "least": SMALLEST_SIDE}
        raise PictureError(message % told, code="picture.sides")
