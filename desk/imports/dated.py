"""Prices with dates: which days may get a new price, and how it takes the place of the present one (4.3, 4.5).

The rules are those of the desk's tables (`subscribers.admin.catalogue`): prices of a closed month do not change, and a
price in force is not rewritten but ended, tomorrow at the earliest. A day of an open month in the past may get its
first price; the calls of such days are then re-rated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, NamedTuple, TypeVar

from django.utils.translation import gettext as _

from desk.imports.kind import TableImportError
from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from subscribers.calls import months

DAY = "day"  # the key of a fault that another day would mend
FARTHEST = timedelta(days=2 * 366)
V = TypeVar("V")


class Place(NamedTuple):
    """What to do with a price: `insert` (until `until`), `replace` a price that has not begun, or `end` one and insert
    the new. `row` is the present price's key; None if there is none."""

    way: str
    row: int | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Dated(Generic[V]):
    """A price of one thing: its key in the table, its days `[since, until)`, its values."""

    pk: int
    since: date
    until: date | None
    values: V

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


def check_day(day: date) -> None:
    """Raises TableImportError for a day of a closed month, or too far ahead. Holds the past months of open days FOR
    SHARE, so that none of them closes before the caller's transaction ends."""
    if day > clock.today() + FARTHEST:
        raise TableImportError(_("Дата слишком далеко: не позже двух лет вперёд"), code="table_import.day")
    if day > clock.today():
        return
    last = months.last_closed()
    if last is not None and Month.of(day) <= last:
        raise _closed(last)
    past: list[date] = []
    month = Month.of(day)
    while month <= Month.current():
        past.append(month.first_day)
        month = month.shift(1)
        if len(past) > 24:
            raise TableImportError(_("Дата слишком давно: не раньше чем два года назад"), code="table_import.day")
    if closed := months.hold(past):
        raise _closed(Month.of(max(closed)))


def _closed(month: Month) -> TableImportError:
    told = _("%(month)s уже закрыт для расчётов: цены закрытых месяцев не меняются")
    return TableImportError(told % {"month": month.label_title}, code="table_import.day")


def on(prices: Sequence[Dated[V]], day: date) -> Dated[V] | None:
    """The price in force on the day."""
    return next((price for price in prices if price.holds(day)), None)


def next_after(prices: Sequence[Dated[V]], day: date) -> Dated[V] | None:
    """The first price that begins after the day."""
    return min((price for price in prices if price.since > day), key=lambda price: price.since, default=None)


def place(prices: Sequence[Dated[V]], day: date) -> Place:
    """How a new price from `day` on takes its place among the prices of one thing. Raises TableImportError where a day
    up to today already has a price."""
    current, coming = on(prices, day), next_after(prices, day)
    if day <= clock.today():
        first = current or (coming if coming and coming.since <= clock.today() else None)
        if first is not None:
            told = {"day": clock.show_date(max(day, first.since)), "first": clock.show_date(earliest())}
            message = _("на %(day)s цена уже есть, прошлое не меняется: новая цена — не раньше %(first)s")
            raise TableImportError(message % told, code="table_import.past")
    if current is None:
        return Place("insert", None, coming.since if coming else None)
    if current.since == day:
        return Place("replace", current.pk, current.until)
    return Place("end", current.pk, current.until)


def earliest() -> date:
    """The first day from which a price in force may be replaced."""
    return clock.today() + timedelta(days=1)
