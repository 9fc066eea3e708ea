"""Sheets as files: real numbers and dates, text that never becomes a formula, and memory that does not grow."""

import csv as reader
import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from sipcabinet.lib.sheets import Cell, CellKind, Column, Sheet, csv, xlsx
from sipcabinet.lib.sheets.responses import attachment

COLUMNS = [
    Column("Дата", CellKind.DATE, 12),
    Column("Время", CellKind.TIME),
    Column("Номер", CellKind.PHONE, 22),
    Column("Название"),
    Column("Длительность", CellKind.SECONDS),
    Column("Звонков", CellKind.INT),
    Column("Стоимость", CellKind.PRICE),
    Column("Сумма", CellKind.MONEY),
]
# 23:30 UTC is already the next day in Minsk.
MOMENT = datetime(2026, 10, 31, 23, 30, 5, tzinfo=UTC)
ROW: list[Cell] = [MOMENT, MOMENT, "+375447112030", "Приёмная", 7507, 3, Decimal("0.310490"), Decimal("1234.5")]
SHEET = Sheet(
    "Детализация: октябрь/2026",
    COLUMNS,
    head=[("Лицевой счёт", "400123456"), ("Период", "октябрь 2026")],
    totals=["Итого", None, None, None, 7507, 3, Decimal("0.31"), Decimal("1234.5")],
)
FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1+1", " =1+1", "+375447112030;=1"]


def as_xlsx(sheet: Sheet, rows: list[list[Cell]]) -> Any:
    stream = io.BytesIO()
    assert xlsx.write(stream, sheet, rows) == len(rows)
    return load_workbook(stream).active


def as_csv(sheet: Sheet, rows: list[list[Cell]]) -> list[list[str]]:
    stream = io.BytesIO()
    assert csv.write(stream, sheet, rows) == len(rows)
    text = stream.getvalue().decode("utf-8-sig")
    return list(reader.reader(io.StringIO(text, newline=""), delimiter=";"))


def test_xlsx_holds_real_dates_and_numbers_of_minsk() -> None:
    page = as_xlsx(SHEET, [ROW])
    cells = [cell.value for cell in page[6]]
    assert cells[:4] == [datetime(2026, 11, 1), time(2, 30, 5), "+375 44 711-20-30", "Приёмная"]  # noqa: DTZ001
    assert cells[4:] == [timedelta(seconds=7507), 3, pytest.approx(0.31049), 1234.5]
    formats = [cell.number_format for cell in page[6]]
    assert formats == ["dd.mm.yyyy", "hh:mm:ss", "@", "@", "[m]:ss", "#,##0", "#,##0.0000##", "#,##0.00"]


def test_xlsx_has_its_head_frozen_titles_filter_widths_and_totals() -> None:
    page = as_xlsx(SHEET, [ROW, ROW])
    assert page.title == "Детализация  октябрь 2026"
    assert [[cell.value for cell in row[:2]] for row in page["A1:B3"]] == [
        ["Детализация: октябрь/2026", None],
        ["Лицевой счёт", "400123456"],
        ["Период", "октябрь 2026"],
    ]
    assert [cell.value for cell in page[5]] == [column.title for column in COLUMNS]
    assert (page.freeze_panes, page.auto_filter.ref) == ("A6", "A5:H7")
    assert page.column_dimensions["C"].width == 22
    totals = page[8]
    assert totals[0].value == "Итого"
    assert totals[6].value == pytest.approx(0.31)
    assert totals[6].number_format == "#,##0.00"
    assert totals[0].font.bold


@pytest.mark.parametrize(("rows", "pages"), [(0, [0]), (2, [2]), (3, [3]), (4, [3, 1]), (6, [3, 3]), (7, [3, 3, 1])])
def test_more_rows_than_a_sheet_can_hold_go_on_on_the_next(
    rows: int, pages: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    stream = io.BytesIO()
    assert xlsx.write(stream, SHEET, (ROW for _ in range(rows))) == rows
    book = load_workbook(stream)
    begin = 6  # the first row below the title, the head, an empty line and the columns' titles
    ends = [sheet.max_row - begin + 1 for sheet in book.worksheets]
    assert ends == [*pages[:-1], pages[-1] + 1]  # only the last sheet has totals
    for sheet, held in zip(book.worksheets, pages, strict=True):
        assert sheet.auto_filter.ref == f"A5:H{5 + held}"
        assert sheet.freeze_panes == "A6"
    assert book.worksheets[-1].cell(book.worksheets[-1].max_row, 1).value == "Итого"


def test_csv_opens_in_russian_excel() -> None:
    stream = io.BytesIO()
    csv.write(stream, SHEET, [ROW])
    assert stream.getvalue().startswith(b"\xef\xbb\xbf")
    lines = as_csv(SHEET, [ROW])
    assert lines[0] == [column.title for column in COLUMNS]
    assert lines[1] == [
        "01.11.2026", "02:30:05", "+375 44 711-20-30", "Приёмная", "2:05:07", "3", "0,31049", "1234,50",
    ]  # fmt: skip
    assert len(lines) == 2  # no totals: a program would take them for a row


@pytest.mark.parametrize("text", FORMULAS)
def test_text_never_becomes_a_formula(text: str) -> None:
    sheet = Sheet(
        "=Лист", [Column("+Колонка"), Column("Номер", CellKind.PHONE)], head=[("@Счёт", text)], totals=[text, None]
    )
    page = as_xlsx(sheet, [[text, text]])
    assert {cell.data_type for row in page.iter_rows() for cell in row if cell.value is not None} == {"s"}
    assert page["A5"].value == text
    lines = as_csv(sheet, [[text, text]])
    cells = [cell for line in lines for cell in line if cell]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]
    assert lines[1] == [f"'{text}", f"'{text}"]


def test_the_guard_of_xlsx_is_needed() -> None:
    """openpyxl alone writes a formula, so only the guard of `xlsx` keeps such text as text."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.create_sheet().append(["=1+1"])
    stream = io.BytesIO()
    book.save(stream)
    cell = load_workbook(stream).active["A1"]  # type: ignore[index]
    assert cell.data_type == "f"


def test_a_number_keeps_its_plus_and_what_is_none_is_guarded() -> None:
    assert csv.show("+375447112030", CellKind.PHONE) == "+375 44 711-20-30"
    assert csv.show("+12125550123", CellKind.PHONE) == "+1 212-555-0123"
    assert csv.show("112", CellKind.PHONE) == "112"
    assert csv.show("+1-1", CellKind.PHONE) == "'+1-1"
    assert csv.show("=1", CellKind.PHONE) == "'=1"


def test_characters_that_no_file_can_hold_are_removed() -> None:
    text = "При\x00ём\x0bная\x1f\ud800 «Юг»\ufffe"
    sheet = Sheet("Лист\x07", [Column("Название")], head=[("a\x01", "b\x02")])
    assert as_xlsx(sheet, [[text]])["A5"].value == "Приёмная «Юг»"
    assert as_csv(sheet, [[text]])[-1] == ["Приёмная «Юг»"]


def test_an_empty_value_stays_empty_and_negative_money_a_number() -> None:
    sheet = Sheet("Лист", [Column("Сумма", CellKind.MONEY), Column("Дата", CellKind.DATE)])
    page = as_xlsx(sheet, [[Decimal("-1.005"), None]])
    assert (page["A4"].value, page["A4"].data_type, page["B4"].value) == (-1.005, "n", None)
    assert as_csv(sheet, [[Decimal("-1.005"), None]])[-1] == ["-1,01", ""]
    assert csv.show(date(2026, 1, 2), CellKind.DATE) == "02.01.2026"


def test_a_row_of_another_width_is_a_fault() -> None:
    for writer in (xlsx, csv):
        with pytest.raises(ValueError, match="zip"):
            writer.write(io.BytesIO(), SHEET, [ROW[:-1]])


@pytest.mark.parametrize("extension", ["xlsx", "csv"])
def test_a_download_has_a_cyrillic_name_and_all_its_bytes(extension: str) -> None:
    answer = attachment("Детализация 44 711-20-30", extension, SHEET, [ROW] * 3)
    body = b"".join(answer.streaming_content)  # type: ignore[arg-type]
    assert answer.headers["Content-Disposition"].startswith(
        f"attachment; filename=\"Detalizatsiya_44_711-20-30.{extension}\"; filename*=utf-8''%D0%94%D0%B5"
    )
    assert answer.headers["Content-Disposition"].endswith(f".{extension}")
    assert int(answer.headers["Content-Length"]) == len(body)
    assert body.startswith(b"PK" if extension == "xlsx" else b"\xef\xbb\xbf")
    assert answer.file_to_stream is not None
    answer.file_to_stream.close()


def test_a_fault_while_reading_rows_is_not_half_a_file() -> None:
    def rows() -> Iterator[list[Cell]]:
        yield ROW
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"):
        attachment("x", "csv", SHEET, rows())


@pytest.mark.full
@pytest.mark.parametrize("extension", ["xlsx", "csv"])
def test_memory_does_not_grow_with_the_rows(extension: str) -> None:
    writer = {"xlsx": xlsx, "csv": csv}[extension]

    def peak(rows: int) -> int:
        with open("/dev/null", "wb") as sink:  # noqa: PTH123
            if extension == "xlsx":  # zipfile needs a stream that can seek
                sink = io.BytesIO()  # type: ignore[assignment] # noqa: PLW2901
            tracemalloc.start()
            writer.write(sink, SHEET, (ROW for _ in range(rows)))
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return most

    assert peak(4_000) < peak(500) + 1_000_000
