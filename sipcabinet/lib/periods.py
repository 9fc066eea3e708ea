"""Months and periods: half-open intervals that begin and end at midnight in Minsk."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self

from sipcabinet.lib.clock import MINSK, minsk, now

_NOMINATIVE = (
    *("январь", "февраль", "март", "апрель", "май", "июнь"),
    *("июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"),
)
_PREPOSITIONAL = (
    *("январе", "феврале", "марте", "апреле", "мае", "июне"),
    *("июле", "августе", "сентябре", "октябре", "ноябре", "декабре"),
)
_CODE = re.compile(r"(\d{4})-(\d{2})")


def midnight(day: date) -> datetime:
    """The first moment of a day in Minsk."""
    return datetime.combine(day, time.min, tzinfo=MINSK)


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month in Minsk: moments `[start, end)`, days from `first_day` to `last_day`, both included."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (1 <= self.number <= 12 and 1 <= self.year <= 9999):
            raise ValueError(f"not a month: {self.year}-{self.number}")

    @classmethod
    def of(cls, value: date | datetime) -> Self:
        """The month that contains a day, or a moment in Minsk time."""
        day = minsk(value).date() if isinstance(value, datetime) else value
        return cls(day.year, day.month)

    @classmethod
    def current(cls) -> Self:
        return cls.of(now())

    @classmethod
    def parse(cls, code: str) -> Self:
        """The month of a code such as `2026-10`; raises ValueError."""
        found = _CODE.fullmatch(code)
        if found is None:
            raise ValueError(f"not a month: {code!r}")
        return cls(int(found[1]), int(found[2]))

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.number, self.days)

    @property
    def days(self) -> int:
        return calendar.monthrange(self.year, self.number)[1]

    @property
    def start(self) -> datetime:
        return midnight(self.first_day)

    @property
    def end(self) -> datetime:
        return self.shift(1).start

    @property
    def code(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def label(self) -> str:
        """`октябрь 2026`."""
        return f"{_NOMINATIVE[self.number - 1]} {self.year}"

    @property
    def label_in(self) -> str:
        """The month in the form that follows «в»: `октябре 2026`."""
        return f"{_PREPOSITIONAL[self.number - 1]} {self.year}"

    @property
    def label_title(self) -> str:
        """`Октябрь 2026`."""
        return self.label.capitalize()

    def shift(self, months: int) -> "Month":
        index = self.year * 12 + self.number - 1 + months
        return Month(index // 12, index % 12 + 1)

    def last(self, count: int) -> list["Month"]:
        """This month and the months before it, newest first; `count` months in all."""
        return [self.shift(-back) for back in range(count)]

    def each_day(self) -> Iterator[date]:
        return (self.first_day + timedelta(days=offset) for offset in range(self.days))

    def __str__(self) -> str:
        return self.label
