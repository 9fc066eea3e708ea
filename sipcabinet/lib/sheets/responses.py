"""A sheet as a download, written to a temporary file first: so a fault gives an error page and not half a file."""

from collections.abc import Iterable, Sequence
from tempfile import SpooledTemporaryFile
from types import ModuleType

from django.http import FileResponse, Http404, HttpRequest

from sipcabinet.lib import downloads
from sipcabinet.lib.sheets import csv, xlsx
from sipcabinet.lib.sheets.layout import Cell, Sheet

WRITERS: dict[str, ModuleType] = {"xlsx": xlsx, "csv": csv}
_IN_MEMORY_BYTES = 1024 * 1024


def extension_or_404(request: HttpRequest) -> str:
    """The file's format that the query asks for, `xlsx` or `csv`; raises Http404 for any other."""
    extension = request.GET.get("format", "")
    if extension not in WRITERS:
        raise Http404
    return extension


def attachment(name: str, extension: str, sheet: Sheet, rows: Iterable[Sequence[Cell]]) -> FileResponse:
    """The sheet for download as `name.extension` (`xlsx` or `csv`).

    All rows are read during this call, in the caller's transaction: a slow client keeps no database connection busy.
    """
    writer = WRITERS[extension]
    file = SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - the answer closes it
    try:
        writer.write(file, sheet, rows)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return downloads.attachment(file, f"{name}.{extension}", writer.MIME)
