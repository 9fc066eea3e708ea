"""The workbook of «Детализация на E-mail»: the calls of the ordered trunks and their numbers in one sheet (2.3.4)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO, TypeVar

from django.utils.translation import gettext as _

from billing.models import CallDetailTerms, DocumentOrder, ReportDirection
from billing.reports.making import Making
from billing.selectors import call_detail
from sipcabinet.lib import clock, phones, replica
from sipcabinet.lib.periods import Month
from sipcabinet.lib.sheets import Cell, CellKind, Column, Sheet, xlsx
from subscribers import sheets
from subscribers.models import CallDirection, Subscriber
from subscribers.selectors.calls import Call, CallTotals

T = TypeVar("T")
EXTENSION = ".xlsx"
CONTENT_TYPE = xlsx.MIME
CHUNK_ROWS = 2000
MOST_NAMED = 20
OWN_COLUMNS_AT = 2  # the report's own columns come after date and time


@dataclass(frozen=True, slots=True)
class Scope:
    """The calls of a workbook: `subscribers` are trunks, which include their numbers, and single numbers."""

    month: Month
    direction: ReportDirection
    subscribers: Sequence[Subscriber]


def file_name(order: DocumentOrder) -> str:
    """`Детализация за октябрь 2026, исходящие, З-2026-000123.xlsx`."""
    terms = CallDetailTerms.of(order.params)
    month, direction = terms.month.label, terms.direction.label
    return f"{_('Детализация за')} {month}, {direction}, {order.number}{EXTENSION}"


def write(stream: IO[bytes], order: DocumentOrder, making: Making) -> CallTotals:
    """Writes the workbook of an order, with `making.calls_known` in its head. Calls `making.alive` between chunks."""
    terms = CallDetailTerms.of(order.params)
    trunks = call_detail.ordered_trunks(order.account, terms.trunk_ids)
    return write_calls(stream, order, Scope(terms.month, terms.direction, trunks), making)


def write_calls(stream: IO[bytes], order: DocumentOrder, scope: Scope, making: Making) -> CallTotals:
    """Writes the calls of `scope` as a workbook. Memory does not grow with the number of calls.

    The totals are summed from the written rows.
    """
    totals, last_row = CallTotals(), list[Cell](_last_row(CallTotals()))

    def rows() -> Iterator[Sequence[Cell]]:
        yield from _rows(order, scope, totals, making.alive)
        last_row[:] = _last_row(totals)

    sheet = Sheet(_("Детализация звонков"), columns(), head=_head(order, scope, making.calls_known), totals=last_row)
    xlsx.write(stream, sheet, rows())
    return totals


def columns() -> list[Column]:
    """The columns of 3.6, plus the columns that say whose call it was."""
    own = [
        Column(_("SIP-соединение"), CellKind.PHONE, 20),
        Column(_("Номер абонента"), CellKind.PHONE, 20),
        Column(_("Вид"), width=13),
    ]
    return _with_own(sheets.columns(), own)


def _last_row(totals: CallTotals) -> list[Cell]:
    return sheets.last_row(totals, empty=7, words="" if totals.calls else _("Звонков нет"))


def _head(order: DocumentOrder, scope: Scope, calls_known: str) -> list[tuple[str, str]]:
    return [
        (_("Клиент"), order.account.customer.name),
        (_("Лицевой счёт"), order.account.number),
        (_("Период"), f"{clock.show_date(scope.month.first_day)} – {clock.show_date(scope.month.last_day)}"),
        (_("Тип"), str(scope.direction.label)),
        (_("Абоненты"), _named(scope.subscribers)),
        (_("Номер заказа"), order.number),
        (_("Полнота данных"), calls_known),
        (_("Сформирована"), clock.show_moment(clock.now())),
    ]


def _named(subscribers: Sequence[Subscriber]) -> str:
    names = ", ".join(phones.display(subscriber.phone) for subscriber in subscribers[:MOST_NAMED])
    more = len(subscribers) - MOST_NAMED
    return names if more <= 0 else _("%(names)s и ещё %(more)d") % {"names": names, "more": more}


def _rows(
    order: DocumentOrder, scope: Scope, totals: CallTotals, alive: Callable[[], None]
) -> Iterator[Sequence[Cell]]:
    numbers = call_detail.phones_by_id(order.account)
    for subscriber in scope.subscribers:
        alive()
        trunk = numbers[subscriber.trunk_of_minutes_id]
        calls = call_detail.calls(order.account, subscriber, scope.month, scope.direction)
        read = replica.rows(partial(calls.iterator, chunk_size=CHUNK_ROWS))
        for count, (subscriber_id, direction, *values) in enumerate(read, 1):
            if count % CHUNK_ROWS == 0:
                alive()
            call = Call(*values)
            totals.add(call)
            own = [trunk, numbers[subscriber_id], str(CallDirection(direction).label)]
            yield _with_own(sheets.row(call), own)


def _with_own(shared: Sequence[T], own: Sequence[T]) -> list[T]:
    """Inserts the values of this report's own columns after date and time among the values of 3.6."""
    return [*shared[:OWN_COLUMNS_AT], *own, *shared[OWN_COLUMNS_AT:]]
