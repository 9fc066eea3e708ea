"""XLSX files: openpyxl makes the frame of the workbook, styles and heads; the rows are written into it as XML, and do
not stay in memory."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import IO, TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile

from sipcabinet.lib.sheets import xlsx_rows
from sipcabinet.lib.sheets.layout import Cell, Sheet

if TYPE_CHECKING:
    from sipcabinet.lib.sheets.xlsx_frame import Frame

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_000_000  # Excel has 1,048,576 lines on a sheet, head and totals included
_WRITTEN_ROWS = 500  # at once


def write(stream: IO[bytes], sheet: Sheet, rows: Iterable[Sequence[Cell]]) -> int:
    """Writes the sheet with its rows to a stream that can seek; returns how many rows there were. Memory does not grow
    with the rows. When `rows` raises, the stream holds half a file.

    Text is never a formula, even if it starts with = + - @. When a sheet of Excel is full, the rows continue on another
    sheet with the same head; the totals are on the last sheet.
    """
    from sipcabinet.lib.sheets.xlsx_frame import Frame  # openpyxl takes 14 MB: only processes that write a file have it

    ahead, coming, counts = *_ahead(iter(rows)), list[int]()
    with ZipFile(stream, "w", ZIP_DEFLATED) as target:
        while ahead or not counts:
            frame = Frame(sheet, [*counts, min(ahead, MOST_ROWS)])
            with target.open(frame.last_page, "w", force_zip64=True) as page:
                page.write(frame.above)
                counts.append(_append(page, frame, islice(coming, MOST_ROWS)))
                ahead, coming = _ahead(coming)
                if sheet.totals and not ahead:
                    totals = xlsx_rows.row(frame.header + counts[-1] + 1, frame.totals, sheet.totals)
                    page.write(totals.encode())
                if frame.counts != counts:
                    frame = Frame(sheet, counts)
                page.write(frame.below)
        frame.copy_rest(target)
    return sum(counts)


def _ahead(rows: Iterator[Sequence[Cell]]) -> tuple[int, Iterator[Sequence[Cell]]]:
    """How many of the next rows there are, up to _WRITTEN_ROWS, and all the rows."""
    known = list(islice(rows, _WRITTEN_ROWS))
    return len(known), chain(known, rows)


def _append(page: IO[bytes], frame: "Frame", rows: Iterator[Sequence[Cell]]) -> int:
    count = 0
    while part := list(islice(rows, _WRITTEN_ROWS)):
        first = frame.header + count + 1
        written = [xlsx_rows.row(number, frame.columns, row) for number, row in enumerate(part, first)]
        page.write("".join(written).encode())
        count += len(part)
    return count
