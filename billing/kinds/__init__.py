"""Kinds of documents that may be ordered: a small module per kind holds everything specific to it (2.3, 2.5).

The code that places, creates, sends, downloads and shows orders is common to all kinds; it asks the order's kind.
"""

from billing.kinds import call_detail, invoice, monthly_detail, preliminary
from billing.kinds.kind import DocumentKind
from billing.models import DocumentOrder, OrderKind

__all__ = ["KINDS", "DocumentKind", "of"]

KINDS: dict[str, DocumentKind] = {
    OrderKind.CALL_DETAIL: DocumentKind.of(call_detail, letter="call_detail_ready"),
    OrderKind.MONTHLY_DETAIL: DocumentKind.of(monthly_detail, letter="monthly_detail_ready"),
    OrderKind.INVOICE: DocumentKind.of(invoice, letter="invoice_ready"),
    OrderKind.PRELIMINARY: DocumentKind.of(preliminary, letter="preliminary_ready"),
}


def of(order: DocumentOrder) -> DocumentKind:
    """The kind of an order; raises KeyError if the order's kind has no module."""
    return KINDS[order.kind]
