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
    """The work on one document.

    `calls_known` is the phrase that says up to when its calls are imported. A writer that takes long calls `alive`
    repeatedly: this renews the claim, or raises ClaimLost. Writers belong to a layer below the services, so functions
    of services, such as `issued_file`, are passed in.
    """

    calls_known: str
    alive: Callable[[], None]
    issued_file: IssuedFiles
