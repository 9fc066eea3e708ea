"""A CSV with a header, from any other switch; each source stores a mapping of columns to fields."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from datetime import datetime, timedelta
from typing import Self

from subscribers.cdr import fields
from subscribers.cdr.fields import Stamp
from subscribers.cdr.lines import Row, UnreadableFileError
from subscribers.cdr.records import BadRowError, Disposition, RawCall, Reason
from subscribers.cdr.switches import checked

DELIMITERS = ",;\t"

_RESULTS = {
    Disposition.ANSWERED: "answered answer ok success yes 1 отвечен отвечено отвечён ответ успешный успешно да",
    Disposition.BUSY: "busy занят занято user_busy",
    Disposition.NO_ANSWER: "no_answer noanswer unanswered missed no 0 нет_ответа не_отвечен неотвеченный пропущен нет",
    Disposition.CANCELLED: "cancelled canceled cancel отменён отменен отмена сброшен originator_cancel",
    Disposition.FAILED: "failed congestion error ошибка неуспешный неуспешно сбой",
}
_RESULT = {word: disposition for disposition, words in _RESULTS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Header names for each field, the preferred first; case, spaces and «ё» are ignored.

    Required: the caller, the called number, the start and the seconds talked (or times from which they are computed).
    """

    call_id: tuple[str, ...] = ("call_id", "callid", "call-id", "uuid", "uniqueid", "id", "ид звонка", "идентификатор")
    leg: tuple[str, ...] = ("leg", "leg_id", "bleg_uuid", "sequence", "плечо")
    calling: tuple[str, ...] = (
        "calling", "caller", "src", "source", "from", "a_number", "anumber", "caller_id_number",
        "номер а", "вызывающий", "вызывающий номер", "от кого", "откуда",
    )  # fmt: skip
    called: tuple[str, ...] = (
        "called", "callee", "dst", "destination", "to", "b_number", "bnumber", "destination_number",
        "номер б", "вызываемый", "вызываемый номер", "кому", "куда",
    )  # fmt: skip
    started_at: tuple[str, ...] = (
        "started_at", "start", "start_time", "start_stamp", "calldate", "datetime", "date",
        "начало", "дата и время", "начало звонка", "время начала", "дата",
    )  # fmt: skip
    answered_at: tuple[str, ...] = ("answered_at", "answer", "answer_time", "answer_stamp", "ответ", "время ответа")
    ended_at: tuple[str, ...] = ("ended_at", "end", "end_time", "end_stamp", "конец", "окончание", "время окончания")
    duration: tuple[str, ...] = ("duration", "длительность", "длительность звонка", "общая длительность")
    billsec: tuple[str, ...] = ("billsec", "billed", "talk_time", "talk", "разговор", "длительность разговора")
    disposition: tuple[str, ...] = ("disposition", "result", "status", "hangup_cause", "результат", "статус", "итог")
    trunk: tuple[str, ...] = ("trunk", "accountcode", "account", "транк", "линия", "соединение")

    @classmethod
    def of(cls, chosen: Mapping[str, str]) -> Self:
        """The defaults with the source's own names: `{"calling": "A-номер"}`; raises ValueError."""
        known = {field.name for field in dataclass_fields(cls)}
        if unknown := sorted(set(chosen) - known):
            raise ValueError(f"unknown fields: {', '.join(unknown)}")
        return cls(**{name: (header,) for name, header in chosen.items() if header})

    def places(self, width: int) -> dict[str, int]:
        """The position of each field in a file without a header: the columns are named by their numbers, from 1.

        Raises UnreadableFileError if a required one is missing or a number is no column.
        """
        found = {}
        for field in dataclass_fields(self):
            numbers = [name for name in getattr(self, field.name) if name.isascii() and name.isdecimal()]
            if numbers and not 1 <= int(numbers[0][:4]) <= width:
                raise UnreadableFileError(f"в строке нет колонки {numbers[0]}: колонок {width}")
            if numbers:
                found[field.name] = int(numbers[0]) - 1
        return _required(found, "номерами не указаны колонки")

    def positions(self, header: list[str]) -> dict[str, int]:
        """The position of each field under this header; raises UnreadableFileError if a required one is missing."""
        places = {_plain(name): place for place, name in reversed(list(enumerate(header)))}
        found = {
            field.name: places[_plain(name)]
            for field in dataclass_fields(self)
            for name in reversed(getattr(self, field.name))
            if _plain(name) in places
        }
        return _required(found, "в заголовке нет колонок")


def _required(found: dict[str, int], fault: str) -> dict[str, int]:
    missing = [name for name in ("calling", "called", "started_at") if name not in found]
    if "billsec" not in found and not {"answered_at", "ended_at"} <= found.keys():
        missing.append("billsec")
    if missing:
        raise UnreadableFileError(f"{fault}: {', '.join(missing)}")
    return found


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("ё", "е").replace("_", " ").replace("-", " ").split())


def sniff(header: str) -> str:
    """The delimiter of a header line: comma, semicolon or tab, whichever gives the most columns."""
    return max(DELIMITERS, key=lambda delimiter: len(next(csv.reader([header], delimiter=delimiter))))


def reader(positions: Mapping[str, int], header: str) -> Callable[[Row, Stamp], RawCall]:
    """A reader of rows under a `header` with fields at `positions`; each call's `raw` includes the header, so that the
    row can be read again alone."""
    places = [positions.get(field.name, -1) for field in dataclass_fields(ColumnMapping)]

    def call(row: Row, stamp: Stamp) -> RawCall:
        values = [row.fields[place].strip() if place >= 0 else "" for place in places]
        call_id, leg, calling, called, start, answer, end, duration, billsec, result, trunk = values
        fields.require_bounded(call_id, calling, called, trunk)
        times = _Times.of(
            start=start, answer=answer, end=end, duration=duration, billsec=billsec, result=result, stamp=stamp
        )
        return checked(
            RawCall(
                row.line_no,
                header + row.raw,
                call_id,
                fields.key(leg),
                calling,
                fields.destination(called),
                times.started_at,
                times.answered_at,
                times.ended_at,
                times.duration,
                times.billsec,
                times.disposition,
                trunk,
                "\x1f".join(values),
                bool(fields.UUID.fullmatch(call_id)) and not (leg and not fields.UUID.fullmatch(leg)),
            )
        )

    return call


@dataclass(frozen=True, slots=True)
class _Times:
    """Times of a call; values missing in the columns are computed from the others."""

    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    duration: int
    billsec: int
    disposition: Disposition

    @classmethod
    def of(cls, *, start: str, answer: str, end: str, duration: str, billsec: str, result: str, stamp: Stamp) -> Self:
        started_at, answered_at = stamp(start), fields.moment_or_none(answer, stamp)
        ended_at = fields.moment_or_none(end, stamp)
        talked = fields.clock_or_seconds(billsec) if billsec else _between(answered_at, ended_at)
        disposition = _disposition(result) if result else _implied(talked, answered_at)
        whole = _whole(duration, started_at, ended_at, talked)
        ended_at = ended_at or started_at + timedelta(seconds=whole)
        if disposition is not Disposition.ANSWERED:
            answered_at = None
        elif answered_at is None:
            answered_at = max(started_at, ended_at - timedelta(seconds=talked))
        return cls(started_at, answered_at, ended_at, whole, talked, disposition)


def _between(answered_at: datetime | None, ended_at: datetime | None) -> int:
    if answered_at is None or ended_at is None:
        return 0
    return int((ended_at - answered_at).total_seconds())


def _whole(duration: str, started_at: datetime, ended_at: datetime | None, talked: int) -> int:
    if duration:
        return fields.clock_or_seconds(duration)
    if ended_at is None:
        return talked
    if ended_at < started_at:
        raise BadRowError(Reason.END_BEFORE_START)
    return int((ended_at - started_at).total_seconds())


def _implied(talked: int, answered_at: datetime | None) -> Disposition:
    return Disposition.ANSWERED if talked or answered_at else Disposition.NO_ANSWER


def _disposition(result: str) -> Disposition:
    found = _RESULT.get(result.casefold().replace(" ", "_"))
    if found is None:
        raise BadRowError(Reason.BAD_DISPOSITION, result)
    return found
