"""Kinds of documents that may be ordered: a small module per kind holds everything specific to it (2.3, 2.5).

The code that places, creates, sends, downloads and shows orders is common to all kinds; it asks the order's kind.
"""

from billing.kinds import call_detail, invoice, monthly_detail, preliminary
from billing.kinds.kind import DocumentKind
from billing.models import DocumentOrder, OrderKind

__all__ = ["KINDS", "DocumentKind", "of"]

KINDS: dict[str, DocumentKind] = {
    OrderKind.CALL_DETAIL: call_detail.KIND,
    OrderKind.MONTHLY_DETAIL: monthly_detail.KIND,
    OrderKind.INVOICE: invoice.KIND,
    OrderKind.PRELIMINARY: preliminary.KIND,
}


def of(order: DocumentOrder) -> DocumentKind:
    """The kind of an order; raises KeyError if the order's kind has no module."""
    return KINDS[order.kind]
