"""A worksheet as expat reads it: rows of text, handed over while the file is still being unpacked."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from sipcabinet.lib.tables.bounds import Bounds, TableFileError
from sipcabinet.lib.tables.lines import Formula, Line, too_wide
from sipcabinet.lib.tables.xlsx_parts import Part

_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})", re.ASCII)
_EPOCH, _EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
_LAST_DAY = 2_958_465  # 31.12.9999
_YES_NO = {"1": "да", "0": "нет"}  # as people type them; they are data, not words of a page


class SheetPart(Part):
    """The rows of a sheet. Cells are bounded while they come: a row that is too wide ends the reading."""

    def __init__(self, texts: Sequence[str], are_dates: Sequence[bool], bounds: Bounds, *, is_1904: bool) -> None:
        super().__init__()
        self._texts, self._are_dates, self._bounds = texts, are_dates, bounds
        self._epoch = _EPOCH_1904 if is_1904 else _EPOCH
        self._ready: list[Line] = []
        self._row: dict[int, str] = {}
        self._number = 0
        self._column = -1
        self._type = self._style = self._value = ""
        self._has_formula = False
        self._is_reading = False

    def ready(self) -> list[Line]:
        """The rows that have been read since the last call."""
        found, self._ready = self._ready, []
        return found

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            told = attributes.get("r", "")
            self._number = int(told) if told.isascii() and told.isdecimal() and len(told) < 8 else self._number + 1
            self._row, self._column = {}, -1
        elif name == "c":
            self._begin_cell(attributes)
        elif name == "f":
            self._has_formula = True
        elif name == "rPh":
            self._is_reading = True
        elif name in {"v", "t"} and not self._is_reading:
            self.text = []

    def end(self, name: str) -> None:
        if name in {"v", "t"} and self.text is not None:
            self._value += self.taken()
            if len(self._value) > self._bounds.most_characters:
                told = {"row": self._number, "most": self._bounds.most_characters}
                raise TableFileError(_("Строка %(row)d: в одной ячейке больше %(most)d знаков") % told)
        elif name == "rPh":
            self._is_reading = False
        elif name == "c":
            self._end_cell()
        elif name == "row" and self._row:
            cells = tuple(self._row.get(column, "") for column in range(max(self._row) + 1))
            self._ready.append(Line(self._number, cells))

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        found = _PLACE.fullmatch(attributes.get("r", ""))
        self._column = _index(found[1]) if found else self._column + 1
        self._type, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._value, self._has_formula = "", False

    def _end_cell(self) -> None:
        shown = self._shown()
        if not shown and not self._has_formula:
            return
        if self._column >= self._bounds.most_columns:
            raise too_wide(self._number, self._bounds)
        self._row[self._column] = Formula(shown or "=") if self._has_formula else shown

    def _shown(self) -> str:
        value = self._value.strip()
        match self._type:
            case "s":
                number = int(value) if value.isascii() and value.isdecimal() and len(value) < 9 else len(self._texts)
                return self._texts[number] if number < len(self._texts) else ""
            case "b":
                return _YES_NO.get(value, value)
            case "n":
                return self._number_of(value)
        return value

    def _number_of(self, value: str) -> str:
        """A number as people write it: Excel keeps 0.1302 as 0.13020000000000001, and a date as a count of days."""
        try:
            number = float(value)
        except ValueError:
            return value
        if self._is_date() and 0 < number <= _LAST_DAY:
            return f"{self._epoch + timedelta(days=int(number)):%d.%m.%Y}"
        if not abs(number) < 1e15:
            return value
        return str(int(number)) if number == int(number) else f"{Decimal(repr(number)):f}"

    def _is_date(self) -> bool:
        style = self._style
        return style.isdecimal() and int(style[:6]) < len(self._are_dates) and self._are_dates[int(style[:6])]


def _index(letters: str) -> int:
    """The column of `A` is 0."""
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - 64
    return found - 1
