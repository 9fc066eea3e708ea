"""What billing knows of one kind of ordered documents."""

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
        """Writes the document, `making.calls_known` in it; calls `making.alive` again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of documents: every field must be given, so mypy names what a new kind lacks."""

    extension: str
    content_type: str
    letter: str  # the folder of templates/letters/ that brings the document
    terms: Callable[[DocumentOrder], Terms]  # what was ordered
    file_name: Callable[[DocumentOrder], str]  # the name of the customer's file
    write: Writer
    told: Callable[[DocumentOrder], dict[str, Any]]  # what the letter tells besides the order, its terms and document
    facts: Callable[[DocumentOrder], list[Fact]]  # what was ordered, as rows of the order's page
    promise: Callable[[], str]  # what happens to an accepted order, with %(due)s and %(recipient)s
    steps: Callable[[], Sequence[str]]  # of the wizard that places it, the last is the order's page; empty without one
    again: Callable[[], tuple[str, str] | None]  # words and URL name of ordering another one; None if nobody can
