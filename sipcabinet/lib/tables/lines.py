"""Lines of a file as text, counted while they are read."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

from sipcabinet.lib.tables.bounds import Bounds, TableFileError

_MOST_LINES = 10  # with the empty ones, for each line with content that a file may have


class Formula(str):
    """The text of a cell that holds a formula. Only values are read, so no column accepts such a cell."""

    __slots__ = ()


class Line(NamedTuple):
    """A line with content: its number in the file, and its cells as text."""

    number: int
    cells: tuple[str, ...]


def within(bounds: Bounds, lines: Iterable[Line]) -> Iterator[Line]:
    """The lines that have content. Raises TableFileError at the first line that exceeds a bound."""
    count = 0
    for place, line in enumerate(lines):
        cells = _without_empty_end(line.cells)
        if place >= _MOST_LINES * bounds.most_rows:
            raise TableFileError(_("В файле слишком много пустых строк: удалите их"))
        if not cells:
            continue
        count += 1
        if count > bounds.most_rows:
            raise TableFileError(_("В файле больше %(most)d строк: разделите его") % {"most": bounds.most_rows})
        if len(cells) > bounds.most_columns:
            raise too_wide(line.number, bounds)
        if max(map(len, cells)) > bounds.most_characters:
            told = {"row": line.number, "most": bounds.most_characters}
            raise TableFileError(_("Строка %(row)d: в одной ячейке больше %(most)d знаков") % told)
        yield Line(line.number, cells)


def too_wide(row: int, bounds: Bounds) -> TableFileError:
    told = {"row": row, "most": bounds.most_columns}
    return TableFileError(_("Строка %(row)d: больше %(most)d колонок. Это не тот файл") % told)


def _without_empty_end(cells: tuple[str, ...]) -> tuple[str, ...]:
    last = len(cells)
    while last and not cells[last - 1]:
        last -= 1
    return cells[:last]
