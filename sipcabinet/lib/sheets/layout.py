"""Description of a sheet: its head, columns and totals. The XLSX and the CSV writer read the same description; a CSV
has only the columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from sipcabinet.lib import clock

Cell: TypeAlias = str | int | Decimal | date | time | datetime | None

# Characters that XML 1.0 cannot hold, lone surrogates included; tab, line feed and carriage return are allowed.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class CellKind(StrEnum):
    """The kind of a column's values. Moments are shown in Minsk time; `PRICE` shows up to six decimal places."""

    TEXT = "text"
    PHONE = "phone"  # E.164, shown as people read it
    DATE = "date"
    TIME = "time"
    MOMENT = "moment"
    INT = "int"
    SECONDS = "seconds"  # a length of time
    MONEY = "money"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its title and its width in characters."""

    title: str
    kind: CellKind = CellKind.TEXT
    width: int = 16


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: a title, lines above the table (account, period, time of creation), columns, and a last row of totals.

    `totals` has a cell for each column (None: empty cell); it is empty for a table without totals.
    """

    title: str
    columns: Sequence[Column]
    head: Sequence[tuple[str, str]] = ()
    totals: Sequence[Cell] = ()


def clean(text: str) -> str:
    """The text without the characters that XML 1.0 cannot hold."""
    return _UNWRITABLE.sub("", text)


def local(value: Cell, kind: CellKind) -> Cell:
    """A moment as a date, a time or a naive moment in Minsk time, depending on `kind`; other values unchanged."""
    if not isinstance(value, datetime):
        return value
    shown = clock.minsk(value).replace(tzinfo=None)
    if kind is CellKind.DATE:
        return shown.date()
    return shown.time() if kind is CellKind.TIME else shown
