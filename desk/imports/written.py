"""A table that a form of the desk writes instead of a person: it goes the way of an uploaded one (4.3)."""

import csv
import io
from collections.abc import Iterable, Mapping

from desk.imports.kind import ImportKind


def content(kind: ImportKind, rows: Iterable[Mapping[str, object]]) -> bytes:
    """The rows, by the keys of the kind's columns, as the CSV file that an import reads; None is an empty cell."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow([str(column.title) for column in kind.columns])
    for row in rows:
        writer.writerow(["" if (value := row.get(column.key)) is None else str(value) for column in kind.columns])
    return stream.getvalue().encode()
