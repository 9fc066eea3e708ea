"""What switches write besides the textbook is read all the same: fractions, epochs, archives, encodings (4.4)."""

import gzip
from datetime import UTC, datetime
from io import BytesIO

import pytest

from subscribers.cdr import CallFormat, Disposition, RawCall, RejectedLine, UnreadableFileError, beginning, read

MORNING = datetime(2026, 10, 5, 7, tzinfo=UTC)  # 10:00 in Minsk
EPOCH = int(MORNING.timestamp())
HEADER = "src,dst,start,answer,end,duration,billsec,disposition,Имя\n"


def fs(**changed: str) -> str:
    fields = {
        "name": "Анна", "calling": "375447112030", "called": "375291112233", "context": "default",
        "start": "2026-10-05 10:00:00", "answer": "2026-10-05 10:00:05", "end": "2026-10-05 10:01:05",
        "duration": "65", "billsec": "60", "cause": "NORMAL_CLEARING", "uuid": "u-1", "bleg": "b-1", "trunk": "",
        "read": "PCMA", "write": "PCMA",
    }  # fmt: skip
    return ",".join(f'"{value}"' for value in (fields | changed).values()) + "\n"


def asterisk(result: str = "ANSWERED", *, duration: str = "65", billsec: str = "60") -> str:
    times = ("2026-10-05 10:00:00", "2026-10-05 10:00:05", "2026-10-05 10:01:05")
    row = ("", "375447112030", "375291112233", "out", "", "SIP/a-1", "SIP/b-1", "Dial", "", *times)
    return ",".join(f'"{field}"' for field in (*row, duration, billsec, result, "DOCUMENTATION", "17.1", "")) + "\n"


def generic(**changed: str) -> str:
    row = {
        "src": "375447112030", "dst": "375291112233", "start": "2026-10-05 10:00:00", "answer": "", "end": "",
        "duration": "65", "billsec": "60", "disposition": "ответ", "name": "Ёлкина",
    }  # fmt: skip
    return HEADER + ",".join((row | changed).values()) + "\n"


def one(data: bytes | str, fmt: CallFormat) -> RawCall:
    (found,) = read(BytesIO(data.encode() if isinstance(data, str) else data), fmt)
    assert isinstance(found, RawCall), found
    return found


@pytest.mark.parametrize(
    ("text", "fmt"),
    [
        (fs(billsec="66"), CallFormat.FREESWITCH),
        (asterisk(billsec="66"), CallFormat.ASTERISK),
        (generic(billsec="66"), CallFormat.GENERIC),
    ],
)
def test_billed_seconds_one_above_the_duration_are_taken(text: str, fmt: CallFormat) -> None:
    call = one(text, fmt)
    assert (call.billsec, call.duration) == (66, 66)


@pytest.mark.parametrize("result", ["NO ANSWER", "BUSY", "FAILED", "CONGESTION"])
def test_an_asterisk_row_that_is_not_answered_but_has_seconds_is_unanswered(result: str) -> None:
    call = one(asterisk(result), CallFormat.ASTERISK)
    assert (call.answered, call.billsec, call.duration) == (False, 0, 65)
    assert call.disposition is not Disposition.ANSWERED


@pytest.mark.parametrize(("written", "read_as"), [("60.499999", 60), ("60.5", 61), ("60,4", 60), ("0.2", 0)])
def test_parts_of_a_second_count_as_the_nearest_second(written: str, read_as: int) -> None:
    assert one(fs(billsec=f"{written}", duration="65.000"), CallFormat.FREESWITCH).billsec == read_as


@pytest.mark.parametrize("fmt", [CallFormat.FREESWITCH, CallFormat.GENERIC])
@pytest.mark.parametrize(
    "written",
    [
        "2026-10-05T10:00:00+03:00",
        "2026-10-05T07:00:00Z",
        "2026-10-05T09:00:00.123456+0200",
        "2026-10-05 10:00:00.999",
        str(EPOCH),
        f"{EPOCH}123",
        f"{EPOCH}123456",
        f"{EPOCH}.123456",
    ],
)
def test_offsets_epochs_and_fractions_of_times(written: str, fmt: CallFormat) -> None:
    text = fs(start=written) if fmt is CallFormat.FREESWITCH else generic(start=written)
    assert one(text, fmt).started_at == MORNING


def test_a_russian_time_with_a_fraction() -> None:
    assert one(generic(start="05.10.2026 10:00:00.250"), CallFormat.GENERIC).started_at == MORNING


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("packed", [False, True])
def test_every_encoding_packed_or_not_gives_the_same_call(encoding: str, packed: bool) -> None:
    head = "Имя" if encoding in {"utf-8-sig", "utf-16"} else "name"  # without a mark, the head must show the encoding
    text = f"src,dst,start,billsec,{head}\n375447112030,375291112233,2026-10-05 10:00:00,60,Ёлкина\n"
    data = text.encode(encoding)
    call = one(gzip.compress(data) if packed else data, CallFormat.GENERIC)
    assert call.billsec == 60
    assert "Ёлкина" in call.raw


def test_a_row_counts_once_in_any_packing() -> None:
    plain, packed = fs().encode(), gzip.compress(fs().encode("utf-16"))
    assert one(plain, CallFormat.FREESWITCH).fingerprint == one(packed, CallFormat.FREESWITCH).fingerprint


def test_a_torn_archive_is_refused_in_words_after_its_whole_rows() -> None:
    packed = gzip.compress("".join(fs(uuid=f"u-{no}") for no in range(3_000)).encode())
    found = []
    with pytest.raises(UnreadableFileError, match="повреждён"):
        found += list(read(BytesIO(packed[:-40]), CallFormat.FREESWITCH))
    with pytest.raises(UnreadableFileError, match="повреждён"):
        list(read(BytesIO(b"\x1f\x8b" + b"junk" * 10), CallFormat.FREESWITCH))


def test_a_zip_bomb_is_refused_without_being_unpacked() -> None:
    bomb = gzip.compress((b"0" * 999 + b"\n") * (40 << 10))
    with pytest.raises(UnreadableFileError, match="слишком большой"):
        list(read(BytesIO(bomb), CallFormat.FREESWITCH))


def test_broken_signs_of_utf_16_reject_only_their_line() -> None:
    data = fs().encode("utf-16") + b"\x00\xd8\x0a\x00" + fs(uuid="u-2").encode("utf-16-le") + b"\x31"
    found = list(read(BytesIO(data), CallFormat.FREESWITCH))
    assert [isinstance(row, RawCall) for row in found] == [True, False, True, False]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
def test_the_beginning_of_a_large_file_ends_with_a_whole_line(encoding: str, packed: bool) -> None:
    data = "".join(fs(uuid=f"u-{no}") for no in range(50)).encode(encoding)
    file = BytesIO(gzip.compress(data) if packed else data)
    head, is_whole = beginning(file, 2_000)
    assert not is_whole
    assert len(head) <= 2_000
    assert all(isinstance(row, RawCall) for row in read(BytesIO(head), CallFormat.FREESWITCH))
    file.seek(0)
    assert beginning(file, 1 << 20)[1]


def test_nul_bytes_are_still_a_reason_and_no_encoding() -> None:
    first, _second = read(BytesIO(b"\0\0junk\n" + fs().encode()), CallFormat.FREESWITCH)
    assert isinstance(first, RejectedLine)
