"""The preliminary invoice as PDF: the month's charges so far. It has no invoice number and is not for payment."""

from typing import IO

from django.utils.translation import gettext as _

from billing.models import DocumentOrder
from billing.reports import paper
from billing.reports.making import Making
from billing.selectors import current_charges, parties
from billing.terms import PreliminaryTerms
from sipcabinet.lib import clock, money, pdf

EXTENSION = ".pdf"
CONTENT_TYPE = pdf.MIME
SECONDS = 240.0  # an appendix of thousands of numbers takes long, but less than the claim lasts
MOST_NUMBERS = 3_000  # in the appendix, as many as a list may name; above that only the sums are shown


def file_name(order: DocumentOrder) -> str:
    """`Предварительный счёт за ноябрь 2026, З-2026-000123.pdf`."""
    month = PreliminaryTerms.of(order.params).month
    return f"{PreliminaryTerms(month).title}, {order.number}{EXTENSION}"


def write(stream: IO[bytes], order: DocumentOrder, making: Making) -> None:
    """Writes the charges so far. Raises VatMissingError, PriceMissingError, PdfError."""
    terms = PreliminaryTerms.of(order.params)
    found = current_charges.counted(order.account, terms.month, terms.subscriber_ids)
    making.alive()
    sides, count = parties.of(order.account, clock.today()), len(found.charges)
    shown = current_charges.by_subscriber(found, slice(count if count <= MOST_NUMBERS else 0))
    context = {
        "order": order,
        "account": order.account,
        "calls_known": making.calls_known,
        "month": terms.month,
        "listed": terms.subscriber_ids is not None,
        "invoice": found,  # the tables of a real invoice take their sums from this name
        "groups": found.groups,
        "count": count,
        "subscribers": shown,
        "appendix_totals": [sum(column) for column in zip(*(one.by_group for one in shown), strict=True)],
        "vat_rate": money.show_percent(found.vat_percent),
        "supplier": sides["supplier"],
        "buyer": sides["buyer"],
    }
    title = _("Предварительный счёт")
    stream.write(paper.render("pdf/preliminary.html", context, title=title, seconds=SECONDS))
