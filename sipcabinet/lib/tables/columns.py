"""Columns of an uploaded table: what a cell may hold, and what to tell when it holds something else."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from sipcabinet.lib.sheets import CellKind

Reader: TypeAlias = Callable[[str], Any]
_SPACES = re.compile(r"[\s\u00a0\u202f]+")
_NUMBER = re.compile(r"\d{1,12}(?:[.,]\d{1,12})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})|(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_SPOILT = re.compile(r"\d+[.,]\d+E\+\d+", re.ASCII | re.IGNORECASE)
YES, NO = "да", "нет"
_YES_NO = {YES: True, "1": True, "yes": True, "true": True, NO: False, "0": False, "no": False, "false": False}


class CellError(Exception):
    """The cell's text is not what the column needs; the message is the reason that the person reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumn:
    """A column of a table: `key` names its value, `title` its heading in files (any case, `ё` as `е`).

    `read` turns a cell's text into the value or raises CellError. An empty cell, or a file without the column, gives
    `default`; with `is_required` both are faults. `hint` is told in the template. `kind` and `width` are of the
    written file.
    """

    key: str
    title: str | Promise
    read: Reader
    is_required: bool = True
    default: Any = None
    hint: str | Promise = ""
    kind: CellKind = CellKind.TEXT
    width: int = 16


def text(most: int) -> Reader:
    """Words on one line, at most `most` characters."""

    def read(written: str) -> str:
        found = _SPACES.sub(" ", written).strip()
        if len(found) > most:
            raise CellError(_("не длиннее %(most)d знаков") % {"most": most})
        return found

    return read


def amount(places: int, most: Decimal = Decimal(1_000_000)) -> Reader:
    """A sum that is not negative, below `most`, with at most `places` decimal places; comma or point."""

    def read(written: str) -> Decimal:
        bare = _SPACES.sub("", written)
        if not _NUMBER.fullmatch(bare):
            raise CellError(_("нужно число, например 0,8"))
        try:
            found = Decimal(bare.replace(",", "."))
        except InvalidOperation:
            raise CellError(_("нужно число, например 0,8")) from None
        if found >= most:
            raise CellError(_("должно быть меньше %(most)s") % {"most": f"{most:f}"})
        if found != round(found, places):
            raise CellError(_("не больше %(places)d знаков после запятой") % {"places": places})
        return round(found, places)

    return read


def whole(least: int, most: int) -> Reader:
    """A whole number from `least` to `most`."""

    def read(written: str) -> int:
        bare = _SPACES.sub("", written)
        found = int(bare) if _WHOLE.fullmatch(bare) else -1
        if not least <= found <= most:
            raise CellError(_("нужно целое число от %(least)d до %(most)d") % {"least": least, "most": most})
        return found

    return read


def digits(most: int, *, empty_as: str = "") -> Reader:
    """Digits of a number or of its beginning; a plus and punctuation are dropped. `empty_as` is read as no digits."""

    def read(written: str) -> str:
        if empty_as and written == empty_as:
            return ""
        if _SPOILT.fullmatch(written):
            raise CellError(_("Excel записал номер как число: сделайте колонку текстовой и введите его снова"))
        found = re.sub(r"[\s\u00a0().+-]", "", written)
        if not (found.isascii() and found.isdecimal()):
            raise CellError(_("нужны только цифры"))
        if len(found) > most:
            raise CellError(_("не больше %(most)d цифр") % {"most": most})
        return found

    return read


def yes_no(written: str) -> bool:
    """`да` or `нет`."""
    found = _YES_NO.get(written.casefold())
    if found is None:
        raise CellError(_("нужно «да» или «нет»"))
    return found


def day(written: str) -> date:
    """A day as `31.12.2026` or `2026-12-31`."""
    found = _DAY.fullmatch(written)
    try:
        if found and found[1]:
            return date(int(found[3]), int(found[2]), int(found[1]))
        if found:
            return datetime.strptime(written, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no time zone
    except ValueError:
        pass
    raise CellError(_("нужна дата, например 31.12.2026"))


def one_of(choices: Mapping[str, Any], told: str | Promise = "") -> Reader:
    """One of some words, in any case. `told` names the choices; without it all are listed."""
    known = {folded(word): value for word, value in choices.items()}

    def read(written: str) -> Any:
        found = known.get(folded(written))
        if found is None:
            raise CellError(_("нужно одно из: %(words)s") % {"words": told or ", ".join(choices)})
        return found

    return read


def folded(words: str) -> str:
    """The words in the spelling in which titles and choices are compared."""
    return _SPACES.sub(" ", words).strip().casefold().replace("ё", "е")
