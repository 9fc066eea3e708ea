"""What a sheet says: its head, its columns and its totals. Both writers read the same description; CSV has the columns
alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from sipcabinet.lib import clock

Cell: TypeAlias = str | int | Decimal | date | time | datetime | None

# What XML 1.0 cannot hold, lone surrogates included; tab, line feed and carriage return stay.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Kind(StrEnum):
    """What a column holds. Moments are shown as Minsk sees them; `PRICE` keeps up to six places."""

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
    kind: Kind = Kind.TEXT
    width: int = 16


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: a title, lines above it (account, period, made at), columns, and a last row of totals.

    `totals` has a cell for each column (None: empty), or is empty where nothing is added up.
    """

    title: str
    columns: Sequence[Column]
    head: Sequence[tuple[str, str]] = ()
    totals: Sequence[Cell] = ()


def clean(text: str) -> str:
    """The text without characters that no file can hold."""
    return _UNWRITABLE.sub("", text)


def local(value: Cell, kind: Kind) -> Cell:
    """A moment as a date, a time or a naive moment of Minsk, as its column asks; anything else unchanged."""
    if not isinstance(value, datetime):
        return value
    shown = clock.minsk(value).replace(tzinfo=None)
    if kind is Kind.DATE:
        return shown.date()
    return shown.time() if kind is Kind.TIME else shown
