"""Documents of an issued invoice as PDF: счёт, акт оказанных услуг, корректировка.

They show the issued data, even if the catalogue or the customer's requisites have changed since (4.7).
"""

from collections.abc import Sequence
from datetime import date
from typing import IO, Any

from django.utils.translation import gettext as _

from billing.models import Correction, Invoice
from billing.reports import paper
from billing.selectors import corrections, current_charges, invoice_lines, parties
from billing.selectors.current_charges import CurrentCharges
from billing.selectors.invoice_lines import LineGroup, SubscriberSum
from sipcabinet.lib import money, sum_in_words

INVOICE, CORRECTION = "pdf/invoice.html", "pdf/correction.html"
SECONDS = 120.0  # rendering a long appendix takes long
MOST_NUMBERS = 500  # in a PDF's appendix: more would fill hundreds of pages; the XLSX has no such limit


def write_invoice(stream: IO[bytes], invoice: Invoice) -> None:
    """Writes счёт with its appendix by subscriber; above MOST_NUMBERS the PDF refers to the XLSX instead."""
    subscribers = invoice_lines.by_subscriber(invoice, most=MOST_NUMBERS)
    context = context_of_invoice(invoice, invoice_lines.groups(invoice), subscribers)
    title = _("Счёт № %(number)s") % {"number": invoice.number}
    stream.write(paper.render(INVOICE, context, title=title, seconds=SECONDS))


def draft(invoice: Invoice, found: CurrentCharges) -> bytes:
    """The PDF of an invoice that is not issued (`issuing.draft`), marked as a draft."""
    count = len(found.charges)
    subscribers = current_charges.by_subscriber(found, slice(count if count <= MOST_NUMBERS else 0))
    context = context_of_invoice(invoice, found.groups, subscribers) | {"is_draft": True}
    return paper.render(INVOICE, context, title=_("Проект счёта"), seconds=SECONDS)


def context_of_invoice(
    invoice: Invoice, groups: Sequence[LineGroup], subscribers: Sequence[SubscriberSum]
) -> dict[str, Any]:
    """The context of the invoice's template; with fewer than two subscribers there is no appendix."""
    return _context(invoice) | {
        "groups": groups,
        "alone": subscribers[0] if len(subscribers) == 1 else None,
        "subscribers": subscribers,
        "appendix_totals": [sum(column) for column in zip(*(one.by_group for one in subscribers), strict=True)],
        "due_in_words": sum_in_words.roubles(invoice.due),
    }


def write_act(stream: IO[bytes], invoice: Invoice) -> None:
    """Writes акт оказанных услуг."""
    context = _context(invoice) | {
        "act": invoice.act,
        "groups": invoice_lines.groups(invoice),
        "total_in_words": sum_in_words.roubles(invoice.total),
        "vat_in_words": sum_in_words.roubles(invoice.vat),
    }
    title = _("Акт № %(number)s") % {"number": invoice.act.number}
    stream.write(paper.render("pdf/act.html", context, title=title, seconds=SECONDS))


def correction(document: Correction) -> bytes:
    """Creates корректировка; every request gives the same bytes."""
    title = _("Корректировка № %(number)s") % {"number": document.number}
    return paper.render(CORRECTION, context_of_correction(document), title=title)


def draft_of_correction(context: dict[str, Any]) -> bytes:
    """The document of `context_of_correction` as it will be, without its number: it is not issued (4.12)."""
    return paper.render(CORRECTION, context | {"is_draft": True}, title=_("Проект корректировки"))


def context_of_correction(document: Correction) -> dict[str, Any]:
    """The context of the correction's template; its lines are read."""
    return _context(document.invoice) | {
        "correction": document,
        "supplier": parties.supplier_of(document),
        "lines": corrections.lines(document),
        "absolute": abs(document.total),
        "total_in_words": sum_in_words.roubles(abs(document.total)),
    }


def _context(invoice: Invoice) -> dict[str, Any]:
    signed = date.fromisoformat(invoice.parties["contract_date"])
    return {
        "invoice": invoice,
        "month": invoice.period,
        "supplier": parties.supplier_of(invoice),
        "buyer": invoice.parties["buyer"],
        "contract_date": signed,
        "vat_rate": money.show_percent(invoice.vat_percent),
    }
