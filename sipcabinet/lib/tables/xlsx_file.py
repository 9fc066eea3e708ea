"""The first sheet of an XLSX file, of any origin: unpacked in parts, within the bounds, without entities.

openpyxl is not used to read such files: it unpacks the shared texts and the styles of a file as a whole, whatever their
size, and fails with many kinds of exceptions.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from django.utils.translation import gettext as _

from sipcabinet.lib.tables import xlsx_parts
from sipcabinet.lib.tables.bounds import MIB, Bounds, TableFileError
from sipcabinet.lib.tables.lines import Line
from sipcabinet.lib.tables.xlsx_parts import Part, Styles, Texts, damaged
from sipcabinet.lib.tables.xlsx_sheet import SheetPart

_CHUNK = 64 * 1024
_LONGEST_TAG = 1024 * 1024
_MOST_PARTS = 1_000
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what Excel writes; other methods need much memory
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, LookupError, RuntimeError)
BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
STYLES, TEXTS = "xl/styles.xml", "xl/sharedStrings.xml"


def lines(content: bytes, bounds: Bounds) -> Iterator[Line]:
    """The lines of the first sheet. Raises TableFileError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from _Book(archive, bounds).lines()
    except _BROKEN:
        raise damaged() from None


@dataclass(slots=True)
class _Book:
    archive: zipfile.ZipFile
    bounds: Bounds
    left: int = 0
    names: dict[str, zipfile.ZipInfo] = field(default_factory=dict)

    def lines(self) -> Iterator[Line]:
        self._check_archive()
        book, relations = xlsx_parts.Book(), xlsx_parts.Relations()
        self._feed(BOOK, book)
        self._feed(RELATIONS, relations)
        path = relations.path_of(book.first_sheet)
        if path not in self.names:
            raise TableFileError(_("В книге Excel нет листа с таблицей"))
        texts, styles = Texts(self.bounds), Styles()
        self._feed(TEXTS, texts, is_required=False)
        self._feed(STYLES, styles, is_required=False)
        sheet = SheetPart(texts.values, styles.are_dates, self.bounds, is_1904=book.is_1904)
        for _fed in self._parts(path, sheet):
            yield from sheet.ready()
        yield from sheet.ready()

    def _check_archive(self) -> None:
        """Refuses by the table of contents alone: nothing is unpacked yet."""
        found = self.archive.infolist()
        if len(found) > _MOST_PARTS:
            raise TableFileError(_("В файле слишком много частей: это не книга Excel"))
        self.names = {one.filename: one for one in found}
        if BOOK not in self.names:
            raise TableFileError(_("Это архив, но не книга Excel. Нужен файл CSV или XLSX"))
        if any(one.flag_bits & 1 for one in found):
            raise TableFileError(_("Книга Excel с паролем. Сохраните её без пароля"))
        self.left = self.bounds.most_unpacked
        if sum(one.file_size for one in found) > self.left:
            raise self._too_large()
        if any(one.compress_type not in _PACKED for one in found):
            raise TableFileError(_("Книга Excel упакована необычно. Сохраните её заново как XLSX"))

    def _feed(self, name: str, part: Part, *, is_required: bool = True) -> None:
        if name not in self.names and not is_required:
            return
        if name not in self.names:
            raise damaged()
        for _fed in self._parts(name, part):
            pass

    def _parts(self, name: str, part: Part) -> Iterator[None]:
        parser = part.parser()
        with self.archive.open(self.names[name]) as stream:
            try:
                silent = 0
                for chunk in self._chunks(stream):
                    before = part.events
                    parser.Parse(chunk, False)
                    silent = silent + len(chunk) if part.events == before else 0
                    if silent > _LONGEST_TAG:  # one tag of millions of attributes
                        raise damaged()
                    yield
                parser.Parse(b"", True)
            except expat.ExpatError:
                raise damaged() from None

    def _chunks(self, stream: IO[bytes]) -> Iterator[bytes]:
        """The unpacked bytes. They are counted too: the table of contents may lie."""
        while chunk := stream.read(_CHUNK):
            self.left -= len(chunk)
            if self.left < 0:
                raise self._too_large()
            yield chunk

    def _too_large(self) -> TableFileError:
        most = self.bounds.most_unpacked // MIB
        return TableFileError(_("Книга Excel после распаковки больше %(most)d МБ: разделите её") % {"most": most})
