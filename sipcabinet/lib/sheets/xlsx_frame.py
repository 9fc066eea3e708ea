"""The frame of an XLSX workbook, made by openpyxl: everything but the rows."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from sipcabinet.lib.sheets.layout import Cell, CellKind, Column, Sheet, clean
from sipcabinet.lib.sheets.xlsx_rows import StyledColumn

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
_HEADER_FILL = PatternFill("solid", start_color="FFE8EEF7")
_LINE = Side(style="thin", color="FF5B6B7F")


class Frame:
    """The workbook without its rows: so many rows as `counts` says will come on each page."""

    def __init__(self, sheet: Sheet, counts: Sequence[int]) -> None:
        self.counts = list(counts)
        self.header = len(sheet.head) + 3  # the row with the columns' titles
        book = Workbook(write_only=True)
        for count in counts:
            page: Any = book.create_sheet(_tab_name(sheet.title))
            _open(page, sheet, self.header)
            page.auto_filter.ref = f"A{self.header}:{get_column_letter(len(sheet.columns))}{self.header + count}"
        kinds = [column.kind for column in sheet.columns]
        of_totals = [_kind_of_total(*one) for one in zip(sheet.columns, sheet.totals, strict=False)]
        self.columns = _columns(kinds, _styles(page, of_totals=False))
        self.totals = _columns(of_totals, _styles(page, of_totals=True))
        file = BytesIO()
        book.save(file)
        self._parts = ZipFile(file)
        self._pages = [f"xl/worksheets/sheet{number}.xml" for number in range(1, len(counts) + 1)]
        self.last_page = self._pages[-1]
        self.above, end, below = self._parts.read(self.last_page).partition(b"</sheetData>")
        self.below = end + below

    def copy_rest(self, target: ZipFile) -> None:
        """Copies everything but the pages."""
        for name in self._parts.namelist():
            if name not in self._pages:
                target.writestr(name, self._parts.read(name), ZIP_DEFLATED)


def _open(page: Any, sheet: Sheet, header: int) -> None:
    """Writes everything above the rows."""
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


def _columns(kinds: Iterable[CellKind], styles: Mapping[CellKind, int]) -> list[StyledColumn]:
    return [StyledColumn(get_column_letter(number), kind, styles) for number, kind in enumerate(kinds, 1)]


def _kind_of_total(column: Column, value: Cell) -> CellKind:
    # The first cell of the row is text, whatever the column's kind; a sum of prices is money.
    if isinstance(value, str):
        return CellKind.TEXT
    return CellKind.MONEY if column.kind is CellKind.PRICE else column.kind


def _styles(page: WriteOnlyWorksheet, *, of_totals: bool) -> dict[CellKind, int]:
    """The numbers of the styles in the workbook."""
    found = {}
    for kind in CellKind:
        cell = _styled(page, kind)
        if of_totals:
            cell.font, cell.border = Font(bold=True), Border(top=_LINE)
        found[kind] = cell.style_id
    return found


def _styled(page: WriteOnlyWorksheet, kind: CellKind) -> Any:
    cell: Any = WriteOnlyCell(page)
    cell.number_format = FORMATS[kind]
    if kind in _TEXTS:
        cell.quotePrefix = True  # stays text when somebody edits it
    return cell


def _text(page: WriteOnlyWorksheet, value: str, font: Font | None = None) -> Any:
    cell = _styled(page, CellKind.TEXT)
    cell.value = clean(value)
    cell.data_type = "s"  # openpyxl treats «=…» as a formula
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
