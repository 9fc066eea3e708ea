"""CSV as Excel and other programs write it: UTF-8 or Windows-1251, semicolons, commas or tabs."""

import csv
import io
import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from sipcabinet.lib.tables.bounds import TableFileError
from sipcabinet.lib.tables.lines import Formula, Line

_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# No table has these: a picture, a PDF, an archive or a program does.
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# Our own files, and careful people, put an apostrophe before what a spreadsheet would run as a formula.
_GUARDED = re.compile(r"'(?=[ \u00a0]*[=+@\t\r\n-])")


def lines(content: bytes) -> Iterator[Line]:
    """The lines of the file. Raises TableFileError for bytes that are no text, for mixed encodings and open quotes."""
    text = _decoded(content)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(";\t,", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begin = 1
    try:
        for cells in reader:
            yield Line(begin, tuple(map(_cell, cells)))
            begin = reader.line_num + 1
    except csv.Error:
        told = _("Строка %(row)d: кавычки в файле не закрыты или стоят не на месте. Сохраните файл заново")
        raise TableFileError(told % {"row": begin}) from None


def _cell(written: str) -> str:
    text = written.strip()
    if text.startswith("="):
        return Formula(text)
    return text[1:].strip() if _GUARDED.match(text) else text


def _decoded(content: bytes) -> str:
    if content.startswith(_UTF_16):
        raise TableFileError(_("Файл в кодировке UTF-16. Сохраните его как «CSV UTF-8» или XLSX"))
    found = _BINARY.search(content)
    if found and found[0] == b"\0":
        raise TableFileError(_("В файле есть нулевые байты: это не таблица CSV. Сохраните её заново"))
    if found:
        raise TableFileError(_("Это не таблица: нужен файл CSV или XLSX"))
    try:
        return content.removeprefix(_BOM).decode()
    except UnicodeDecodeError:
        return _from_windows(content)


def _from_windows(content: bytes) -> str:
    """Text in Windows-1251. A line that is valid UTF-8 shows that the file was joined of two: it has no one reading."""
    for number, line in enumerate(content.splitlines(), 1):
        if not line.isascii() and _is_utf_8(line):
            told = _("Строка %(row)d в другой кодировке, чем остальные. Сохраните файл заново как «CSV UTF-8»")
            raise TableFileError(told % {"row": number})
    try:
        return content.decode("cp1251")
    except UnicodeDecodeError:
        raise TableFileError(_("Кодировка файла не UTF-8 и не Windows-1251. Сохраните его как «CSV UTF-8»")) from None


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
