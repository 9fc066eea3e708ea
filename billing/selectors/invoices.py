"""An account's invoices: the issued ones, how far each is paid, and those still expected (2.3, 4.7)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, AccountStatus
from billing.models import Invoice
from billing.selectors import corrections, debts
from billing.selectors.balance import ZERO
from billing.selectors.corrected import Corrected
from billing.selectors.debts import Owed
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, any_of, ask
from sipcabinet.lib.tenancy import HasId

MONTHS_BACK = 2


class InvoiceStanding(models.TextChoices):
    """How far an invoice is paid today; derived, never stored."""

    PAID = "paid", gettext_lazy("оплачен")
    PARTLY = "partly", gettext_lazy("оплачен частично")
    UNPAID = "unpaid", gettext_lazy("к оплате")
    OVERDUE = "overdue", gettext_lazy("просрочен")


TONES = {
    InvoiceStanding.PAID: "ok",
    InvoiceStanding.PARTLY: "warn",
    InvoiceStanding.UNPAID: "info",
    InvoiceStanding.OVERDUE: "err",
}


def standing_of(owed: Owed) -> InvoiceStanding:
    """How far a document is paid today."""
    if owed.is_paid:
        return InvoiceStanding.PAID
    if owed.is_overdue:
        return InvoiceStanding.OVERDUE
    return InvoiceStanding.PARTLY if owed.paid > 0 else InvoiceStanding.UNPAID


@dataclass(frozen=True, slots=True)
class DebtView:
    """A debt as its customer sees it."""

    owed: Owed

    @property
    def standing(self) -> InvoiceStanding:
        return standing_of(self.owed)

    @property
    def tone(self) -> str:
        """The colour of the debt's badge."""
        return TONES[self.standing]

    @property
    def label(self) -> str:
        """`к оплате до 25.11.2026`."""
        if self.standing != InvoiceStanding.UNPAID:
            return str(self.standing.label)
        return _("к оплате до %(day)s") % {"day": clock.show_date(self.owed.due_on)}


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An issued invoice as its customer sees it, with its corrections upwards, which are separate debts.

    `own` is the invoice's own debt, None for an invoice of zero. Sums in BYN: `total` is the issued sum, `unpaid` the
    unpaid part of the invoice alone; the `corrected_…` sums include all its corrections.
    """

    invoice: Invoice
    own: Owed | None
    corrections: Sequence[Owed] = ()

    @property
    def month(self) -> Month:
        return self.invoice.period

    @property
    def total(self) -> Decimal:
        return self.invoice.total

    @property
    def unpaid(self) -> Decimal:
        return self.own.unpaid if self.own else ZERO

    @property
    def due_on(self) -> date:
        """The due day of the unpaid part: the invoice's day; once the invoice is paid, the day of its first unpaid
        correction."""
        unpaid = [one.due_on for one in self.corrections if not one.is_paid]
        return self.invoice.due_on if self.unpaid or not unpaid else unpaid[0]

    @property
    def corrected(self) -> Corrected | None:
        """The invoice's sum after all its corrections; None without any."""
        numbers = {one.debt.correction.number for one in self.corrections if one.debt.correction}
        for one in self._documents:
            numbers.update(one.mended_by)
        return Corrected(sorted(numbers), self.corrected_total) if numbers else None

    @property
    def corrected_total(self) -> Decimal:
        return sum((one.amount for one in self._documents), ZERO)

    @property
    def corrected_unpaid(self) -> Decimal:
        return self.unpaid + sum((one.unpaid for one in self.corrections), ZERO)

    @property
    def corrected_paid(self) -> Decimal:
        return self.corrected_total - self.corrected_unpaid

    @property
    def standing(self) -> InvoiceStanding:
        return standing_of(self.own) if self.own else InvoiceStanding.PAID

    @property
    def tone(self) -> str:
        """The colour of the badge; for a paid invoice with an unpaid correction, the colour for the correction."""
        return TONES[standing_of(self._left) if self._left else self.standing]

    @property
    def label(self) -> str:
        """`к оплате до 25.11.2026`."""
        if self._left:
            return _("корректировка не оплачена")
        return DebtView(self.own).label if self.own else str(InvoiceStanding.PAID.label)

    @property
    def _left(self) -> Owed | None:
        """The first unpaid correction of a paid invoice: the label must not say «оплачен» beside an unpaid sum."""
        return None if self.unpaid else next((one for one in self.corrections if not one.is_paid), None)

    @property
    def _documents(self) -> Sequence[Owed]:
        return [self.own, *self.corrections] if self.own else self.corrections


@dataclass(frozen=True, slots=True)
class MonthOfInvoice:
    """A month with its invoice and the sum after corrections, or with the day on which the invoice is expected."""

    month: Month
    invoice: Invoice | None
    expected_on: date
    corrected: Corrected | None = None

    @property
    def is_late(self) -> bool:
        """Whether the expected day has passed without an invoice: nothing to charge, or the month is not closed yet."""
        return self.invoice is None and self.expected_on < clock.today()


def expected_on(month: Month) -> date:
    """The planned day of issue of a month's invoice: INVOICE_ISSUE_DAY of the next month."""
    after = month.shift(1)
    return after.first_day.replace(day=min(settings.INVOICE_ISSUE_DAY, after.days))


def by_month(account: Account, month: Month) -> Invoice | None:
    """The account's invoice for a month."""
    return _invoices(account).filter(month=month.first_day).first()


def by_number(account: Account, number: str) -> InvoiceView | None:
    """The account's invoice with that number; None for another account's, as for a missing one. In 4 queries."""
    asked = _BY_NUMBER.of(account.pk, number)
    ask(asked, *debts.asks(account))
    invoice = asked.first()
    if invoice is None:
        return None
    return _view(invoice, [one for one in debts.of(account) if one.debt.invoice_id == invoice.pk])


def all_of(account: Account) -> list[InvoiceView]:
    """The account's invoices, newest first; in 4 queries."""
    return views(account, debts.of(account))


def views(account: Account, owed: Sequence[Owed]) -> list[InvoiceView]:
    """The account's invoices, newest first, each with its debts from `owed`; in one query."""
    of_invoice = defaultdict(list)
    for one in owed:
        of_invoice[one.debt.invoice_id].append(one)
    return [_view(invoice, of_invoice[invoice.pk]) for invoice in _ALL.rows(account.pk)]


def others(owed: Sequence[Owed]) -> list[DebtView]:
    """Unpaid documents other than invoices, the oldest due day first."""
    return [DebtView(one) for one in owed if not one.debt.is_invoice and not one.is_paid]


def _view(invoice: Invoice, owed: Sequence[Owed]) -> InvoiceView:
    own = next((one for one in owed if one.debt.is_invoice), None)
    return InvoiceView(invoice, own, [one for one in owed if not one.debt.is_invoice])


def months_back(account: Account) -> list[MonthOfInvoice]:
    """The two months before this one, newest first: their invoices may be ordered (2.3.1, 2.3.2)."""
    return _months(account, Month.current().shift(-1).last(MONTHS_BACK))


def awaited(account: Account, issued: Sequence[InvoiceView]) -> list[MonthOfInvoice]:
    """Months after the newest invoice, up to the current one, whose invoices are still expected; newest first.

    Months before the account was opened, or after it was closed, are left out.
    """
    first = issued[0].month.shift(1) if issued else Month.of(account.opened_on)
    last = Month.of(account.closed_on) if account.status == AccountStatus.CLOSED and account.closed_on else None
    months = [
        month for month in Month.current().last(1 + MONTHS_BACK) if month >= first and (not last or month <= last)
    ]
    return [MonthOfInvoice(month, None, expected_on(month)) for month in months]


def _months(account: Account, months: Sequence[Month]) -> list[MonthOfInvoice]:
    known = {invoice.month: invoice for invoice in _IN_MONTHS.rows(account.pk, [m.first_day for m in months])}
    corrected = corrections.corrected(account, known.values())
    found = [(month, known.get(month.first_day)) for month in months]
    return [
        MonthOfInvoice(month, invoice, expected_on(month), corrected.get(invoice.pk) if invoice else None)
        for month, invoice in found
    ]


def _invoices(account: HasId) -> QuerySet[Invoice, Any]:
    return tenancy.of(account).rows(Invoice).select_related("act")


_ALL = Prepared(lambda account: _invoices(account).order_by("-month"), 1)
_BY_NUMBER = Prepared(lambda account, number: _invoices(account).filter(number=number), 2)
_IN_MONTHS = Prepared(lambda account, months: _invoices(account).filter(any_of("month", months)), 2)
