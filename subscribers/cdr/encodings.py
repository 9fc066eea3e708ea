"""A switch's file as bytes of UTF-8 or windows-1251 lines, however it is packed: gzip, UTF-16 (4.4)."""

import codecs
import gzip
import io
import os
import zlib
from typing import Any, BinaryIO, cast

from subscribers.cdr.lines import UnreadableFileError

BLOCK_BYTES = 65_536
# A file of calls shrinks about tenfold; a bomb of equal bytes thousandfold. Small files may repeat one line.
MOST_RATIO = 200
FREE_BYTES = 16 * 1024 * 1024  # unpacked bytes before the ratio counts
MOST_BYTES = 8 * 1024**3  # unpacked
_GZIP = b"\x1f\x8b"
_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LOOKED_AT = 64  # bytes that show UTF-16 without a mark


def plain(file: BinaryIO) -> BinaryIO:
    """The file without gzip and UTF-16; the same file if it has neither. Reading may raise UnreadableFileError."""
    file = _Unpacked(file) if _head(file).startswith(_GZIP) else file  # type: ignore[assignment]  # a binary file too
    encoding = _utf16(_head(file))
    return cast("BinaryIO", io.BufferedReader(_Recoded(file, encoding), BLOCK_BYTES)) if encoding else file


def beginning(file: BinaryIO, most: int) -> tuple[bytes, bool]:
    """The first `most` unpacked bytes, cut after the last whole line, and whether this is the whole file."""
    opened = plain(file)
    head = opened.read(most)
    if len(head) < most or not opened.read(1):
        return head, True
    return head[: head.rfind(b"\n") + 1] or head, False


def _head(file: BinaryIO) -> bytes:
    start = file.tell()
    head = file.read(_LOOKED_AT)
    file.seek(start)
    return head


def _utf16(head: bytes) -> str:
    """The UTF-16 codec of these first bytes; empty for another encoding. Without a mark, every second byte is zero."""
    if head.startswith(_BOMS):
        return "utf-16"
    even, odd = head[::2], head[1::2]
    if len(head) < 8 or len(head) % 2:
        return ""
    if not any(odd) and all(even):
        return "utf-16-le"
    return "utf-16-be" if not any(even) and all(odd) else ""


class _Unpacked(gzip.GzipFile):
    """A gzip file whose unpacked size is bounded; every fault of the archive is an UnreadableFileError in words."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(fileobj=file, mode="rb")
        self._packed = file

    def read(self, size: int | None = -1) -> bytes:
        return self._bounded(super().read, size)

    def read1(self, size: int = -1) -> bytes:
        return self._bounded(super().read1, size)

    def readline(self, size: int | None = -1) -> bytes:
        return self._bounded(super().readline, size)

    def _bounded(self, reading: Any, size: int | None) -> bytes:
        try:
            data: bytes = reading(size)
        except (EOFError, OSError, zlib.error) as error:
            raise UnreadableFileError("архив gzip повреждён или не дописан") from error
        unpacked = self.tell()
        if unpacked > MOST_BYTES or (unpacked > FREE_BYTES and unpacked > MOST_RATIO * self._packed.tell()):
            raise UnreadableFileError("архив gzip распаковывается в слишком большой файл")
        return data


class _Recoded(io.RawIOBase):
    """UTF-16 read as UTF-8; a broken sign becomes «\N{REPLACEMENT CHARACTER}»."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file, self._encoding, self._start = file, encoding, file.tell()
        self._restart()

    def _restart(self) -> None:
        self._decoder = codecs.getincrementaldecoder(self._encoding)(errors="replace")
        self._left, self._position = b"", 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Back to the beginning; any other change of the position is refused."""
        if (offset, whence) == (0, os.SEEK_SET):
            self._file.seek(self._start)
            self._restart()
        elif (offset, whence) != (0, os.SEEK_CUR):
            raise io.UnsupportedOperation("seek")
        return self._position

    def readinto(self, buffer: Any) -> int:
        data = b"-"
        while data and not self._left:
            data = self._file.read(BLOCK_BYTES)
            self._left = self._decoder.decode(data, final=not data).encode()
        part, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)
