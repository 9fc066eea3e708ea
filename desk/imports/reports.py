"""Files of an import: the template, the export, and the report with every row and every fault (4.3)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.imports.kind import Comparison, ImportKind, ImportLine, LineState
from desk.models import TableImport
from sipcabinet.lib import clock
from sipcabinet.lib.sheets import Cell, CellKind, Column, Sheet

STATES = {
    LineState.CHANGED.value: gettext_lazy("изменяется"),
    LineState.NEW.value: gettext_lazy("новая"),
    LineState.SAME.value: gettext_lazy("без изменений"),
    LineState.ENDED.value: gettext_lazy("заканчивается"),
    LineState.ABSENT.value: gettext_lazy("нет в файле"),
}


class KeptLine(NamedTuple):
    """A line of a table that was applied, as `TableImport.outcome` keeps it."""

    number: int
    state: str
    name: str
    group: str
    before: Decimal | None
    after: Decimal | None
    others: str

    @classmethod
    def of(cls, kept: Sequence[str | int | None]) -> "KeptLine":
        number, state, name, group, before, after, others = kept
        return cls(int(number or 0), str(state), str(name), str(group), _figure(before), _figure(after), str(others))


def _figure(kept: str | int | None) -> Decimal | None:
    return None if kept is None else Decimal(kept)


def template(kind: ImportKind) -> Sheet:
    """The columns alone; an XLSX tells above them what they may hold."""
    head = [(str(column.title), _hint(kind, number)) for number, column in enumerate(kind.columns)]
    return Sheet(str(kind.title), _columns(kind), head=head)


def exported(kind: ImportKind, day: date) -> Sheet:
    """The columns of the import, so that it can read the file back."""
    head = [(_("Действуют"), clock.show_date(day))] if kind.is_dated else []
    return Sheet(str(kind.title), _columns(kind), head=head)


def checked(kind: ImportKind, table: TableImport) -> Sheet:
    return _report(kind, table, _("проверка"))


def done(kind: ImportKind, table: TableImport) -> Sheet:
    return _report(kind, table, _("принято"))


def checked_rows(found: Comparison) -> Iterator[Sequence[Cell]]:
    """Faults first, then all rows."""
    wrong: Sequence[Cell] = [_("ошибка"), "", "", None, None, ""]
    faults = ([one.row, *wrong, one.field, one.value, one.reason] for one in found.problems)
    return chain(faults, (_row(line) for line in found.lines))


def done_rows(lines: Iterable[KeptLine]) -> Iterator[Sequence[Cell]]:
    for line in lines:
        told = line._replace(state=str(STATES.get(line.state, line.state)))
        yield [told.number or None, *told[1:], "", "", ""]


def _row(line: ImportLine) -> Sequence[Cell]:
    others = "; ".join(f"{one.label}: {one.before or '—'} → {one.after}" for one in line.others)
    state = str(STATES[line.state.value])
    return [line.number or None, state, line.name, line.group, line.before, line.after, others, "", "", line.note]


def _report(kind: ImportKind, table: TableImport, stage: str) -> Sheet:
    figure = str(kind.figure) or _("значение")
    columns = [
        Column(_("Строка"), CellKind.INT, 8),
        Column(_("Что"), width=14),
        Column(_("Запись"), width=24),
        Column(_("Группа"), width=30),
        Column(_("Было, %(figure)s") % {"figure": figure}, CellKind.PRICE),
        Column(_("Станет, %(figure)s") % {"figure": figure}, CellKind.PRICE),
        Column(_("Другое"), width=40),
        Column(_("Поле"), width=18),
        Column(_("Значение"), width=24),
        Column(_("Причина"), width=60),
    ]
    head = [(_("Файл"), table.file_name), (_("Загружен"), clock.show_moment(table.uploaded_at)), (_("Этап"), stage)]
    return Sheet(str(kind.title), columns, head=head)


def _columns(kind: ImportKind) -> list[Column]:
    return [Column(str(one.title), one.kind, one.width) for one in kind.columns]


def _hint(kind: ImportKind, number: int) -> str:
    column = kind.columns[number]
    return f"{column.hint}" if column.is_required else _("%(hint)s (можно не заполнять)") % {"hint": column.hint}
