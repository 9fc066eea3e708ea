"""JSON records of FreeSWITCH: the same calls as its CSV, whatever is broken between them (4.4)."""

import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from subscribers.cdr import CallFormat, Disposition, RawCall, Reason, RejectedLine, UnreadableFileError, read

FILE = Path(__file__).parent / "files/fs-json.json"


def reading(data: bytes | str) -> list[RawCall | RejectedLine]:
    return list(read(BytesIO(data.encode() if isinstance(data, str) else data), CallFormat.FREESWITCH_JSON))


def record(**variables: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8").splitlines()[0])
    found["variables"] |= variables
    return found


def test_a_file_with_faults() -> None:
    rows = reading(FILE.read_bytes())
    rejects = {row.line_no: row.reason for row in rows if isinstance(row, RejectedLine)}
    assert rejects == {
        4: Reason.JSON,
        5: Reason.BAD_STAMP,
        6: Reason.NO_DESTINATION,
        7: Reason.BILLED_OVER_DURATION,
        8: Reason.NO_DESTINATION,
        10: Reason.TRUNCATED,
    }
    assert [row.line_no for row in rows if isinstance(row, RawCall)] == [1, 2, 3, 9]


def test_a_call_in_full() -> None:
    call, busy, *_rest, local, _cut = reading(FILE.read_bytes())
    assert isinstance(call, RawCall)
    assert (call.calling, call.called, call.trunk) == ("375447112030", "80297654321", "375447112030")
    assert call.started_at == datetime(2026, 10, 5, 7, tzinfo=UTC)
    assert (call.duration, call.billsec, call.leg[-2:], call.names_legs) == (65, 60, "b1", True)
    assert isinstance(busy, RawCall)
    assert (busy.disposition, busy.answered) == (Disposition.BUSY, False)
    assert isinstance(local, RawCall)
    assert (local.started_at, local.calling) == (call.started_at, "+375447112030")


def test_a_rejected_record_can_be_read_again_and_holds_nothing_else() -> None:
    rejected = next(row for row in reading(FILE.read_bytes()) if row.line_no == 7)
    assert "app_log" not in rejected.raw
    (again,) = reading(rejected.raw)
    assert isinstance(again, RejectedLine)
    assert again.reason is Reason.BILLED_OVER_DURATION


@pytest.mark.parametrize("between", ["", "\n", "\r\n\r\n", ",\n"])
def test_objects_may_stand_in_lines_in_an_array_or_without_anything_between(between: str) -> None:
    objects = between.join(json.dumps(record(uuid=f"u-{no}")) for no in range(3))
    assert [row.call_id for row in reading(objects) if isinstance(row, RawCall)] == ["u-0", "u-1", "u-2"]
    assert len(reading(f"[{objects.replace('}{', '},{')}]")) == 3


def test_records_longer_than_a_block_and_signs_cut_by_it() -> None:
    long = record(uuid="u-1")
    long["app_log"] = ["Ё" * 40_000]
    data = json.dumps(long, ensure_ascii=False) + "\n" + json.dumps(record(uuid="u-2"), ensure_ascii=False)
    assert [row.call_id for row in reading(data) if isinstance(row, RawCall)] == ["u-1", "u-2"]


@pytest.mark.parametrize(
    ("hostile", "reason"),
    [
        ("{" * 5_000, Reason.TRUNCATED),
        ('{"a":' * 60_000, Reason.OVERLONG),
        ('{"a": "' + "x" * 400_000 + '"}\n', Reason.OVERLONG),
        ('{"variables": {"billsec": ' + "9" * 10_000 + "}}\n", Reason.NO_DESTINATION),
        ('{"variables": {"destination_number": "\\ud800", "uuid": "\\u0000"}}\n', Reason.CONTROL_CHARACTERS),
        ("{\0}\n", Reason.JSON),
    ],
)
def test_a_hostile_object_is_one_reject_and_the_next_record_is_taken(hostile: str, reason: Reason) -> None:
    rows = reading(hostile + ("" if reason is Reason.TRUNCATED else "\n" + json.dumps(record())))
    assert isinstance(rows[0], RejectedLine)
    assert rows[0].reason is reason
    rows[0].raw.encode()
    if reason is not Reason.TRUNCATED:
        assert isinstance(rows[-1], RawCall)
        assert len(rows) == 2


def test_a_file_that_is_no_json_is_named() -> None:
    with pytest.raises(UnreadableFileError, match="JSON"):
        reading("a,b,c\n1,2,3\n")
    assert reading("") == []
    assert reading(" \n") == []
