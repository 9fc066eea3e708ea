"""Rows of an XLSX sheet as XML. openpyxl makes an object of each cell, which takes five times as long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from sipcabinet.lib import phones
from sipcabinet.lib.sheets.layout import Cell, CellKind, clean, local

LONGEST = 32_767  # characters that Excel shows of a text
_DAY = 86_400
_BEGIN = date(1899, 12, 30).toordinal()  # day 0 of Excel
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_EMPTY = "/>"
_MOMENTS: dict[type, CellKind] = {date: CellKind.DATE, time: CellKind.TIME, datetime: CellKind.MOMENT}


@dataclass(frozen=True, slots=True)
class StyledColumn:
    """A column's letter and kind, and the numbers of the workbook's styles: a moment in a column of another kind gets
    its own."""

    letter: str
    kind: CellKind
    styles: Mapping[CellKind, int]


def row(number: int, columns: Sequence[StyledColumn], values: Sequence[Cell]) -> str:
    """The row `number`, from 1, of a sheet. Text is never a formula."""
    cells = [_cell(column, number, value) for column, value in zip(columns, values, strict=True)]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _cell(column: StyledColumn, number: int, value: Cell) -> str:
    kind = column.kind
    if value is None:
        content = _EMPTY
    elif isinstance(value, str):
        content = _phone(value) if kind is CellKind.PHONE else _text(value)
    elif isinstance(value, date | time):
        shown: Any = local(value, kind)
        kind = kind if kind in _MOMENTS.values() else _MOMENTS[type(shown)]
        content = f"><v>{_moment(shown)}</v></c>"
    elif isinstance(value, int):
        content = f"><v>{value / _DAY if kind is CellKind.SECONDS else value}</v></c>"
    else:
        content = f"><v>{value.normalize():f}</v></c>"
    return f'<c r="{column.letter}{number}" s="{column.styles[kind]}"{content}'


def _moment(value: date | time) -> float:
    """Days since Excel's day 0; a time is a part of a day."""
    if isinstance(value, time):
        return _part(value)
    day = value.toordinal() - _BEGIN
    return day + _part(value) if isinstance(value, datetime) else day


def _part(value: datetime | time) -> float:
    return (value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1_000_000) / _DAY


@lru_cache(maxsize=4096)  # names of destinations and numbers come again and again
def _text(value: str) -> str:
    text = clean(value)[:LONGEST]
    if not text:
        return _EMPTY
    space = ' xml:space="preserve"' if text != text.strip() else ""
    return f' t="inlineStr"><is><t{space}>{text.translate(_ESCAPES)}</t></is></c>'


@lru_cache(maxsize=4096)
def _phone(value: str) -> str:
    return _text(phones.display(value))
