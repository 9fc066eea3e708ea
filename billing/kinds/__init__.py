"""Kinds of documents that may be ordered: one small module for each, which knows all that is its own (2.3, 2.5).

Placing, making, sending, downloading and showing an order are the same for all of them and ask the order's kind.
"""

from billing.kinds import call_detail, invoice, monthly_detail, preliminary
from billing.kinds.kind import Kind
from billing.models import DocumentOrder, OrderKind

__all__ = ["KINDS", "Kind", "of"]

KINDS: dict[str, Kind] = {
    OrderKind.CALL_DETAIL: call_detail.KIND,
    OrderKind.MONTHLY_DETAIL: monthly_detail.KIND,
    OrderKind.INVOICE: invoice.KIND,
    OrderKind.PRELIMINARY: preliminary.KIND,
}


def of(order: DocumentOrder) -> Kind:
    """The kind of an order; raises KeyError for one that nobody makes."""
    return KINDS[order.kind]
