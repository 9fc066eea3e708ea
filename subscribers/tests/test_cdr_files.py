"""Switch files with every fault seen in real ones: which lines are read, which are rejected and why (4.4)."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from subscribers.cdr import (
    CallFormat,
    ColumnMapping,
    Disposition,
    Options,
    RawCall,
    Reason,
    RejectedLine,
    UnreadableFileError,
    read,
)

FILES = Path(__file__).parent / "files"


def reading(data: bytes | str, fmt: CallFormat, options: Options | None = None) -> list[RawCall | RejectedLine]:
    return list(read(BytesIO(data.encode() if isinstance(data, str) else data), fmt, options))


def split(name: str, fmt: CallFormat) -> tuple[dict[int, RawCall], dict[int, Reason]]:
    """Calls and reject reasons of a fixture by line number; each line must be exactly one of the two."""
    rows = reading((FILES / name).read_bytes(), fmt)
    calls = {row.line_no: row for row in rows if isinstance(row, RawCall)}
    rejects = {row.line_no: row.reason for row in rows if isinstance(row, RejectedLine)}
    assert len(rows) == len(calls) + len(rejects)
    return calls, rejects


def test_freeswitch_file_with_faults() -> None:
    calls, rejects = split("freeswitch.csv", CallFormat.FREESWITCH)
    assert rejects == {
        8: Reason.BAD_STAMP,
        9: Reason.NO_SECONDS,
        10: Reason.BAD_DESTINATION,
        16: Reason.BILLED_OVER_DURATION,
        19: Reason.TRUNCATED,
    }
    assert list(calls) == [1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14, 17, 18]


def test_freeswitch_call_in_full() -> None:
    calls, _ = split("freeswitch.csv", CallFormat.FREESWITCH)
    call = calls[1]
    assert (call.calling, call.called, call.trunk) == ("375447112030", "80291112233", "375447112030")
    assert call.started_at == datetime(2026, 10, 5, 7, 0, tzinfo=UTC)  # 10:00 in Minsk
    assert call.answered_at == datetime(2026, 10, 5, 7, 0, 7, tzinfo=UTC)
    assert call.ended_at == datetime(2026, 10, 5, 7, 1, 37, tzinfo=UTC)
    assert (call.duration, call.billsec, call.answered, call.disposition) == (97, 90, True, Disposition.ANSWERED)
    assert (call.call_id[-2:], call.leg[-2:]) == ("01", "a1")


def test_same_key_same_content_and_same_key_other_content_can_be_told_apart() -> None:
    calls, _ = split("freeswitch.csv", CallFormat.FREESWITCH)
    first, same, other = calls[1], calls[6], calls[7]
    assert (first.call_id, first.leg) == (same.call_id, same.leg) == (other.call_id, other.leg)
    assert first.fingerprint == same.fingerprint != other.fingerprint


def test_quotes_inside_a_name_and_a_line_break_inside_a_field_do_not_lose_the_row() -> None:
    calls, _ = split("freeswitch.csv", CallFormat.FREESWITCH)
    assert calls[13].called == "810 7 495 123-45-67"
    assert calls[14].called == "112"
    assert calls[14].raw.count("\n") == 2


def test_asterisk_file_in_windows_1251() -> None:
    calls, rejects = split("asterisk.csv", CallFormat.ASTERISK)
    assert rejects == {
        7: Reason.BAD_DESTINATION,
        8: Reason.NO_SECONDS,
        9: Reason.BAD_STAMP,
        12: Reason.END_BEFORE_START,
        13: Reason.NEGATIVE,
        14: Reason.TRUNCATED,
    }
    assert list(calls) == [1, 2, 3, 4, 5, 6, 10, 11]
    assert "Мария Ёлкина" in calls[1].raw
    assert calls[6].disposition is Disposition.NO_ANSWER


def test_asterisk_rows_of_one_uniqueid_are_legs() -> None:
    calls, _ = split("asterisk.csv", CallFormat.ASTERISK)
    assert calls[2].call_id == calls[3].call_id
    assert calls[2].leg != calls[3].leg
    calls, _ = split("asterisk-sequence.csv", CallFormat.ASTERISK)
    assert [(call.call_id, call.leg) for call in calls.values()] == [("1790000000.1", "41"), ("1790000000.1", "42")]


def test_without_a_uniqueid_the_content_is_the_identity() -> None:
    calls, rejects = split("asterisk-no-uniqueid.csv", CallFormat.ASTERISK)
    assert rejects == {}
    first, other, again = calls.values()
    assert first.call_id == ""
    assert first.identity == again.identity == first.fingerprint
    assert first.identity != other.identity


def test_generic_file_with_a_russian_header() -> None:
    calls, rejects = split("generic.csv", CallFormat.GENERIC)
    assert rejects == {
        6: Reason.NO_SECONDS,
        8: Reason.BAD_DESTINATION,
        10: Reason.NO_SECONDS,
        11: Reason.BAD_STAMP,
        12: Reason.BAD_DURATION,
        13: Reason.BAD_DISPOSITION,
        14: Reason.TRUNCATED,
    }
    assert list(calls) == [2, 3, 4, 5, 7, 9]
    assert (calls[2].billsec, calls[2].duration, calls[2].disposition) == (90, 100, Disposition.ANSWERED)
    assert calls[2].started_at == datetime(2026, 10, 5, 11, 0, tzinfo=UTC)
    assert calls[2].answered_at == datetime(2026, 10, 5, 11, 0, 10, tzinfo=UTC)  # the end minus the seconds talked
    assert calls[3].disposition is Disposition.NO_ANSWER


def test_every_reason_has_a_russian_text() -> None:
    for reason in Reason:
        assert any("а" <= char <= "я" for char in RejectedLine(1, "", reason).message)


# -- one row of FreeSWITCH, with one field changed

FIELDS = {
    "name": "Ann", "calling": "375447112030", "called": "375291112233", "context": "default",
    "start": "2026-10-05 10:00:00", "answer": "2026-10-05 10:00:05", "end": "2026-10-05 10:01:05",
    "duration": "65", "billsec": "60", "cause": "NORMAL_CLEARING", "uuid": "u-1", "bleg": "b-1", "trunk": "",
    "read": "PCMA", "write": "PCMA",
}  # fmt: skip


def line(**changed: str) -> str:
    return ",".join('"' + value.replace('"', '""') + '"' for value in (FIELDS | changed).values()) + "\n"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"start": ""}, Reason.BAD_STAMP),
        ({"start": "2020/2/10 22:41"}, Reason.NO_SECONDS),
        ({"start": "2026-10-05 10:00"}, Reason.NO_SECONDS),
        ({"start": "10.02.2026 22:41:05"}, Reason.BAD_STAMP),
        ({"start": "2026-02-30 10:00:00"}, Reason.BAD_STAMP),
        ({"start": "2026-10-05 25:00:00"}, Reason.BAD_STAMP),
        ({"start": "2026-10-05 10:00:60"}, Reason.BAD_STAMP),
        ({"start": "1999-12-31 23:59:59"}, Reason.ABSURD_DATE),
        ({"start": "2999-01-01 00:00:00"}, Reason.ABSURD_DATE),
        ({"start": "\u0662\u0660\u0662\u0666-10-05 10:00:00"}, Reason.BAD_STAMP),
        ({"end": "2026-10-05 09:59:59"}, Reason.END_BEFORE_START),
        ({"answer": "2026-10-05 09:59:59"}, Reason.CONTRADICTION),
        ({"answer": "2026-10-05 10:01:06"}, Reason.CONTRADICTION),
        ({"answer": ""}, Reason.CONTRADICTION),
        ({"billsec": "67"}, Reason.BILLED_OVER_DURATION),
        ({"billsec": "-1"}, Reason.NEGATIVE),
        ({"duration": "-65"}, Reason.NEGATIVE),
        ({"billsec": ""}, Reason.BAD_DURATION),
        ({"billsec": "60.5.1"}, Reason.BAD_DURATION),
        ({"billsec": "\u0666\u0660"}, Reason.BAD_DURATION),
        ({"duration": "99999999"}, Reason.BAD_DURATION),
        ({"duration": "2678401"}, Reason.BAD_DURATION),
        ({"called": ""}, Reason.NO_DESTINATION),
        ({"called": "  "}, Reason.NO_DESTINATION),
        ({"called": "&"}, Reason.BAD_DESTINATION),
        ({"called": "+"}, Reason.BAD_DESTINATION),
        ({"called": "3" * 101}, Reason.OVERLONG),
        ({"uuid": "u" * 101}, Reason.OVERLONG),
        ({"uuid": "u\x1f1"}, Reason.CONTROL_CHARACTERS),
        ({"called": "375\t29"}, Reason.CONTROL_CHARACTERS),
    ],
)
def test_a_faulty_row_is_refused_with_its_reason_and_the_next_one_is_taken(
    changed: dict[str, str], reason: Reason
) -> None:
    refused, taken = reading(line(**changed) + line(), CallFormat.FREESWITCH)
    assert isinstance(refused, RejectedLine)
    assert refused.reason is reason
    assert isinstance(taken, RawCall)


@pytest.mark.parametrize(
    ("changed", "disposition"),
    [
        ({"cause": "NORMAL_CLEARING"}, Disposition.ANSWERED),
        ({"cause": "NORMAL_CLEARING", "answer": "", "billsec": "0"}, Disposition.CANCELLED),
        ({"cause": "ORIGINATOR_CANCEL", "answer": "", "billsec": "0"}, Disposition.CANCELLED),
        ({"cause": "USER_BUSY", "answer": "", "billsec": "0"}, Disposition.BUSY),
        ({"cause": "NO_ANSWER", "answer": "0000-00-00 00:00:00", "billsec": "0"}, Disposition.NO_ANSWER),
        ({"cause": "UNALLOCATED_NUMBER", "answer": "", "billsec": "0"}, Disposition.FAILED),
        ({"cause": "ATTENDED_TRANSFER", "billsec": "0"}, Disposition.ANSWERED),
    ],
)
def test_how_a_call_ended(changed: dict[str, str], disposition: Disposition) -> None:
    (call,) = reading(line(**changed), CallFormat.FREESWITCH)
    assert isinstance(call, RawCall)
    assert call.disposition is disposition


def reasons(rows: list[RawCall | RejectedLine]) -> list[Reason | None]:
    return [row.reason if isinstance(row, RejectedLine) else None for row in rows]


@pytest.mark.parametrize(
    ("junk", "found"),
    [
        (b"\n\r\n   \n", []),
        (b"one,two\n", [Reason.COLUMNS]),
        (line().encode()[:-1] + b',"more"\n', [Reason.COLUMNS]),
        (line(calling="3754\0").encode(), [Reason.NUL_BYTES]),
        (b"\0" * 5000 + b"\n", [Reason.NUL_BYTES]),
        (b"x" * 100_000 + b"\n", [Reason.OVERLONG]),
        (b'"' + b"x" * 100_000 + b"\n", [Reason.OVERLONG]),
        (b'"open,1,2\n', [Reason.QUOTES]),
        (b'"open,1,2\n' * 50, [Reason.QUOTES] * 50),
        (b'"A","1","2\n', [Reason.QUOTES]),
        (line().encode()[:40] + b"\n", [Reason.QUOTES]),
        (b"a,b\rc,d\n", [Reason.COLUMNS]),
        (b"\xfa\xff\xfe junk\n", [Reason.COLUMNS]),
    ],
)
@pytest.mark.parametrize("place", ["before", "between"])
def test_junk_is_refused_line_by_line_and_swallows_no_neighbour(junk: bytes, found: list[Reason], place: str) -> None:
    good = line().encode()
    data = junk + good + good if place == "before" else good + junk + good
    expected = [*found, None, None] if place == "before" else [None, *found, None]
    assert reasons(reading(data, CallFormat.FREESWITCH)) == expected


def test_a_stray_quote_costs_its_own_line_only() -> None:
    rows = reading(line() * 3 + '"Ann","375\n' + line(name='Ann "Jr') * 40, CallFormat.FREESWITCH)
    assert reasons(rows) == [None] * 3 + [Reason.QUOTES] + [None] * 40


def test_line_numbers_are_those_of_the_file() -> None:
    rows = reading("\n" + line() + "\n" + line(name="two\nlines") + "junk\n" + line(), CallFormat.FREESWITCH)
    assert [row.line_no for row in rows] == [2, 4, 6, 7]


@pytest.mark.parametrize("cut", range(1, len(line())))
def test_a_truncated_last_line_is_never_taken_for_another_call(cut: int) -> None:
    (whole,) = reading(line(), CallFormat.FREESWITCH)
    assert isinstance(whole, RawCall)
    rows = reading(line(uuid="u-2") + line()[:cut], CallFormat.FREESWITCH)
    assert len(rows) == 2
    cut_row = rows[1]
    assert isinstance(cut_row, RejectedLine) or (cut_row.content == whole.content and cut > len(line()) - 8)


def test_a_complete_last_line_needs_no_line_end() -> None:
    assert reasons(reading(line() + line()[:-1], CallFormat.FREESWITCH)) == [None, None]


def test_an_asterisk_row_cut_at_a_field_border_is_truncated() -> None:
    whole = (FILES / "asterisk.csv").read_bytes().splitlines(keepends=True)[0]
    cut = whole[: whole.rindex(b',"1790000000.1"')]
    assert reasons(reading(whole + cut, CallFormat.ASTERISK)) == [None, Reason.TRUNCATED]


def test_a_file_without_header_is_named_unreadable() -> None:
    with pytest.raises(UnreadableFileError, match="calling"):
        reading("a;b;c\n1;2;3\n", CallFormat.GENERIC)
    with pytest.raises(UnreadableFileError, match="заголов"):
        reading("", CallFormat.GENERIC)


def test_an_empty_file_has_no_rows() -> None:
    assert reading("", CallFormat.FREESWITCH) == []


# -- generic files


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    header = delimiter.join(("Src", "Dst", "Start", "Billsec"))
    row = delimiter.join(("375447112030", "375291112233", "2026-10-05 10:00:00", "61"))
    (call,) = reading(f"{header}\n{row}\n", CallFormat.GENERIC)
    assert isinstance(call, RawCall)
    assert (call.billsec, call.duration, call.answered) == (61, 61, True)
    assert call.call_id == ""


def test_a_source_may_name_its_own_columns() -> None:
    mapping = ColumnMapping.of({"calling": "Кто", "called": "Кого", "started_at": "Когда", "billsec": "Сек"})
    (call,) = reading(
        "Когда;Кто;Кого;Сек\n2026-10-05 10:00:00;a;375291112233;0\n", CallFormat.GENERIC, Options(mapping=mapping)
    )
    assert isinstance(call, RawCall)
    assert (call.calling, call.disposition) == ("a", Disposition.NO_ANSWER)
    with pytest.raises(ValueError, match="unknown"):
        ColumnMapping.of({"caller": "x"})


def test_the_zone_of_a_source_and_an_offset_of_its_own() -> None:
    text = "src,dst,start,billsec\n1,2,2026-10-05 10:00:00,0\n1,2,2026-10-05T10:00:00.250+03:00,0\n"
    first, second = reading(text, CallFormat.GENERIC, Options(zone=ZoneInfo("Europe/Vilnius")))
    assert isinstance(first, RawCall)
    assert isinstance(second, RawCall)
    assert first.started_at == second.started_at == datetime(2026, 10, 5, 7, tzinfo=UTC)


def test_a_minute_and_second_that_could_be_hours_is_refused() -> None:
    rows = reading("src,dst,start,billsec\n1,2,2026-10-05 10:00:00,02:03\n", CallFormat.GENERIC)
    assert reasons(rows) == [Reason.BAD_DURATION]


@pytest.mark.parametrize("name", ["freeswitch", "freeswitch-legs", "asterisk", "asterisk-sequence", "generic"])
def test_lines_that_end_with_cr_alone_are_lines(name: str) -> None:
    """CR line ends, as old Macs and some exports write them, change nothing else in the result."""
    fmt = CallFormat(name.partition("-")[0])
    plain = (FILES / f"{name}.csv").read_bytes().replace(b"\r\n", b"\n")
    assert b"\r" not in plain
    file = BytesIO(plain.replace(b"\n", b"\r"))
    found = list(read(file, fmt))
    assert found == reading(plain, fmt)
    assert sum(isinstance(row, RawCall) for row in found) >= 2
    assert not file.closed


def test_an_endless_line_among_lines_that_end_with_cr_is_cut_off() -> None:
    whole = (FILES / "freeswitch.csv").read_bytes().splitlines()[0]
    rows = reading(whole + b"\r" + b"x" * 50_000 + b"\r" + whole + b"\r", CallFormat.FREESWITCH)
    assert reasons(rows) == [None, Reason.OVERLONG, None]
    assert [row.line_no for row in rows] == [1, 2, 3]


def test_a_cr_inside_a_line_of_another_end_ends_no_line() -> None:
    lines = (FILES / "freeswitch.csv").read_bytes().splitlines()[:1]
    inside = lines[0].replace(b'"', b'"\r', 1)
    assert len(reading(inside + b"\n" + lines[0] + b"\n", CallFormat.FREESWITCH)) == 2
