"""Rows of a switch's own database → lines of a file that a reader knows (4.4). No database.

Kamailio (`acc_cdrs`, `missed_calls`) becomes a generic CSV, a table of Asterisk (`cdr_pgsql`, `cdr_adaptive_odbc`) a
Master.csv. A source may name other columns than the usual ones.
"""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

Cells = Mapping[str, Any]
OWN_HEADER = (
    "call_id", "leg", "calling", "called", "started_at", "answered_at", "ended_at", "billsec", "disposition", "trunk",
)  # fmt: skip

_RESULTS = {"486": "busy", "600": "busy", "487": "cancelled", "408": "no_answer", "480": "no_answer"}


@dataclass(frozen=True, slots=True)
class Columns:
    """The usual columns of a table for each field, the preferred first; `chosen` are the source's own names."""

    usual: Mapping[str, Sequence[str]]
    chosen: Mapping[str, str]

    def get(self, row: Cells, field: str) -> Any:
        names = [self.chosen[field]] if self.chosen.get(field) else self.usual.get(field, ())
        return next((row[name] for name in names if row.get(name) is not None), None)

    def text(self, row: Cells, field: str) -> str:
        value = self.get(row, field)
        return "" if value is None else _text(value)


@dataclass(frozen=True, slots=True)
class TableFormat:
    """How rows of a table become a file: its usual columns, the header of the file, a row's cells, and the column of
    the start, which finds the first row that is still of interest."""

    usual: Mapping[str, Sequence[str]]
    header: Sequence[str]
    cells: Callable[[Cells, Columns], Sequence[str]]
    start: str

    def file(self, rows: Iterable[Cells], chosen: Mapping[str, str]) -> bytes:
        """The rows as a file of UTF-8 lines."""
        columns, out = Columns(self.usual, chosen), StringIO()
        writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
        if self.header:
            writer.writerow(self.header)
        for row in rows:
            writer.writerow([_line(cell) for cell in self.cells(row, columns)])
        return out.getvalue().encode()


def _line(cell: str) -> str:
    return cell.replace("\0", "").replace("\n", " ").replace("\r", " ")


def _text(value: Any) -> str:
    """A value of a database as text: times in the database's own zone or with their offset, seconds with fractions."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="microseconds" if value.microsecond else "seconds")
    return f"{value:.3f}" if isinstance(value, float) else str(value).strip()


def _kamailio(row: Cells, columns: Columns) -> Sequence[str]:
    """`start_time` is the answer, `setup_time` (if the table has it) the beginning; `duration` is the conversation."""
    code = columns.text(row, "sip_code")
    answered = code.startswith("2") if code else bool(float(columns.text(row, "billsec") or 0))
    start = columns.text(row, "answered_at")
    return [
        columns.text(row, "call_id"),
        columns.text(row, "leg"),
        columns.text(row, "calling"),
        columns.text(row, "called"),
        columns.text(row, "started_at") or start,
        start if answered else "",
        columns.text(row, "ended_at"),
        columns.text(row, "billsec") if answered else "0",
        "answered" if answered else _RESULTS.get(code, "failed" if code else "no_answer"),
        columns.text(row, "trunk"),
    ]


def _missed(row: Cells, columns: Columns) -> Sequence[str]:
    """A row of `missed_calls`: only a moment, no seconds."""
    moment, code = columns.text(row, "started_at"), columns.text(row, "sip_code")
    return [
        columns.text(row, "call_id"),
        columns.text(row, "leg") or "missed",
        columns.text(row, "calling"),
        columns.text(row, "called"),
        moment,
        "",
        moment,
        "0",
        _RESULTS.get(code, "failed"),
        columns.text(row, "trunk"),
    ]


def _asterisk(row: Cells, columns: Columns) -> Sequence[str]:
    """The columns of Master.csv; a table without `answer` and `end` gives them by its seconds."""
    start, answer, end = (columns.get(row, name) for name in ("started_at", "answered_at", "ended_at"))
    duration, billsec = columns.text(row, "duration"), columns.text(row, "billsec")
    if end is None and isinstance(start, datetime):
        end = start + timedelta(seconds=float(duration or 0))
    answered = columns.text(row, "disposition").upper() == "ANSWERED"
    if answer is None and answered and isinstance(end, datetime):
        answer = end - timedelta(seconds=float(billsec or 0))
    return [
        columns.text(row, "trunk"),
        columns.text(row, "calling"),
        columns.text(row, "called"),
        "",
        "",
        columns.text(row, "channel"),
        columns.text(row, "peer"),
        "",
        "",
        *("" if moment is None else _text(moment) for moment in (start, answer, end)),
        duration,
        billsec,
        columns.text(row, "disposition"),
        "",
        columns.text(row, "call_id"),
        "",
        columns.text(row, "leg"),
    ]


_PARTIES = {
    "calling": ("caller", "src_user", "from_user", "caller_id"),
    "called": ("callee", "dst_user", "dst_ouser", "to_user", "called"),
    "trunk": ("account_code", "accountcode"),
    "call_id": ("call_id", "callid", "sip_call_id"),
    "sip_code": ("sip_code",),
}
ACC_CDRS = TableFormat(
    usual=_PARTIES
    | {
        "leg": ("leg",),
        "started_at": ("setup_time",),
        "answered_at": ("start_time",),
        "ended_at": ("end_time",),
        "billsec": ("duration",),
    },
    header=OWN_HEADER,
    cells=_kamailio,
    start="start_time",
)
MISSED_CALLS = TableFormat(
    usual=_PARTIES | {"leg": ("to_tag",), "started_at": ("time",)}, header=OWN_HEADER, cells=_missed, start="time"
)
ASTERISK_CDR = TableFormat(
    usual={
        "trunk": ("accountcode",),
        "calling": ("src",),
        "called": ("dst",),
        "channel": ("channel",),
        "peer": ("dstchannel",),
        "started_at": ("start", "calldate"),
        "answered_at": ("answer",),
        "ended_at": ("end",),
        "duration": ("duration",),
        "billsec": ("billsec",),
        "disposition": ("disposition",),
        "call_id": ("uniqueid",),
        "leg": ("sequence",),
    },
    header=(),
    cells=_asterisk,
    start="calldate",
)
