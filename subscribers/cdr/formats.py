"""The entry point: a file of any supported switch → calls and rejected lines, in the order of the file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum
from itertools import chain
from typing import BinaryIO

from sipcabinet.lib.clock import MINSK
from subscribers.cdr import encodings, generic, json_records, switches
from subscribers.cdr.fields import Stamp, generic_stamps, stamps
from subscribers.cdr.generic import ColumnMapping
from subscribers.cdr.lines import Line, Row, RowReader, UnreadableFileError, physical
from subscribers.cdr.records import BadRowError, RawCall, RejectedLine
from subscribers.cdr.rewriting import Rule, RuleField, rewriter

RowToCall = Callable[[Row, Stamp], RawCall]
Reading = Iterator[RawCall | RejectedLine]


class CallFormat(StrEnum):
    """Which switch wrote the file."""

    FREESWITCH = "freeswitch"
    ASTERISK = "asterisk"
    GENERIC = "generic"
    FREESWITCH_JSON = "fs-json"


@dataclass(frozen=True, slots=True)
class Options:
    """How a source writes its files: the time zone of its clock, the rules that rewrite its numbers and, for a generic
    file, its columns and whether a header names them."""

    zone: tzinfo = MINSK
    mapping: ColumnMapping = field(default_factory=ColumnMapping)
    has_header: bool = True
    rules: tuple[Rule, ...] = ()


def read(file: BinaryIO, fmt: CallFormat, options: Options | None = None) -> Reading:
    """Calls and rejected lines of a switch's file, streamed; the file may be packed by gzip or be UTF-16.

    Blank lines and a generic file's header are not rows; every other line gives one call or one rejected line. Raises
    UnreadableFileError if the file as a whole is not of the format.
    """
    options = options or Options()
    found = READERS[fmt](encodings.plain(file), options)
    return _rewritten(found, options.rules) if options.rules else found


def _rewritten(found: Reading, rules: tuple[Rule, ...]) -> Reading:
    """The calls with their numbers rewritten. A row's content stays: it is what the switch wrote."""
    calling, called = rewriter(rules, RuleField.CALLING), rewriter(rules, RuleField.CALLED)
    for row in found:
        if isinstance(row, RawCall):
            yield row._replace(calling=calling(row.calling), called=called(row.called))
        else:
            yield row


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
    if not options.has_header:
        yield from _without_header(head, lines, delimiter, options)
        return
    header = next(iter(RowReader(iter((head,)), frozenset(range(2, 500)), delimiter)))
    if not isinstance(header, Row):
        raise UnreadableFileError("первая строка не похожа на заголовок")
    to_call = generic.reader(options.mapping.positions(header.fields), head.text)
    rows = RowReader(lines, frozenset({len(header.fields)}), delimiter)
    for read_row in _calls(rows, to_call, generic_stamps(options.zone)):
        yield read_row._replace(raw=head.text + read_row.raw) if isinstance(read_row, RejectedLine) else read_row


def _without_header(head: Line, lines: Iterator[Line], delimiter: str, options: Options) -> Reading:
    """A file whose first line is a row already (`cdr_custom`): columns are named by their numbers."""
    first = next(iter(RowReader(iter((head,)), frozenset(range(2, 500)), delimiter)))
    width = len(first.fields) if isinstance(first, Row) else 0
    to_call = generic.reader(options.mapping.places(width), "")
    rows = RowReader(chain((head,), lines), frozenset({width}), delimiter)
    yield from _calls(rows, to_call, generic_stamps(options.zone))


def _freeswitch_json(file: BinaryIO, options: Options) -> Reading:
    return json_records.records(file, stamps(options.zone))


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
    CallFormat.FREESWITCH_JSON: _freeswitch_json,
}
