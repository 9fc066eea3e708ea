"""XLSX files, in openpyxl's write-only mode: written rows do not stay in memory."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import chain, islice
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from sipcabinet.lib import phones
from sipcabinet.lib.sheets.layout import Cell, CellKind, Column, Sheet, clean, local

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FORMATS = {
    CellKind.TEXT: "@",
    CellKind.PHONE: "@",
    CellKind.DATE: "dd.mm.yyyy",
    CellKind.TIME: "hh:mm:ss",
    CellKind.MOMENT: "dd.mm.yyyy hh:mm:ss",
    CellKind.INT: "#,##0",
    CellKind.SECONDS: "[m]:ss",
    CellKind.MONEY: "#,##0.00",
    CellKind.PRICE: "#,##0.0000##",
}
_TEXTS = (CellKind.TEXT, CellKind.PHONE)
MOST_ROWS = 1_000_000  # Excel has 1,048,576 lines on a sheet, head and totals included
_HEADER_FILL = PatternFill("solid", start_color="FFE8EEF7")
_LINE = Side(style="thin", color="FF5B6B7F")


def write(stream: IO[bytes], sheet: Sheet, rows: Iterable[Sequence[Cell]]) -> int:
    """Writes the sheet with its rows; returns how many rows there were. Memory does not grow with the rows.

    Text is never a formula, even if it starts with = + - @. When a sheet of Excel is full, the rows continue on another
    sheet with the same head; the totals are on the last sheet.
    """
    book = Workbook(write_only=True)
    try:
        count = _write_pages(book, sheet, iter(rows))
    except BaseException:
        for page in book.worksheets:
            _discard(page)
        raise
    book.save(stream)
    return count


def _write_pages(book: Workbook, sheet: Sheet, rows: Iterator[Sequence[Cell]]) -> int:
    count, ahead = 0, list(islice(rows, 1))
    while True:
        page: Any = book.create_sheet(_tab_name(sheet.title))
        header = _open(page, sheet)
        written = _append(page, sheet, islice(chain(ahead, rows), MOST_ROWS))
        page.auto_filter.ref = f"A{header}:{get_column_letter(len(sheet.columns))}{header + written}"
        count, ahead = count + written, list(islice(rows, 1))
        if not ahead:
            break
    if sheet.totals:
        page.append(_totals(page, sheet))
    return count


def _open(page: Any, sheet: Sheet) -> int:
    """Writes everything above the rows; returns the number of the row with the columns' titles."""
    header = len(sheet.head) + 3
    for number, column in enumerate(sheet.columns, 1):
        page.column_dimensions[get_column_letter(number)].width = column.width
    page.freeze_panes = f"A{header + 1}"
    page.print_title_rows = f"{header}:{header}"
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.append([_text(page, sheet.title, Font(bold=True, size=14))])
    for label, value in sheet.head:
        page.append([_text(page, label, Font(color="FF5B6B7F")), _text(page, value)])
    page.append([])
    page.append([_title(page, column) for column in sheet.columns])
    return header


def _append(page: Any, sheet: Sheet, rows: Iterable[Sequence[Cell]]) -> int:
    # `append` writes a row immediately, so all rows share one cell per column, and styles are computed only once.
    cells = [_styled(page, column) for column in sheet.columns]
    kinds = [column.kind for column in sheet.columns]
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - the last number is the count
        for cell, kind, value in zip(cells, kinds, row, strict=True):
            _fill(cell, kind, value)
        page.append(cells)
    return count


def _discard(page: Any) -> None:
    """Closes a sheet that will not be saved and removes its temporary file, which else stays until the process ends."""
    page.close()
    page._writer.cleanup()  # noqa: SLF001 - `save` is the only public way to remove it


def _totals(page: WriteOnlyWorksheet, sheet: Sheet) -> list[Any]:
    cells = []
    for column, value in zip(sheet.columns, sheet.totals, strict=True):
        cell = _styled(page, column)
        kind = _kind_of_total(column, value)
        cell.number_format = FORMATS[kind]
        _fill(cell, kind, value)
        cell.font, cell.border = Font(bold=True), Border(top=_LINE)
        cells.append(cell)
    return cells


def _kind_of_total(column: Column, value: Cell) -> CellKind:
    # The first cell of the row is text, whatever the column's kind; a sum of prices is money.
    if isinstance(value, str):
        return CellKind.TEXT
    return CellKind.MONEY if column.kind is CellKind.PRICE else column.kind


def _fill(cell: Any, kind: CellKind, value: Cell) -> None:
    if isinstance(value, str):
        cell.value = clean(phones.display(value) if kind is CellKind.PHONE else value)
        cell.data_type = "s"  # openpyxl treats «=…» as a formula
    elif kind is CellKind.SECONDS and isinstance(value, int):
        cell.value = timedelta(seconds=value)
    else:
        cell.value = local(value, kind)


def _styled(page: WriteOnlyWorksheet, column: Column) -> Any:
    cell: Any = WriteOnlyCell(page)
    cell.number_format = FORMATS[column.kind]
    if column.kind in _TEXTS:
        cell.quotePrefix = True  # stays text when somebody edits it
    return cell


def _text(page: WriteOnlyWorksheet, value: str, font: Font | None = None) -> Any:
    cell = _styled(page, Column(""))
    _fill(cell, CellKind.TEXT, value)
    if font is not None:
        cell.font = font
    return cell


def _title(page: WriteOnlyWorksheet, column: Column) -> Any:
    cell = _text(page, column.title, Font(bold=True))
    cell.fill, cell.border = _HEADER_FILL, Border(bottom=_LINE)
    side = "left" if column.kind in _TEXTS else "right"
    cell.alignment = Alignment(horizontal=side, vertical="center", wrap_text=True)
    return cell


def _tab_name(title: str) -> str:
    """The title as Excel allows on a sheet's tab: at most 31 characters, without []:*?/\\ ."""
    return "".join(" " if sign in "[]:*?/\\'" else sign for sign in clean(title))[:31].strip() or "1"
