"""What a PDF file of a stranger may do when it is opened: looks for scripts, launched programs, attachments and forms.

No PDF library: the names of such things are searched in the file itself, also where they are spelled with `#4A`, and in
every compressed stream. A protected file, or one whose objects are packed in an unusual way, cannot be checked.
"""

import re
import zlib
from collections.abc import Iterator

from django.utils.translation import gettext as _

MOST_UNPACKED = 256 * 1024 * 1024  # bytes of all streams of a file
_PIECE = 256 * 1024
_LONGEST_NAME = 96  # bytes, each letter escaped
_LONGEST_HEAD = 4096  # bytes of a stream's dictionary
# Long names only: they do not occur in compressed data by chance.
_ACTIVE = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|Rendition|SubmitForm|ImportData|GoToE|GoToR|XFA(?=[\s\[(<0-9]))"
    rb"(?![A-Za-z0-9])"
)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n")
_UNUSUAL = re.compile(rb"/(ASCIIHexDecode|ASCII85Decode|LZWDecode|RunLengthDecode|AHx|A85|LZW|RL|Predictor|Crypt)\b")
_END = 1024  # the end mark stands in the last bytes


class UncheckableError(Exception):
    """The content cannot be searched; the text of the exception says why, in Russian."""


def active(content: bytes) -> str:
    """The first active thing in the file (`JavaScript`, `Launch` …), or "". Raises UncheckableError."""
    if b"%%EOF" not in content[-_END:]:
        raise UncheckableError(_("файл обрезан"))
    plain = _plain(content)
    if b"/Encrypt" in plain:
        raise UncheckableError(_("файл защищён паролем"))
    if found := _ACTIVE.search(plain):
        return found[1].decode()
    left = MOST_UNPACKED
    before = 0
    for start in _STREAM.finditer(content):
        head = _plain(content[max(before, start.start() - _LONGEST_HEAD) : start.start()])
        before = start.end()
        if b"/ObjStm" in head and _UNUSUAL.search(head):
            raise UncheckableError(_("объекты упакованы необычно"))
        tail = b""
        for piece in _unpacked(content, start.end()):
            left -= len(piece)
            if left < 0:
                raise UncheckableError(_("содержимое слишком велико"))
            if found := _ACTIVE.search(_plain(tail + piece)):
                return found[1].decode()
            tail = piece[-_LONGEST_NAME:]
    return ""


def _plain(content: bytes) -> bytes:
    """The content with escaped characters of names (`/J#61vaScript`) replaced by the characters."""
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content)


def _unpacked(content: bytes, start: int) -> Iterator[bytes]:
    """The data of the deflated stream at a place of the file, in pieces; nothing for another kind of stream."""
    unpacking = zlib.decompressobj()
    given = memoryview(content)[start:]
    place = 0
    try:
        pending: bytes | memoryview = given[place : place + _PIECE]
        while True:
            piece = unpacking.decompress(pending, _PIECE)
            if piece:
                yield piece
            if unpacking.eof:
                return
            pending = unpacking.unconsumed_tail
            if not pending:
                place += _PIECE
                pending = given[place : place + _PIECE]
                if not pending:
                    return
    except zlib.error:
        return
