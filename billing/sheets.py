"""Money as sheets, for XLSX and CSV: «Информация по платежам» (2.2.1)."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.models import Account
from billing.models import Payment, PaymentSource
from billing.selectors import payments_known
from billing.selectors.payments import PaymentTotals, Period
from sipcabinet.lib import clock
from sipcabinet.lib.sheets import Cell, CellKind, Column, Sheet


def payments(account: Account, period: Period, totals: PaymentTotals) -> Sheet:
    """The sheet of a period; `payment_row` creates its rows, and their sum must equal `totals`."""
    head = [
        (_("Клиент"), account.customer.name),
        (_("Лицевой счёт"), account.number),
        (_("Период"), f"{clock.show_date(period.start)} – {clock.show_date(period.end)}"),
        (_("Полнота данных"), payments_known.of_statements().words),
    ]
    last = [_("Итого, платежей: %(count)d") % {"count": totals.count}, None, None, None, totals.amount, None]
    return Sheet(_("Платежи"), payment_columns(), head=head, totals=last)


def payment_columns() -> list[Column]:
    return [
        Column(_("Дата"), CellKind.DATE, 20),
        Column(_("Источник"), width=22),
        Column(_("№ документа"), width=16),
        Column(_("Назначение платежа"), width=60),
        Column(_("Сумма, BYN"), CellKind.MONEY, 16),
        Column(_("Что с платежом"), width=50),
    ]


def payment_row(payment: Payment) -> Sequence[Cell]:
    """A payment as a row of the columns `payment_columns`; its `taken` says what was moved, cancelled or returned."""
    source = str(PaymentSource(payment.source).label)
    taken = "; ".join(one.words for one in getattr(payment, "taken", ()))
    return [payment.received_on, source, payment.reference, payment.purpose, payment.amount, taken]


def payments_file_name(account: Account, period: Period) -> str:
    """`Платежи 700100001, 01.10.2026 – 31.10.2026`, without an extension."""
    return f"{_('Платежи')} {account.number}, {clock.show_date(period.start)} – {clock.show_date(period.end)}"
