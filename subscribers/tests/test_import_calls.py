"""`manage.py import_calls`: files of three switches with every fault, imported twice, and a dry run (4.4)."""

import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import Sum

from sipcabinet.lib.durable import JobState
from sipcabinet.tests.commands import reported
from subscribers.calls import partitions
from subscribers.models import (
    Allowance,
    BillingMonth,
    CallDailyTotal,
    CallDirection,
    CallImport,
    CallRecord,
    CallReject,
    CallSource,
)
from subscribers.tests.price_list import Cast, cast
from subscribers.tests.switch_files import write

pytestmark = pytest.mark.django_db
FILES = Path(__file__).parent / "files"


@pytest.fixture(autouse=True)
def subscribers_(at: Callable[[str], Any]) -> Cast:
    at("2026-10-20 12:00")
    partitions.open_ahead()
    return cast()


def run(capsys: pytest.CaptureFixture[str], *args: Any, code: int) -> dict[str, Any]:
    """The report of one file; checks the exit code and that read = new + duplicate + rejected."""
    report = reported(capsys, "import_calls", *map(str, args), code=code)
    assert report["read"] == report["new"] + report["duplicate"] + report["rejected"]
    return report


FREESWITCH = ("--format", "freeswitch", "--source", "main")
EXPECTED = [
    (
        "freeswitch.csv",
        "freeswitch",
        {"read": 18, "new": 8, "duplicate": 1, "rejected": 9},
        {
            "bad_stamp": 1, "no_seconds": 1, "bad_destination": 1, "billed_over_duration": 1, "truncated": 1,
            "conflict": 1, "outside_months": 1, "not_ours": 1, "service_code": 1,
        },
    ),
    (
        "asterisk.csv",
        "asterisk",
        {"read": 14, "new": 4, "duplicate": 1, "rejected": 9},
        {
            "bad_destination": 1, "no_seconds": 1, "bad_stamp": 1, "end_before_start": 1, "negative": 1,
            "truncated": 1, "conflict": 1, "outside_months": 1, "not_ours": 1,
        },
    ),
    (
        "generic.csv",
        "generic",
        {"read": 13, "new": 2, "duplicate": 1, "rejected": 10},
        {
            "no_seconds": 2, "bad_destination": 1, "bad_stamp": 1, "bad_duration": 1, "bad_disposition": 1,
            "truncated": 1, "conflict": 1, "outside_months": 1, "not_ours": 1,
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fmt", "counts", "reasons"), EXPECTED, ids=[row[1] for row in EXPECTED])
def test_a_file_with_faults_and_the_same_file_again(
    capsys: pytest.CaptureFixture[str], name: str, fmt: str, counts: dict[str, int], reasons: dict[str, int]
) -> None:
    args = (FILES / name, "--format", fmt, "--source", "main")
    report = run(capsys, *args, code=3)
    assert {key: report[key] for key in counts} == counts
    assert report["reasons"] == reasons
    assert CallReject.objects.count() == counts["rejected"]
    calls = CallRecord.objects.count()
    totals = list(CallDailyTotal.objects.order_by("pk").values())

    again = run(capsys, *args, code=3)
    assert (again["new"], again["duplicate"]) == (0, counts["new"] + counts["duplicate"])
    assert again["rejected"] == counts["rejected"]
    assert CallRecord.objects.count() == calls
    assert CallReject.objects.count() == counts["rejected"]
    assert list(CallDailyTotal.objects.order_by("pk").values()) == totals


def test_the_calls_of_the_freeswitch_file(capsys: pytest.CaptureFixture[str], subscribers_: Cast) -> None:
    run(capsys, FILES / "freeswitch.csv", *FREESWITCH, code=3)
    job = CallImport.objects.get()
    assert job.state == JobState.DONE
    assert (job.read_count, job.new_count, job.duplicate_count, job.rejected_count) == (18, 8, 1, 9)
    rows = CallRecord.objects.order_by("started_at", "direction").values_list(
        "subscriber__phone",
        "direction",
        "other_party",
        "destination__code",
        "billed_seconds",
        "included_seconds",
        "cost",
    )
    trunk, number = "+375447112030", "+375447112031"
    assert [(*row[:6], str(row[6])) for row in rows] == [
        (trunk, "out", "+375291112233", "on-net", 90, 0, "0.195300"),
        (number, "out", "+375172001122", "by-fixed", 60, 60, "0.000000"),
        (trunk, "in", "+375172001122", None, 0, 0, "0.000000"),
        (number, "in", trunk, None, 0, 0, "0.000000"),
        (trunk, "out", number, "on-net", 61, 0, "0.132370"),
        (trunk, "out", "+375333334455", "by-mobile", 0, 0, "0.000000"),
        (trunk, "out", "+74951234567", "cis", 121, 0, "1.000267"),
        (trunk, "out", "112", "emergency", 60, 0, "0.000000"),
        (number, "in", "", None, 0, 0, "0.000000"),
    ]
    allowance = Allowance.objects.get()
    assert (allowance.trunk, allowance.granted_seconds, allowance.used_seconds) == (subscribers_.trunk, 18_000, 60)
    assert BillingMonth.objects.count() == 1


def test_rejects_keep_the_line_and_a_russian_reason(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, FILES / "freeswitch.csv", *FREESWITCH, code=3)
    reject = CallReject.objects.get(code="no_seconds")
    assert (reject.line_no, reject.state) == (9, "waiting")
    assert "2020/2/10 22:41" in reject.raw
    assert reject.reason.startswith("Во времени нет секунд")


def test_totals_of_days_equal_the_sums_of_the_calls(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, FILES / "freeswitch.csv", *FREESWITCH, code=3)
    by_hand = CallRecord.objects.aggregate(
        cost=Sum("cost"), talk=Sum("talk_seconds"), billed=Sum("billed_seconds"), included=Sum("included_seconds")
    )
    kept = CallDailyTotal.objects.aggregate(
        cost=Sum("cost"), talk=Sum("talk_seconds"), billed=Sum("billed_seconds"), included=Sum("included_seconds")
    )
    assert kept == by_hand
    assert by_hand["cost"] == Decimal("1.327937")
    assert CallDailyTotal.objects.aggregate(n=Sum("calls"))["n"] == CallRecord.objects.count()


def test_a_dry_run_says_the_same_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    for name, fmt, counts, reasons in EXPECTED:
        report = run(capsys, FILES / name, "--format", fmt, "--source", fmt, "--dry-run", code=3)
        assert {key: report[key] for key in counts} == counts
        assert report["reasons"] == reasons
    for model in (CallRecord, CallDailyTotal, CallReject, CallImport, CallSource, Allowance, BillingMonth):
        assert not model._default_manager.exists()


def test_a_dry_run_after_the_import_knows_the_calls(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "IMPORT_BATCH_ROWS", 2)
    first = run(capsys, FILES / "freeswitch.csv", *FREESWITCH, "--dry-run", code=3)
    assert (first["new"], first["duplicate"]) == (8, 1)
    run(capsys, FILES / "freeswitch.csv", *FREESWITCH, code=3)
    report = run(capsys, FILES / "freeswitch.csv", *FREESWITCH, "--dry-run", code=3)
    assert (report["new"], report["duplicate"]) == (0, 9)


def test_all_taken_is_code_0_and_several_files_have_a_line_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (FILES / "freeswitch.csv").read_text(encoding="utf-8-sig").splitlines(keepends=True)
    good = [write(tmp_path / f"{no}.csv", [line]) for no, line in enumerate(text[:3])]
    call_command("import_calls", *map(str, good), *FREESWITCH)
    lines = capsys.readouterr().out.splitlines()
    assert [line.rsplit(": ", 1)[1] for line in lines] == ["read 1, new 1, duplicate 0, rejected 0"] * 3


@pytest.mark.parametrize(
    "args",
    [
        ("/nonexistent.csv", *FREESWITCH),
        (str(FILES), *FREESWITCH),
        (str(FILES / "freeswitch.csv"), "--format", "freeswitch", "--source", "два слова"),
        (str(FILES / "freeswitch.csv"), "--format", "generic", "--source", "main"),
        (str(FILES / "freeswitch.csv"), "--format", "asterisk", "--source", "taken"),
    ],
)
def test_wrong_usage_and_unreadable_files_are_one_line_and_code_2(
    args: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    CallSource.objects.create(name="taken", format="freeswitch")
    with pytest.raises(SystemExit) as ended:
        call_command("import_calls", *args)
    assert ended.value.code == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("import_calls:")]
    assert len(errors) == 1
    assert not CallRecord.objects.exists()


@pytest.mark.parametrize(
    "args",
    [
        ("a.csv", "--format", "excel", "--source", "main"),
        *(pytest.param(args, marks=pytest.mark.full) for args in ((), ("a.csv",), ("a.csv", "--format", "generic"))),
    ],
)
def test_wrong_arguments_are_one_line_and_code_2(args: tuple[str, ...]) -> None:
    manage = [sys.executable, "manage.py", "import_calls", *args]
    done = subprocess.run(manage, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_one_missing_file_stops_all_before_anything_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("import_calls", str(FILES / "freeswitch.csv"), "/nonexistent.csv", *FREESWITCH)
    assert ended.value.code == 2
    assert not CallImport.objects.exists()


def test_incoming_calls_and_unanswered_ones_cost_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, FILES / "asterisk.csv", "--format", "asterisk", "--source", "pbx", code=3)
    assert not CallRecord.objects.filter(direction=CallDirection.IN).exclude(cost=0).exists()
    assert not CallRecord.objects.exclude(outcome="answered").exclude(cost=0, billed_seconds=0).exists()
