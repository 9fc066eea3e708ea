"""Writes demo calls as files of two switches, one file per switch and month, with the faults that real files have.

The module reads and writes no database.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple
from uuid import UUID

from sipcabinet.demo.operator.traffic import DemoCall
from sipcabinet.lib.periods import Month

FORMATS = {"sbc-minsk": "freeswitch", "pbx-regions": "asterisk"}
STAMP = "%Y-%m-%d %H:%M:%S"
CAUSES = {
    "answered": "NORMAL_CLEARING",
    "no_answer": "NO_ANSWER",
    "busy": "USER_BUSY",
    "cancelled": "ORIGINATOR_CANCEL",
    "failed": "CALL_REJECTED",
}
DISPOSITIONS = {
    "answered": "ANSWERED",
    "no_answer": "NO ANSWER",
    "busy": "BUSY",
    "cancelled": "NO ANSWER",
    "failed": "FAILED",
}
STRANGER = "375447999000"  # a number in the operator's ranges that no subscriber has
Fields = list[str]


class SwitchFile(NamedTuple):
    """A written file, with what `import_calls` needs to import it."""

    path: Path
    source: str
    format: str
    rows: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Indexes of the columns that the faults change."""

    start: int
    called: int
    calling: int
    billsec: int
    identity: int


FREESWITCH = Layout(start=4, called=2, calling=1, billsec=8, identity=10)
ASTERISK = Layout(start=9, called=2, calling=1, billsec=13, identity=16)


def write(folder: Path, calls: Iterable[DemoCall], *, seed: int) -> list[SwitchFile]:
    """Writes one file per switch and month (of the call's start), oldest first."""
    by_file: dict[tuple[Month, str], list[DemoCall]] = defaultdict(list)
    for call in calls:
        by_file[Month.of(call.started_at), call.source].append(call)
    newest = max((month for month, _source in by_file), default=None)
    return [
        _write_one(
            folder, month, source, by_file[month, source], Random(f"{seed}:{source}:{month.code}"), last=month == newest
        )
        for month, source in sorted(by_file)
    ]


def _write_one(
    folder: Path, month: Month, source: str, calls: list[DemoCall], rng: Random, *, last: bool
) -> SwitchFile:
    fmt = FORMATS[source]
    row, layout = (_freeswitch, FREESWITCH) if fmt == "freeswitch" else (_asterisk, ASTERISK)
    rows = _with_faults([row(call, rng) for call in calls], layout, rng)
    text = _as_csv(rows)
    if last:
        text = text[: -len(_as_csv(rows[-1:])) // 2]  # the switch is still writing its last line
    path = folder / f"{source}-{month.code}.csv"
    path.write_text(text, encoding="utf-8")
    return SwitchFile(path, source, fmt, len(rows))


def _as_csv(rows: list[Fields]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _times(call: DemoCall) -> tuple[str, str, str]:
    """Start, answer (empty when nobody answered) and end, in the format of a switch."""
    answered = call.started_at + timedelta(seconds=call.ring)
    ended = answered + timedelta(seconds=call.talk)
    return (_stamp(call.started_at), _stamp(answered) if call.result == "answered" else "", _stamp(ended))


def _stamp(moment: datetime) -> str:
    return moment.strftime(STAMP)


def _freeswitch(call: DemoCall, rng: Random) -> Fields:
    start, answer, end = _times(call)
    return [
        call.caller_name,
        _plain(call.calling) or "anonymous",
        _dialled(call.called, rng),
        "operator",
        start,
        answer,
        end,
        str(call.ring + call.talk),
        str(call.talk),
        CAUSES[call.result],
        _uuid(rng),
        _uuid(rng) if call.result != "failed" else "",
        "",
        "PCMA",
        "PCMA",
    ]


def _asterisk(call: DemoCall, rng: Random) -> Fields:
    start, answer, end = _times(call)
    calling = _plain(call.calling) or "anonymous"
    channel, peer = (f"PJSIP/{side}-{rng.randrange(16**8):08x}" for side in ("trunk", "carrier"))
    uniqueid = f"{call.started_at.timestamp():.0f}.{rng.randrange(100_000, 999_999)}"
    return [
        "",
        calling,
        _dialled(call.called, rng),
        "operator",
        f'"{call.caller_name}" <{calling}>',
        channel,
        peer if call.result != "failed" else "",
        "Dial",
        "PJSIP/carrier,60",
        start,
        answer,
        end,
        str(call.ring + call.talk),
        str(call.talk),
        DISPOSITIONS[call.result],
        "DOCUMENTATION",
        uniqueid,
        "",
    ]


def _uuid(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def _plain(phone: str) -> str:
    return phone.removeprefix("+")


def _dialled(phone: str, rng: Random) -> str:
    """The number in one of the spellings that people and switches use."""
    if phone.startswith("+375") and len(phone) == 13:
        return rng.choice((phone, phone[1:], phone[1:], f"80{phone[4:]}"))
    if phone.startswith("+"):
        return rng.choice((phone, f"810{phone[1:]}"))
    return phone


def _with_faults(rows: list[Fields], layout: Layout, rng: Random) -> list[Fields]:
    """The rows with a few faulty rows added: altered copies of good rows, so that no good call is lost."""
    for twist in rng.sample(TWISTS, k=3):
        place = rng.randrange(len(rows))
        copy = list(rows[place])
        twist(copy, layout, rng)
        rows.insert(place + 1, copy)
    return rows


def _renewed(row: Fields, layout: Layout, rng: Random) -> None:
    """Gives a copied row a separate identity."""
    row[layout.identity] = _uuid(rng)


def _ampersand(row: Fields, layout: Layout, rng: Random) -> None:
    _renewed(row, layout, rng)
    row[layout.called] = "&"


def _spreadsheet_date(row: Fields, layout: Layout, rng: Random) -> None:
    _renewed(row, layout, rng)
    row[layout.start] = datetime.strptime(row[layout.start], STAMP).strftime("%Y/%-m/%-d %H:%M")  # noqa: DTZ007


def _extension(row: Fields, layout: Layout, rng: Random) -> None:
    _renewed(row, layout, rng)
    row[layout.calling], row[layout.called] = "205", "301"


def _stranger(row: Fields, layout: Layout, rng: Random) -> None:
    _renewed(row, layout, rng)
    row[layout.calling], row[layout.called] = STRANGER, "375297654321"


def _year_2020(row: Fields, layout: Layout, rng: Random) -> None:
    _renewed(row, layout, rng)
    for place in range(layout.start, layout.start + 3):
        row[place] = row[place] and f"2020{row[place][4:]}"


def _twice(_row: Fields, _layout: Layout, _rng: Random) -> None:
    """Leaves the copy unchanged: a duplicate."""


def _other_content(row: Fields, layout: Layout, _rng: Random) -> None:
    """Keeps the identity of the copy but changes its content."""
    row[layout.called] = "375297654321"


TWISTS: list[Callable[[Fields, Layout, Random], None]] = [
    _ampersand,
    _spreadsheet_date,
    _extension,
    _stranger,
    _year_2020,
    _twice,
    _other_content,
]
