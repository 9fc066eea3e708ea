"""The interface of one kind of ordered documents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any, Protocol

from billing.kinds.facts import Fact
from billing.models import DocumentOrder
from billing.reports.making import Making
from billing.terms import Terms


class Writer(Protocol):
    """Writes the document of an order."""

    def __call__(self, stream: IO[bytes], order: DocumentOrder, making: Making, /) -> object:
        """Writes the document, with `making.calls_known` in it; a long writer calls `making.alive` repeatedly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """One kind of documents. Every field is required, so mypy reports what a new kind lacks."""

    extension: str
    content_type: str
    letter: str  # the folder in templates/letters/ of the letter that carries the document
    terms: Callable[[DocumentOrder], Terms]  # the ordered terms
    file_name: Callable[[DocumentOrder], str]  # the name of the customer's file
    write: Writer
    told: Callable[[DocumentOrder], dict[str, Any]]  # context of the letter besides the order, its terms and document
    facts: Callable[[DocumentOrder], list[Fact]]  # what was ordered, as rows of the order's page
    accepted_text: Callable[[], str]  # the text after an order is accepted, with %(due)s and %(recipient)s
    steps: Callable[[], Sequence[str]]  # the wizard's steps; the last is the order's page; empty: no wizard
    again: Callable[[], tuple[str, str] | None]  # label and URL name to order another one; None: nobody can order it
