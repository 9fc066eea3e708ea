"""The report of a file of customers as a sheet: each fault with its row, field, value and reason (4.11)."""

from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _

from desk.imports.customers.columns import CustomersFile
from desk.imports.customers.judging import Part, RowState, Verdict
from desk.imports.customers.runs import Rehearsal
from desk.models import CustomerLoad, TableImport
from sipcabinet.lib import clock, phones
from sipcabinet.lib.sheets import Cell, CellKind, Column, Sheet


def sheet(table: TableImport, stage: str) -> Sheet:
    columns = [
        Column(_("Строка"), CellKind.INT, 8),
        Column(_("Что"), width=16),
        Column(_("Лицевой счёт"), width=16),
        Column(_("Номер"), width=20),
        Column(_("Клиент"), width=34),
        Column(_("Заведено"), width=40),
        Column(_("Поле"), width=20),
        Column(_("Значение"), width=30),
        Column(_("Причина"), width=60),
    ]
    head = [(_("Файл"), table.file_name), (_("Загружен"), clock.show_moment(table.uploaded_at)), (_("Этап"), stage)]
    return Sheet(_("Клиенты из файла"), columns, head=head)


def template(file: CustomersFile) -> Sheet:
    """The columns alone; an XLSX tells above them what they hold, and which rows need them."""
    columns = [Column(str(one.title), one.kind, one.width) for one in file.columns]
    head = [(str(one.title), " · ".join(filter(None, [needed, str(one.hint)]))) for one, needed in file.told]
    return Sheet(str(file.title), columns, head=head)


def rehearsed(found: Rehearsal) -> Iterator[Sequence[Cell]]:
    """Faulty rows first, then the others in their order."""
    for state in (RowState.WRONG, RowState.NEW, RowState.SAME):
        for one in found.of(state):
            yield from _rows(one)


def done(load: CustomerLoad) -> Iterator[Sequence[Cell]]:
    """The rows that were worked on, faulty ones first."""
    for state in (RowState.WRONG, RowState.NEW, RowState.SAME):
        for row in load.rows.filter(state=state).order_by("number").iterator():
            first = _first(row.number, row.state, row.account, row.phone, row.name, row.makes)
            yield from ([*first, *fault] for fault in row.faults or [["", "", ""]])


def in_words(makes: Iterable[str]) -> str:
    """`клиент, лицевой счёт`."""
    return ", ".join(str(Part(one).label) for one in makes)


def _rows(one: Verdict) -> Iterator[Sequence[Cell]]:
    first = _first(one.number, one.state, one.account, one.phone, one.name, one.makes)
    faults = [[fault.field, fault.value, fault.reason] for fault in one.problems] or [["", "", ""]]
    yield from ([*first, *fault] for fault in faults)


def _first(number: int, state: str, account: str, phone: str, name: str, makes: Iterable[str]) -> list[Cell]:  # noqa: PLR0917
    shown = phones.display(phone) if phone else ""
    return [number, str(RowState(state).label), account, shown, name, in_words(makes)]
