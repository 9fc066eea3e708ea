"""Files of tables for tests: as Excel writes them, and as hostile people do."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook

SHEET_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def csv(rows: Sequence[Sequence[Any]], encoding: str = "utf-8") -> bytes:
    return "".join(";".join(map(str, row)) + "\r\n" for row in rows).encode(encoding)


def xlsx(rows: Sequence[Sequence[Any]]) -> bytes:
    """A book of one sheet, written by openpyxl."""
    book = Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def packed(sheet: bytes, **parts: bytes) -> bytes:
    """A book whose first sheet is this XML; `parts` are further files (`sharedStrings`) of its folder `xl`."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{SHEET_NAMESPACE}" xmlns:r="{_RELATION}"><sheets>'
            '<sheet name="1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}">'
            f'<Relationship Id="rId1" Type="{_RELATION}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, content in parts.items():
            archive.writestr(f"xl/{name}.xml", content)
    return stream.getvalue()


def sheet_of(rows: str, prolog: str = "") -> bytes:
    """The XML of a sheet with these rows."""
    return f'{prolog}<worksheet xmlns="{SHEET_NAMESPACE}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def bomb(mebibytes: int) -> bytes:
    """A book of a few kilobytes that unpacks to so many mebibytes of one cell."""
    return packed(b"<worksheet>" + b" " * (mebibytes * 1024 * 1024) + b"</worksheet>")


def claiming(size: int) -> bytes:
    """A book whose table of contents says that its sheet has so many bytes."""
    content = bytearray(packed(sheet_of("<row/>")))
    at = content.rindex(b"xl/worksheets/sheet1.xml") - 46  # the record of the part in the table of contents
    content[at + 24 : at + 28] = size.to_bytes(4, "little")
    return bytes(content)


def claiming_in_zip64(size: int) -> bytes:
    """The same of a size that has no room in the usual record."""
    stream = io.BytesIO(packed(sheet_of("<row/>")))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.getinfo("xl/worksheets/sheet1.xml").file_size = size
        archive.writestr("more", b"")  # so that the table of contents is written anew
    return stream.getvalue()
