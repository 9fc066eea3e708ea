"""Names of numbers as a CSV file (3.0): written for spreadsheets, and read back after a spreadsheet has saved it.

Two columns, number and name. A name that a spreadsheet would run as a formula is written with a leading apostrophe;
reading the file removes the apostrophe.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from sipcabinet.lib import phones
from sipcabinet.lib.errors import DomainError
from subscribers.labels import Line, guarded

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 12_000
MIME = "text/csv; charset=utf-8"
_ZIP = b"PK\x03\x04"  # first bytes of an XLSX file
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


class LabelFileError(DomainError):
    """The file as a whole cannot be read."""

    code = "labels.file"


def write(rows: Iterable[tuple[str, str]]) -> bytes:
    """The CSV file of numbers (E.164) and names: UTF-8 with a BOM and semicolons, which Russian Excel opens."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([_("Номер"), _("Название")])
    writer.writerows((phones.display(phone), guarded(label)) for phone, label in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def read(content: bytes) -> list[Line]:
    """The file's rows without the header and without empty rows. Raises LabelFileError."""
    text = _decoded(content)
    try:
        lines = [line for line in _lines(text) if any(cell.strip() for cell in line.cells)]
    except csv.Error:
        raise LabelFileError(_("Файл не похож на CSV: проверьте кавычки в нём")) from None
    if lines and not re.search(r"\d", lines[0].cells[0]):
        lines = lines[1:]  # drops the header «Номер;Название»
    if not lines:
        raise LabelFileError(_("В файле нет ни одной строки с номером"))
    if len(lines) > MOST_ROWS:
        raise LabelFileError(_("В файле больше %(most)s строк: разделите его") % {"most": MOST_ROWS})
    return lines


def _decoded(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise LabelFileError(_("Файл больше 2 МБ: разделите его"))
    if content.startswith((_ZIP, _OLD_EXCEL)):
        raise LabelFileError(_("Это книга Excel. Сохраните её как «CSV (разделители — запятые)» и загрузите снова"))
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise LabelFileError(_("Файл не похож на CSV в кодировке UTF-8 или Windows-1251"))


def _lines(text: str) -> Iterator[Line]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",")
    begin = 1
    for cells in reader:
        if cells:
            yield Line(begin, cells)
        begin = reader.line_num + 1
