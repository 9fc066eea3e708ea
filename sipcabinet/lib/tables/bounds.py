from dataclasses import dataclass

from sipcabinet.lib.errors import DomainError

MIB = 1024 * 1024


class TableFileError(DomainError):
    """The file as a whole is not accepted; the message says what to do."""

    code = "table.file"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a file may hold at most: bytes as uploaded and unpacked (XLSX), lines with content, columns, and characters
    of one cell."""

    most_bytes: int = 5 * MIB
    most_unpacked: int = 32 * MIB
    most_rows: int = 20_000
    most_columns: int = 50
    most_characters: int = 2_000
