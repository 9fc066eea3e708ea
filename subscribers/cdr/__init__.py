"""Readers of switch files: bytes in, calls and rejected lines out. No database (4.4)."""

from subscribers.cdr.encodings import beginning
from subscribers.cdr.formats import READERS, CallFormat, Options, read
from subscribers.cdr.generic import ColumnMapping
from subscribers.cdr.lines import UnreadableFileError
from subscribers.cdr.records import Disposition, RawCall, Reason, RejectedLine

__all__ = [
    "READERS",
    "CallFormat",
    "ColumnMapping",
    "Disposition",
    "Options",
    "RawCall",
    "Reason",
    "RejectedLine",
    "UnreadableFileError",
    "beginning",
    "read",
]
