"""Kinds of documents that may be ordered: a small module per kind holds everything specific to it (2.3, 2.5).

The code that places, creates, sends, downloads and shows orders is common to all kinds; it asks the order's kind.
"""

from billing.kinds import call_detail, invoice, monthly_detail, preliminary
from billing.kinds.kind import DocumentKind
from billing.models import DocumentOrder, OrderKind
from billing.reports import call_detail as call_detail_report
from billing.reports import invoice as invoice_report
from billing.reports import monthly_detail as monthly_detail_report
from billing.reports import preliminary as preliminary_report

__all__ = ["KINDS", "DocumentKind", "of"]

KINDS: dict[str, DocumentKind] = {
    OrderKind.CALL_DETAIL: DocumentKind.of(call_detail, call_detail_report, letter="call_detail_ready"),
    OrderKind.MONTHLY_DETAIL: DocumentKind.of(monthly_detail, monthly_detail_report, letter="monthly_detail_ready"),
    OrderKind.INVOICE: DocumentKind.of(invoice, invoice_report, letter="invoice_ready"),
    OrderKind.PRELIMINARY: DocumentKind.of(preliminary, preliminary_report, letter="preliminary_ready"),
}


def of(order: DocumentOrder) -> DocumentKind:
    """The kind of an order; raises KeyError if the order's kind has no module."""
    return KINDS[order.kind]
