"""A table from a file of any origin: the content decides what the file is, never its name."""

from django.utils.translation import gettext as _

from sipcabinet.lib.tables import csv_file, xlsx_file
from sipcabinet.lib.tables.bounds import MIB, Bounds, TableFileError
from sipcabinet.lib.tables.lines import Line, within

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OLE = b"\xd0\xcf\x11\xe0"  # an old Excel file, or an XLSX with a password


def read(content: bytes, bounds: Bounds) -> list[Line]:
    """The lines of a CSV or XLSX file that have content. Raises TableFileError, whose message says what to do.

    Memory is bounded: an XLSX is unpacked in parts, and reading ends at the first bound that is exceeded.
    """
    if not content:
        raise TableFileError(_("Файл пустой. Выберите файл с таблицей"))
    if len(content) > bounds.most_bytes:
        raise TableFileError(_("Файл больше %(most)d МБ: разделите его") % {"most": bounds.most_bytes // MIB})
    if content.startswith(_OLE):
        raise TableFileError(_("Это книга старого Excel или книга с паролем. Сохраните её как XLSX без пароля"))
    if content.startswith((_ZIP, _EMPTY_ZIP)):
        return list(within(bounds, xlsx_file.lines(content, bounds)))
    return list(within(bounds, csv_file.lines(content)))
