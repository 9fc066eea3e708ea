"""Corrections of an account's invoices, and their lines (4.7)."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from accounts.models import Account
from billing.models import Correction, CorrectionLine, Invoice
from billing.selectors.corrected import Corrected
from sipcabinet.lib import tenancy
from sipcabinet.lib.money import Taxed
from sipcabinet.lib.prepared import Prepared, Question, any_of
from sipcabinet.lib.tenancy import HasId
from subscribers.models import Charge

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedLine(Taxed):
    """How a correction changes one charge, BYN: net before and after, and what is added to net and VAT."""

    charge: Charge
    was: Decimal

    @property
    def now(self) -> Decimal:
        return self.was + self.net


def of_invoice_asks(account: Account, invoice: Invoice) -> Question:
    """What `of_invoice` asks."""
    return _OF_INVOICE.of(account.pk, invoice.pk)


def of_invoice(account: Account, invoice: Invoice) -> list[Correction]:
    """Corrections of an invoice, oldest first."""
    return of_invoice_asks(account, invoice).rows()


def corrected(account: Account, invoices: Collection[Invoice]) -> dict[int, Corrected]:
    """The sum after corrections, by the invoice's primary key, only for invoices that have corrections; one query."""
    if not invoices:
        return {}
    numbers, totals = defaultdict(list), {invoice.pk: invoice.total for invoice in invoices}
    for pk, number, total in _OF_INVOICES.rows(account.pk, list(totals)):
        numbers[pk].append(number)
        totals[pk] += total
    return {pk: Corrected(found, totals[pk]) for pk, found in numbers.items()}


def by_number(account: Account, number: str) -> Correction | None:
    """The account's correction with that number; None for another account's, as for a missing one."""
    return _of(account).filter(number=number).first()


def lines(correction: Correction) -> list[CorrectedLine]:
    """The lines of a correction in the order of its invoice; two queries."""
    rows = list(
        CorrectionLine.objects.filter(account_id=correction.account_id, correction=correction)
        .select_related("charge__subscriber")
        .order_by("charge__place")
    )
    before = added([row.charge for row in rows], until=correction.serial)
    return [
        CorrectedLine(row.net, row.vat, charge=row.charge, was=row.charge.net + before[row.charge_id][0])
        for row in rows
    ]


def added(charges: Iterable[Charge], until: int | None = None) -> dict[int, tuple[Decimal, Decimal]]:
    """Net and VAT added by corrections, by the charge's primary key; with `until`, only by corrections before that
    serial."""
    found = {charge.pk: (ZERO, ZERO) for charge in charges}
    rows = CorrectionLine.objects.filter(charge__in=found)
    if until is not None:
        rows = rows.filter(correction__serial__lt=until)
    for pk, net, vat in rows.order_by().values_list("charge_id").annotate(Sum("net"), Sum("vat")):
        found[pk] = (net, vat)
    return found


def _of(account: HasId) -> QuerySet[Correction, Any]:
    return tenancy.of(account).rows(Correction).select_related("invoice__act", "account")


def _sums(account: HasId, invoices: Any) -> QuerySet[Correction, Any]:
    rows = tenancy.of(account).rows(Correction).filter(any_of("invoice_id", invoices)).order_by("serial")
    return rows.values_list("invoice_id", "number", "total")


_OF_INVOICE = Prepared(lambda account, invoice: _of(account).filter(invoice=invoice).order_by("serial"), 2)
_OF_INVOICES = Prepared(_sums, 2)
