"""CSV that a Russian Excel opens with a double click: UTF-8 with a BOM, semicolons, decimal commas."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain
from typing import IO

from sipcabinet.lib import money, phones
from sipcabinet.lib.sheets.layout import Cell, CellKind, Sheet, clean, local

MIME = "text/csv; charset=utf-8"

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
# Digit groups separated by spaces are no formula, so a telephone number needs no apostrophe before its plus.
_PLAIN_PHONE = re.compile(r"\+\d+( \d[\d-]*)+")
_MOMENTS = {datetime: "%d.%m.%Y %H:%M:%S", date: "%d.%m.%Y", time: "%H:%M:%S"}
_FLUSH_BYTES = 64 * 1024


def write(stream: IO[bytes], sheet: Sheet, rows: Iterable[Sequence[Cell]]) -> int:
    """Writes the columns' titles and the rows; returns how many rows there were. Memory does not grow with the rows.

    Nothing is written above the titles or below the rows, so that programs can read the table. The file's name says
    what was selected; only the XLSX has totals.
    """
    stream.write(b"\xef\xbb\xbf")
    count = 0

    def counted() -> Iterator[list[str]]:
        nonlocal count
        kinds = [column.kind for column in sheet.columns]
        for row in rows:
            count += 1
            yield [show(value, kind) for value, kind in zip(row, kinds, strict=True)]

    titles = [show(column.title) for column in sheet.columns]
    for part in _encoded(chain([titles], counted())):
        stream.write(part)
    return count


def show(value: Cell, kind: CellKind = CellKind.TEXT) -> str:
    """A value as the text of a CSV cell; text that a spreadsheet would treat as a formula gets a leading apostrophe."""
    value = local(value, kind)
    if isinstance(value, str):
        return _phone(value) if kind is CellKind.PHONE else _guarded(clean(value))
    if isinstance(value, date | time):
        return value.strftime(_MOMENTS[type(value)])
    if isinstance(value, Decimal):
        return _number(value, kind)
    if isinstance(value, int) and kind is CellKind.SECONDS:
        return f"{value // 3600}:{value // 60 % 60:02d}:{value % 60:02d}"
    return "" if value is None else str(value)


def _number(value: Decimal, kind: CellKind) -> str:
    amount = money.kopecks(value) if kind is CellKind.MONEY else value
    text = f"{amount:f}"
    if kind is CellKind.PRICE and "." in text:
        whole, places = text.split(".")
        text = f"{whole}.{places.rstrip('0').ljust(2, '0')}"
    return text.replace(".", ",")


def _phone(value: str) -> str:
    shown = clean(phones.display(value))
    return shown if _PLAIN_PHONE.fullmatch(shown) else _guarded(shown)


def _guarded(text: str) -> str:
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_RISKY) else text


def _encoded(lines: Iterable[list[str]]) -> Iterator[bytes]:
    """Lines as bytes, in parts of about _FLUSH_BYTES."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    for line in lines:
        writer.writerow(line)
        if buffer.tell() >= _FLUSH_BYTES:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
