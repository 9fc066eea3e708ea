"""The name a customer gives a number: how it is stored, and how a cell of a CSV file holds it (3.0)."""

import re
import unicodedata
from typing import NamedTuple

from django.utils.translation import gettext as _

from subscribers.errors import NumberError

LABEL_LENGTH = 60
_RISKY = re.compile(r"'*\s*[=+\-@\t\r\n]")


class Line(NamedTuple):
    """A row of the file: the line where it begins, counted from 1, and its cells."""

    place: int
    cells: list[str]


def clean_label(text: str) -> str:
    """The name as stored: single spaces, no invisible characters. Raises NumberError."""
    seen = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    label = " ".join(seen.split())
    if not label.isprintable():
        raise NumberError("label", _("В названии есть недопустимые знаки"), "label")
    if len(label) > LABEL_LENGTH:
        raise NumberError("label", _("Название не длиннее %(most)s знаков") % {"most": LABEL_LENGTH}, "label")
    return label


def guarded(label: str) -> str:
    """The name for a cell of the file, safe in spreadsheets; `unguarded` restores the name."""
    return f"'{label}" if _RISKY.match(label) else label


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _RISKY.match(cell) else cell
