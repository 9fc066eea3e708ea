"""What the module of a kind of ordered documents must define."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any, Protocol, Self

from billing.kinds.facts import Fact
from billing.models import DocumentOrder
from billing.reports.making import Making
from billing.terms import Terms


class Writer(Protocol):
    """Writes the document of an order."""

    def __call__(self, stream: IO[bytes], order: DocumentOrder, making: Making, /) -> object:
        """Writes the document, with `making.calls_known` in it; a long writer calls `making.alive` repeatedly."""


class Maker(Protocol):
    """The names that the maker of a document (billing/reports) must define."""

    EXTENSION: str
    CONTENT_TYPE: str

    def file_name(self, order: DocumentOrder, /) -> str: ...
    def write(self, stream: IO[bytes], order: DocumentOrder, making: Making, /) -> object: ...


class Module(Protocol):
    """The names that the module of a kind must define; mypy reports those that a new module lacks. The fields of
    DocumentKind explain them; `ordered` becomes the field `facts`.
    """

    def terms(self, order: DocumentOrder, /) -> Terms: ...
    def told(self, order: DocumentOrder, /) -> dict[str, Any]: ...
    def ordered(self, order: DocumentOrder, /) -> list[Fact]: ...
    def accepted_text(self) -> str: ...
    def steps(self) -> Sequence[str]: ...
    def again(self) -> tuple[str, str] | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """A kind of ordered documents: everything in which it differs from the other kinds."""

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

    @classmethod
    def of(cls, module: Module, maker: Maker, *, letter: str) -> Self:
        """The kind that a module defines. `maker` writes its documents; `letter` names the letter that carries them."""
        return cls(
            extension=maker.EXTENSION,
            content_type=maker.CONTENT_TYPE,
            letter=letter,
            terms=module.terms,
            file_name=maker.file_name,
            write=maker.write,
            told=module.told,
            facts=module.ordered,
            accepted_text=module.accepted_text,
            steps=module.steps,
            again=module.again,
        )
