"""Kinds of documents that may be ordered: one small module for each, which knows all that is its own (2.3, 2.5).

Placing, making, sending, downloading and showing an order are the same for all of them and ask the order's kind.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import IO, Any, Protocol, cast

from billing.kinds import call_detail, invoice, monthly_detail, preliminary
from billing.kinds.facts import Fact
from billing.models import DocumentOrder, OrderKind
from billing.terms import Terms


class Kind(Protocol):
    """What a module of billing/kinds/ says of its documents."""

    EXTENSION: str
    CONTENT_TYPE: str
    LETTER: str  # the folder of templates/letters/ that brings the document

    def terms(self, order: DocumentOrder) -> Terms:
        """What was ordered."""

    def file_name(self, order: DocumentOrder) -> str:
        """What the customer's file is called."""

    def write(
        self, stream: IO[bytes], order: DocumentOrder, *, known_at: datetime, alive: Callable[[], None]
    ) -> object:
        """Writes the document with what is known at that moment; calls `alive` again and again while it takes long."""

    def told(self, order: DocumentOrder) -> dict[str, Any]:
        """What its letter tells besides the order, its terms and its document."""

    def facts(self, order: DocumentOrder) -> list[Fact]:
        """What was ordered, for the order's page."""

    def promise(self) -> str:
        """What happens to an accepted order, with %(due)s and %(recipient)s."""

    def steps(self) -> Sequence[str]:
        """The steps of the wizard that places it, the last of which is the order's page; empty where there is none."""

    def again(self) -> tuple[str, str] | None:
        """The words and the URL name of ordering another one; None where the customer orders none."""


KINDS: dict[str, Kind] = {
    OrderKind.CALL_DETAIL: cast("Kind", call_detail),
    OrderKind.MONTHLY_DETAIL: cast("Kind", monthly_detail),
    OrderKind.INVOICE: cast("Kind", invoice),
    OrderKind.PRELIMINARY: cast("Kind", preliminary),
}


def of(order: DocumentOrder) -> Kind:
    """The kind of an order; raises KeyError for one that nobody makes."""
    return KINDS[order.kind]
