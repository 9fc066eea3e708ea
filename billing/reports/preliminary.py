"""The preliminary invoice as PDF: what a month comes to so far. It has no invoice number; nothing is paid by it."""

from collections.abc import Callable
from datetime import datetime
from typing import IO

from django.utils.translation import gettext as _

from billing.models import DocumentOrder
from billing.selectors import current_charges, parties
from billing.terms import PreliminaryTerms
from sipcabinet.lib import money, pdf

EXTENSION = ".pdf"
CONTENT_TYPE = pdf.MIME
SECONDS = 300.0  # an appendix of thousands of numbers takes its time


def file_name(order: DocumentOrder) -> str:
    """`Предварительный счёт за ноябрь 2026, З-2026-000123.pdf`."""
    month = PreliminaryTerms.of(order.params).month
    return f"{PreliminaryTerms(month).title}, {order.number}{EXTENSION}"


def write(stream: IO[bytes], order: DocumentOrder, *, known_at: datetime, alive: Callable[[], None]) -> None:
    """Writes what was charged by `known_at`. Raises VatMissingError, PriceMissingError, PdfError."""
    terms = PreliminaryTerms.of(order.params)
    found = current_charges.counted(order.account, terms.month, terms.subscriber_ids)
    alive()
    sides = parties.of(order.account)
    context = {
        "order": order,
        "account": order.account,
        "known_at": known_at,
        "month": terms.month,
        "listed": terms.subscriber_ids is not None,
        "invoice": found,  # the tables of a real invoice read their sums of this name
        "groups": found.groups,
        "subscribers": found.subscribers,
        "appendix_totals": [sum(column) for column in zip(*(one.by_group for one in found.subscribers), strict=True)],
        "vat_rate": money.show_percent(found.vat_percent),
        "supplier": sides["supplier"],
        "buyer": sides["buyer"],
    }
    title = _("Предварительный счёт")
    stream.write(pdf.render("pdf/preliminary.html", context, title=title, seconds=SECONDS))
