"""Lines of a file by a description of their columns: values, and for each faulty cell where it is and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from sipcabinet.lib.tables.bounds import TableFileError
from sipcabinet.lib.tables.columns import CellError, TableColumn, folded
from sipcabinet.lib.tables.lines import Formula, Line

_MOST_LINES_ABOVE = 40  # of a title and notes above the heading
_MOST_CHARACTERS = 60  # of a faulty value that is told back


class Problem(NamedTuple):
    """A fault of a cell, or of a row (`key` and `field` empty): its line, the heading, what is there, the reason."""

    row: int
    key: str
    field: str
    value: str
    reason: str


class TableRow(NamedTuple):
    """A line without faults: its number in the file, and the values by the keys of the columns."""

    number: int
    values: dict[str, Any]


@dataclass(slots=True)
class Checked:
    """The rows that can be read, and the faults of the others. A row with a fault is not among the rows."""

    rows: list[TableRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def check(lines: Sequence[Line], columns: Sequence[TableColumn]) -> Checked:
    """Reads the lines below the heading; a title and notes above the heading are skipped.

    Raises TableFileError if no heading is found, if a heading stands there twice or is not known, and if there is no
    row: such a file is another table.
    """
    at, places = _heading(lines, columns)
    checked = Checked()
    for line in lines[at + 1 :]:
        values, problems = _read(line, columns, places)
        if problems:
            checked.problems += problems
        else:
            checked.rows.append(TableRow(line.number, values))
    if not (checked.rows or checked.problems):
        raise TableFileError(_("В таблице нет ни одной строки под заголовком"))
    return checked


def problem(row: int, column: TableColumn, value: str, reason: str) -> Problem:
    """A fault of a cell; a long value is cut."""
    cut = value if len(value) <= _MOST_CHARACTERS else f"{value[: _MOST_CHARACTERS - 1]}…"
    return Problem(row, column.key, str(column.title), cut, reason)


def _heading(lines: Sequence[Line], columns: Sequence[TableColumn]) -> tuple[int, dict[str, int]]:
    """The position of the heading, and the places of the columns by their keys."""
    by_title = {folded(str(column.title)): column for column in columns}
    for at, line in enumerate(lines[:_MOST_LINES_ABOVE]):
        titles = [folded(cell) for cell in line.cells]
        if sum(title in by_title for title in titles) >= min(2, len(columns)):
            return at, _places(line, titles, by_title)
    told = ", ".join(f"«{column.title}»" for column in columns if column.is_required)
    raise TableFileError(_("Не найден заголовок таблицы. Нужны колонки: %(columns)s") % {"columns": told})


def _places(line: Line, titles: Sequence[str], by_title: dict[str, TableColumn]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, title in enumerate(titles):
        column = by_title.get(title)
        if column is None and title:
            told = {"column": line.cells[place][:_MOST_CHARACTERS]}
            raise TableFileError(_("Колонка «%(column)s» не нужна. Возьмите шаблон и перенесите данные в него") % told)
        if column is not None and column.key in places:
            raise TableFileError(_("Колонка «%(column)s» стоит в файле дважды") % {"column": column.title})
        if column is not None:
            places[column.key] = place
    missing = [f"«{one.title}»" for one in by_title.values() if one.is_required and one.key not in places]
    if missing:
        raise TableFileError(_("Нет колонок: %(columns)s") % {"columns": ", ".join(missing)})
    return places


def _read(line: Line, columns: Iterable[TableColumn], places: dict[str, int]) -> tuple[dict[str, Any], list[Problem]]:
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for column in columns:
        place = places.get(column.key, len(line.cells))
        written = line.cells[place] if place < len(line.cells) else ""
        try:
            values[column.key] = _value(column, written)
        except CellError as why:
            problems.append(problem(line.number, column, written, str(why)))
    used = max(places.values(), default=0)
    if any(line.cells[used + 1 :]):
        extra = next(cell for cell in line.cells[used + 1 :] if cell)
        problems.append(Problem(line.number, "", "", extra[:_MOST_CHARACTERS], _("лишняя ячейка правее таблицы")))
    return values, problems


def _value(column: TableColumn, written: str) -> Any:
    if isinstance(written, Formula):
        raise CellError(_("формула: вставьте её значение"))
    if not written and column.is_required:
        raise CellError(_("не заполнено"))
    return column.read(written) if written else column.default
