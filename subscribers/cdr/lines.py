"""Bytes of a switch file → rows of text fields. A bad line, whatever its content, never stops the file (4.4)."""

import csv
from collections import deque
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from typing import BinaryIO, NamedTuple

from subscribers.cdr.records import Reason, RejectedLine

ROW_LIMIT = 16_384  # bytes of a line, characters of a row; real rows have a few hundred
ROW_LINES = 20  # most lines of a row: a field may hold line breaks, but not more than this
_BOM = b"\xef\xbb\xbf"


class UnreadableFileError(Exception):
    """The file as a whole cannot be read; the message is Russian, one line."""


class Row(NamedTuple):
    """The fields of one row; `unfinished`: the file ends after the row without a line end."""

    line_no: int
    raw: str
    fields: list[str]
    unfinished: bool


class Line(NamedTuple):
    """A physical line; with a reason it is refused as a whole."""

    number: int
    text: str
    reason: Reason | None


def decode(data: bytes) -> str:
    """Decodes UTF-8, else windows-1251 (a switch on Windows that writes Cyrillic names); never fails."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1251", errors="replace")


def physical(file: BinaryIO) -> Iterator[Line]:
    """Lines with their line ends, each decoded separately, without blank ones; an overlong line is cut off.

    Lines end with LF or CR LF. If the beginning of the file has only CR (old Mac), each of the three ends a line, and
    the line is returned with LF.
    """
    if not _has_cr_alone(file):
        yield from _physical(file.readline)
        return
    text = TextIOWrapper(file, encoding="latin-1")  # splits at all line ends; latin-1 keeps the bytes unchanged
    try:
        yield from _physical(lambda size: text.readline(size).encode("latin-1"))
    finally:
        text.detach()


def _has_cr_alone(file: BinaryIO) -> bool:
    start = file.tell()
    beginning = file.read(ROW_LIMIT)
    file.seek(start)
    return b"\n" not in beginning and b"\r" in beginning[:-1]  # a CR in the last byte may belong to CR LF


def _physical(readline: Callable[[int], bytes]) -> Iterator[Line]:
    number = 0
    while data := readline(ROW_LIMIT + 1):
        number += 1
        if number == 1:
            data = data.removeprefix(_BOM)
        if len(data) > ROW_LIMIT:
            _skip_rest_of_line(readline, data)
            yield Line(number, decode(data[:ROW_LIMIT]).replace("\0", "\N{SYMBOL FOR NULL}"), Reason.OVERLONG)
        elif b"\0" in data:
            yield Line(number, decode(data).replace("\0", "\N{SYMBOL FOR NULL}"), Reason.NUL_BYTES)
        elif not data.isspace():
            yield Line(number, decode(data), None)


def _skip_rest_of_line(readline: Callable[[int], bytes], data: bytes) -> None:
    while data and not data.endswith(b"\n"):
        data = readline(ROW_LIMIT)


class RowReader:
    """Rows of a file of `delimiter`-separated values in double quotes.

    Quotes are parsed strictly, so that a stray quote is noticed. The line with the stray quote is then read again by
    itself with lenient quotes (some switches do not double the quotes in a name), and reading continues at the next
    line: so a stray quote spoils at most its own line. `columns` are the allowed numbers of fields. A row with another
    number gives a RejectedLine for its first line; its other lines are read again as rows.
    """

    def __init__(self, lines: Iterator[Line], columns: frozenset[int], delimiter: str = ",") -> None:
        self._lines = lines
        self._columns = columns
        self._delimiter = delimiter
        self._back: deque[Line] = deque()
        self._taken: list[Line] = []
        self._refused: RejectedLine | None = None
        self._width = 0

    def __iter__(self) -> Iterator[Row | RejectedLine]:
        while True:
            yield from self._until_bad_quotes()
            if self._taken:
                yield self._leniently()
            if self._refused:
                yield self._refused
                self._refused = None
            elif not self._back and not self._taken and self._exhausted():
                return

    def _until_bad_quotes(self) -> Iterator[Row | RejectedLine]:
        """Rows up to the end, to a line that is refused as a whole, or to a row that strict quoting cannot read."""
        taken, columns = self._taken, self._columns
        try:
            for fields in csv.reader(self._feed(), delimiter=self._delimiter, strict=True):
                if len(fields) not in columns:
                    if len(taken) > 1:
                        return
                    first = taken[0]
                    taken.clear()
                    yield self._wrong_width(first, fields)
                    continue
                first = taken[0]
                raw = first.text if len(taken) == 1 else "".join(line.text for line in taken)
                unfinished = taken[-1].text[-1] != "\n"
                taken.clear()
                if unfinished and self._width and len(fields) < self._width:
                    yield self._wrong_width(first, fields)
                    continue
                self._width = len(fields)
                yield Row(first.number, raw, fields, unfinished)
        except csv.Error:
            return

    def _feed(self) -> Iterator[str]:
        """Text for the csv parser; stops when a row exceeds the limits or a line is refused as a whole."""
        taken, back, size = self._taken, self._back, 0
        while True:
            line = back.popleft() if back else next(self._lines, None)
            if line is None:
                return
            size = size + len(line.text) if taken else len(line.text)
            if taken and (line.reason or size > ROW_LIMIT or len(taken) == ROW_LINES):
                back.appendleft(line)
                return
            if line.reason:
                self._refused = RejectedLine(line.number, line.text, line.reason)
                return
            taken.append(line)
            yield line.text

    def _leniently(self) -> Row | RejectedLine:
        """Reads the first of the taken lines alone with lenient quotes; the other lines are put back."""
        first, *rest = self._taken
        self._taken.clear()
        self._back.extendleft(reversed(rest))
        fields = next(csv.reader((first.text.replace("\r", " "),), delimiter=self._delimiter))
        finished = first.text[-1] == "\n"
        if len(fields) in self._columns and finished and not fields[-1].endswith("\n"):
            self._width = len(fields)
            return Row(first.number, first.text, fields, False)
        if not finished:
            return RejectedLine(first.number, first.text, Reason.TRUNCATED)
        if fields[-1].endswith("\n"):
            return RejectedLine(first.number, first.text, Reason.QUOTES)
        return self._wrong_width(first, fields)

    def _wrong_width(self, line: Line, fields: list[str]) -> RejectedLine:
        short = len(fields) < (self._width or min(self._columns))
        unfinished = line.text[-1] != "\n"
        reason = Reason.TRUNCATED if short and unfinished else Reason.COLUMNS
        wanted = "/".join(map(str, sorted(self._columns)))
        return RejectedLine(line.number, line.text, reason, f"{len(fields)} из {wanted}")

    def _exhausted(self) -> bool:
        line = next(self._lines, None)
        if line is not None:
            self._back.append(line)
        return line is None
