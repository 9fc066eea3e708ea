"""The entry point: a file of any supported switch → calls and rejected lines, in the order of the file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum
from typing import BinaryIO

from sipcabinet.lib.clock import MINSK
from subscribers.cdr import encodings, generic, switches
from subscribers.cdr.fields import Stamp, generic_stamps, stamps
from subscribers.cdr.generic import ColumnMapping
from subscribers.cdr.lines import Row, RowReader, UnreadableFileError, physical
from subscribers.cdr.records import BadRowError, RawCall, RejectedLine

RowToCall = Callable[[Row, Stamp], RawCall]
Reading = Iterator[RawCall | RejectedLine]


class CallFormat(StrEnum):
    """Which switch wrote the file."""

    FREESWITCH = "freeswitch"
    ASTERISK = "asterisk"
    GENERIC = "generic"


@dataclass(frozen=True, slots=True)
class Options:
    """How a source writes its files: the time zone of its clock and, for a generic file, its columns."""

    zone: tzinfo = MINSK
    mapping: ColumnMapping = field(default_factory=ColumnMapping)


def read(file: BinaryIO, fmt: CallFormat, options: Options | None = None) -> Reading:
    """Calls and rejected lines of a switch's file, streamed; the file may be packed by gzip or be UTF-16.

    Blank lines and a generic file's header are not rows; every other line gives one call or one rejected line. Raises
    UnreadableFileError if the file as a whole is not of the format.
    """
    return READERS[fmt](encodings.plain(file), options or Options())


def _freeswitch(file: BinaryIO, options: Options) -> Reading:
    rows = RowReader(physical(file), switches.FREESWITCH_COLUMNS)
    return _calls(rows, switches.freeswitch, stamps(options.zone))


def _asterisk(file: BinaryIO, options: Options) -> Reading:
    rows = RowReader(physical(file), switches.ASTERISK_COLUMNS)
    return _calls(rows, switches.asterisk, stamps(options.zone))


def _generic(file: BinaryIO, options: Options) -> Reading:
    lines = physical(file)
    head = next(lines, None)
    if head is None or head.reason:
        raise UnreadableFileError("в файле нет строки заголовка")
    delimiter = generic.sniff(head.text)
    header = next(iter(RowReader(iter((head,)), frozenset(range(2, 500)), delimiter)))
    if not isinstance(header, Row):
        raise UnreadableFileError("первая строка не похожа на заголовок")
    to_call = generic.reader(options.mapping.positions(header.fields), head.text)
    rows = RowReader(lines, frozenset({len(header.fields)}), delimiter)
    for read_row in _calls(rows, to_call, generic_stamps(options.zone)):
        yield read_row._replace(raw=head.text + read_row.raw) if isinstance(read_row, RejectedLine) else read_row


def _calls(rows: RowReader, to_call: RowToCall, stamp: Stamp) -> Reading:
    for row in rows:
        if isinstance(row, RejectedLine):
            yield row
            continue
        try:
            yield to_call(row, stamp)
        except BadRowError as bad:
            yield RejectedLine(row.line_no, row.raw, bad.reason, bad.detail)


READERS: dict[CallFormat, Callable[[BinaryIO, Options], Reading]] = {
    CallFormat.FREESWITCH: _freeswitch,
    CallFormat.ASTERISK: _asterisk,
    CallFormat.GENERIC: _generic,
}
