"""Rejected lines, retried after numbers or rates are corrected (4.4)."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from sipcabinet.tests.commands import reported
from subscribers.calls import imports, partitions, rejects, sources
from subscribers.models import CallImport, CallRecord, CallReject, Rate, RejectState
from subscribers.tests.factories import TrunkFactory
from subscribers.tests.imported import take
from subscribers.tests.price_list import cast
from subscribers.tests.switch_files import Line, write

pytestmark = pytest.mark.django_db
FILES = Path(__file__).parent / "files"
NOON = datetime(2026, 10, 5, 12)  # noqa: DTZ001 - a switch writes local time
NEW_PHONE = "+375447112099"


@pytest.fixture(autouse=True)
def _prepared(at: Callable[[str], Any]) -> None:
    at("2026-10-20 12:00")
    partitions.open_ahead()
    cast()


def retry(capsys: pytest.CaptureFixture[str], *args: str, code: int) -> dict[str, int]:
    report = reported(capsys, "retry_rejects", *args, code=code)
    assert report["tried"] == report["new"] + report["duplicate"] + report["rejected"]
    return report


def test_a_number_connected_later_takes_its_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    take(write(tmp_path / "Master.csv", [Line("u-1", NOON, calling=NEW_PHONE), Line("u-2", NOON)]))
    job = CallImport.objects.get()
    assert (job.new_count, job.rejected_count) == (1, 1)
    assert retry(capsys, code=3) == {"tried": 1, "new": 0, "duplicate": 0, "rejected": 1}

    TrunkFactory.create(phone=NEW_PHONE)
    assert retry(capsys, code=0) == {"tried": 1, "new": 1, "duplicate": 0, "rejected": 0}
    call = CallRecord.objects.get(call_id="u-1")
    assert (call.call_import_id, call.subscriber.phone, call.included_seconds) == (job.pk, NEW_PHONE, 60)
    reject = CallReject.objects.get()
    assert (reject.state, reject.resolved_at is not None) == (RejectState.RESOLVED, True)
    job.refresh_from_db()
    assert (job.read_count, job.new_count, job.duplicate_count, job.rejected_count) == (2, 2, 0, 0)
    assert retry(capsys, code=0)["tried"] == 0


def test_a_rate_entered_later_takes_its_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    take(write(tmp_path / "Master.csv", [Line("u-1", NOON, called="89021234567")]))
    assert CallReject.objects.get().code == "no_rate"
    Rate.objects.create(
        destination=Rate.objects.filter(destination__code="by-fixed")[0].destination,
        prefix="375902", price_per_minute="2.000000", valid_from="2026-01-01",
    )  # fmt: skip
    assert retry(capsys, code=0)["new"] == 1
    assert CallRecord.objects.get().price_per_minute == 2


def test_what_has_come_in_meanwhile_is_a_duplicate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "Master.csv", [Line("u-1", NOON, calling=NEW_PHONE)])
    take(path)
    TrunkFactory.create(phone=NEW_PHONE)
    take(path)
    assert retry(capsys, code=0)["duplicate"] == 1
    first = CallImport.objects.order_by("pk")[0]
    assert (first.read_count, first.duplicate_count, first.rejected_count) == (1, 1, 0)


def test_a_barred_destination_tried_in_vain_is_no_reject(tmp_path: Path) -> None:
    counts = take(write(tmp_path / "Master.csv", [Line("u-1", NOON, called="89021234567", talked=0)]))
    assert (counts.new, counts.rejected) == (1, 0)
    call = CallRecord.objects.get()
    assert (call.destination_id, call.cost, call.other_party) == (None, Decimal(0), "+3759021234567")


def test_a_generic_line_is_read_again_with_its_header(capsys: pytest.CaptureFixture[str]) -> None:
    source = sources.find(name="pbx", fmt="generic")
    path = FILES / "generic.csv"
    imports.run(imports.begin(path=path, source=source), path)
    TrunkFactory.create(phone="+375172001122")  # nobody's before; its line was imported as a call to the number
    reject = CallReject.objects.get(code="not_ours")
    assert reject.raw.startswith("ИД звонка;")
    assert retry(capsys, code=3)["rejected"] == 9  # all but the truncated one
    reject.refresh_from_db()
    assert reject.state == RejectState.WAITING


def test_a_truncated_line_is_never_tried_and_a_dismissed_one_neither(capsys: pytest.CaptureFixture[str]) -> None:
    source = sources.find(name="main", fmt="freeswitch")
    path = FILES / "freeswitch.csv"
    imports.run(imports.begin(path=path, source=source), path)
    assert CallReject.objects.count() == 9
    row = CallReject.objects.get(code="service_code")
    assert rejects.dismiss(row)
    assert not rejects.dismiss(row)
    assert retry(capsys, code=3)["tried"] == 7
    assert CallReject.objects.get(code="truncated").state == RejectState.WAITING


def test_only_one_import(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in (1, 2):
        take(write(tmp_path / f"{number}.csv", [Line(f"u-{number}", NOON, calling="375172001122")]))
    first, _second = CallImport.objects.order_by("pk")
    assert retry(capsys, "--import", str(first.pk), code=3)["tried"] == 1


def test_an_unknown_import_is_one_line_and_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("retry_rejects", "--import", "999999999")
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_same_bad_line_in_two_files_is_kept_once(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        assert take(write(tmp_path / name, ["junk\n", Line("u-1", NOON)])).rejected == 1
    assert CallReject.objects.count() == 1
