"""What the worker passes to the writers of ordered documents."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from billing.models import Invoice, InvoiceFileKind, IssuedFile


class IssuedFiles(Protocol):
    """A function that returns the stored file of an issued invoice."""

    def __call__(self, *, invoice: Invoice, kind: InvoiceFileKind) -> IssuedFile:
        """The stored file; created now if nobody has requested it. Raises PdfError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What a writer gets from the worker that creates one document.

    `calls_known` is the phrase that says up to when the document's calls are imported. A long writer calls `alive`
    repeatedly: `alive` renews the worker's claim on the order, or raises ClaimLost. `issued_file` is a function of a
    service. It is passed in, because writers are in a layer below the services and may not import them.
    """

    calls_known: str
    alive: Callable[[], None]
    issued_file: IssuedFiles
