"""The first records of a source as its settings would read them, before the settings are saved (4.4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice
from typing import Any

from sipcabinet.lib import clock, phones
from subscribers import dialled
from subscribers.calls import feeds
from subscribers.cdr import RawCall, RejectedLine, beginning, read
from subscribers.cdr.numbers import NumberKind, normalise
from subscribers.cdr.rewriting import RuleField, rewriter
from subscribers.models import CallOutcome, CallSource, ReceivedRecord, SourceKind
from subscribers.selectors import sources

MOST = 20
SAMPLE_BYTES = 256 * 1024
_KINDS = {
    NumberKind.SHORT: "короткий", NumberKind.EXTENSION: "внутренний", NumberKind.SERVICE: "служебный код",
    NumberKind.HIDDEN: "скрыт", NumberKind.UNKNOWN: "не разобран",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReadNumber:
    """A number as the switch wrote it, after the source's rules, and as the portal understands it."""

    written: str
    rewritten: str
    shown: str
    is_clear: bool

    @property
    def is_changed(self) -> bool:
        return self.written != self.rewritten


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A record as it would be read; `reason` is why it would be rejected."""

    line_no: int
    reason: str = ""
    start: str = ""
    calling: ReadNumber | None = None
    called: ReadNumber | None = None
    talk_seconds: int = 0
    outcome: str = ""
    trunk: str = ""
    is_held: bool = False


def sample(source: CallSource, given: bytes) -> bytes:
    """The records to show: given by staff, else the newest ones of the switch's database or of HTTP; may be empty.

    Raises FeedError and UnreadableFileError.
    """
    if given:
        return beginning(BytesIO(given), SAMPLE_BYTES)[0]
    if source.kind in feeds.TABLES:
        return feeds.first_rows(source, MOST)
    if source.kind == SourceKind.HTTP and source.pk:
        bodies = ReceivedRecord.objects.filter(source=source.pk).order_by("-pk").values_list("body", flat=True)
        return "".join(reversed(bodies[:MOST])).encode()
    return b""


def rows(source: CallSource, data: bytes, user: Any) -> list[ReadRow]:
    """The first records, with their numbers masked for staff who may not see them.

    Raises SourceError for wrong settings, UnreadableFileError if the records are not of the format.
    """
    fmt, options = sources.reading(source)
    calling, called = (rewriter(options.rules, field) for field in (RuleField.CALLING, RuleField.CALLED))
    found = islice(read(BytesIO(data), fmt, replace(options, rules=())), MOST)
    return [
        ReadRow(row.line_no, reason=_reason(row, user))
        if isinstance(row, RejectedLine)
        else _row(row, (calling, called), source, user)
        for row in found
    ]


def numbers(source: CallSource, written: Sequence[str], user: Any) -> Iterator[ReadNumber]:
    """Numbers that staff have typed, as the rules for called numbers change them."""
    _fmt, options = sources.reading(source)
    change = rewriter(options.rules, RuleField.CALLED)
    return (_number(one, change(one), user) for one in written[:MOST])


def _row(row: RawCall, rewriters: Any, source: CallSource, user: Any) -> ReadRow:
    calling, called = rewriters
    return ReadRow(
        row.line_no,
        start=f"{clock.minsk(row.started_at):%d.%m.%Y, %H:%M:%S}",
        calling=_number(row.calling, calling(row.calling), user),
        called=_number(row.called, called(row.called), user),
        talk_seconds=row.billsec,
        outcome=str(CallOutcome(row.disposition.value).label),
        trunk=row.trunk,
        is_held=row.billsec > source.longest_seconds,
    )


def _number(written: str, rewritten: str, user: Any) -> ReadNumber:
    found = normalise(rewritten)
    if found.kind is NumberKind.E164:
        shown = dialled.shown(found.value, user)
    else:
        shown = f"{_KINDS[found.kind]} {found.value[:40]}".strip()
    if not dialled.may_see(user):
        written, rewritten = phones.mask_within(written), phones.mask_within(rewritten)
    return ReadNumber(written[:64], rewritten[:64], shown, found.kind is not NumberKind.UNKNOWN)


def _reason(row: RejectedLine, user: Any) -> str:
    return row.message if dialled.may_see(user) else str(row.reason.label)
