"""XLSX of an invoice: one row per charge of a number; the totals below are the invoice's sums (4.7)."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import IO

from django.utils.translation import gettext as _

from billing.models import Invoice
from billing.selectors import invoice_lines
from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from sipcabinet.lib.sheets import Cell, CellKind, Column, Sheet, xlsx
from subscribers.charges import GROUPS, ChargeKind
from subscribers.models import Charge

CHUNK_ROWS = 2000


def write(stream: IO[bytes], invoice: Invoice) -> None:
    """Writes the workbook; memory does not grow with the number of charges."""
    totals: list[Cell] = [_("Итого"), *[None] * 5, invoice.net, invoice.vat, invoice.total]
    sheet = Sheet(_("Начисления по номерам"), columns(), head=_head(invoice), totals=totals)
    xlsx.write(stream, sheet, _rows(invoice))


def columns() -> list[Column]:
    return [
        Column(_("Номер"), CellKind.PHONE, 20),
        Column(_("Название"), width=24),
        Column(_("Вид начисления"), width=24),
        Column(_("Услуга"), width=36),
        Column(_("Из чего"), width=40),
        Column(_("Звонки за месяц"), width=18),
        Column(_("Без НДС, BYN"), CellKind.MONEY, 14),
        Column(_("НДС, BYN"), CellKind.MONEY, 14),
        Column(_("С НДС, BYN"), CellKind.MONEY, 14),
    ]


def _rows(invoice: Invoice) -> Iterator[Sequence[Cell]]:
    charges = invoice_lines.charges(invoice)
    return map(_row, charges.iterator(chunk_size=CHUNK_ROWS))


def _row(charge: Charge) -> Sequence[Cell]:
    return [
        charge.subscriber.phone,
        charge.subscriber.label,
        str(GROUPS[ChargeKind(charge.kind)]),
        charge.name,
        charge.detail,
        _late(charge.late_of),
        charge.net,
        charge.vat,
        charge.gross,
    ]


def _late(month: date | None) -> str:
    return Month.of(month).label if month else ""


def _head(invoice: Invoice) -> list[tuple[str, str]]:
    month, parties = invoice.period, invoice.parties
    return [
        (_("Счёт"), _("№ %(number)s от %(day)s") % _named(invoice)),
        (_("Клиент"), parties["buyer"]["name"]),
        (_("Лицевой счёт"), parties["account"]),
        (_("Период"), f"{clock.show_date(month.first_day)} – {clock.show_date(month.last_day)}"),
    ]


def _named(invoice: Invoice) -> dict[str, str]:
    return {"number": invoice.number, "day": clock.show_date(invoice.issued_on)}
