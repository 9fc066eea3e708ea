"""What the worker gives whoever writes an ordered document."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from billing.models import FileKind, Invoice, IssuedFile


class IssuedFiles(Protocol):
    """How the stored file of an issued invoice is had."""

    def __call__(self, *, invoice: Invoice, kind: FileKind) -> IssuedFile:
        """The file, made now if nobody asked for it before. Raises PdfError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """One document being made.

    `calls_known` are the words that say up to when its calls are in. A writer that takes long calls `alive` again and
    again, which keeps its claim and raises ClaimLost. Writers lie below the services: what only a service can do, such
    as `issued_file`, comes in.
    """

    calls_known: str
    alive: Callable[[], None]
    issued_file: IssuedFiles
