"""A file is identified by its hash for all sources; calls that two sources have are reported (4.4, 4.7)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from sipcabinet.lib.durable import JobState
from sipcabinet.lib.errors import DomainError
from subscribers.calls import doubles, imports, known_files, months, partitions, sources
from subscribers.models import CallImport, CallRecord, CallSource
from subscribers.selectors import close_checks, doubled_calls
from subscribers.tests.closed_months import NOTHING, OCTOBER, SEPTEMBER
from subscribers.tests.imported import forget, in_use, snapshot, take, totals_are_sums
from subscribers.tests.price_list import cast
from subscribers.tests.switch_files import Line, write

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 10, 5, 12)  # noqa: DTZ001 - a switch writes local time
LINES = [Line(f"u-{no}", NOON + timedelta(minutes=no), talked=90) for no in range(6)]


@pytest.fixture(autouse=True)
def _prepared(at: Callable[[str], Any], settings: Any, tmp_path: Path) -> None:
    at("2026-11-03 12:00")
    files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "stored"}}
    settings.STORAGES = settings.STORAGES | {"default": files}
    partitions.open_ahead()
    cast(included_minutes=4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "Master.csv", LINES)


def spare() -> CallSource:
    return sources.find(name="spare", fmt="freeswitch")


def upload(path: Path, source: CallSource) -> CallImport:
    file = SimpleUploadedFile(path.name, path.read_bytes())
    return imports.order(source=source, file=file, file_name=path.name)


def test_the_same_file_of_another_source_is_refused_and_its_source_named(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take(path)
    before = snapshot()
    for more in ((), ("--dry-run",)):
        with pytest.raises(SystemExit) as ended:
            call_command("import_calls", str(path), "--format", "freeswitch", "--source", "spare", *more)
        assert ended.value.code == 2
        assert "уже есть у источника «main»: Master.csv, импорт №" in capsys.readouterr().err
    assert snapshot() == before
    job = CallImport.objects.get(source__name="spare")
    assert (job.state, job.read_count) == (JobState.REFUSED, 0)
    assert "уже есть у источника «main»" in job.last_error
    assert take(path).duplicate == len(LINES)  # the same source may import it again


def test_without_the_hash_its_calls_count_twice(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_files, "require_new", lambda **_: None)
    take(path)
    assert take(path, "spare").new == len(LINES)
    assert CallRecord.objects.count() == 2 * len(LINES)


def test_of_two_uploads_the_first_one_goes_on(path: Path) -> None:
    first, second = upload(path, sources.find(name="main", fmt="freeswitch")), upload(path, spare())
    assert imports.drain() == 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.new_count) == (JobState.DONE, len(LINES))
    assert (second.state, second.read_count) == (JobState.REFUSED, 0)


def test_a_file_none_of_whose_calls_counted_comes_in_from_the_right_source(tmp_path: Path) -> None:
    path = write(tmp_path / "nobody.csv", [Line("u-1", NOON, calling="375172001122")])
    assert take(path).rejected == 1
    assert take(path, "spare").rejected == 1


# --- The same calls in other files of two sources --------------------------------------------------------------------
@pytest.fixture
def doubled(path: Path, tmp_path: Path) -> None:
    take(path)
    take(write(tmp_path / "more.csv", [*LINES[2:4], Line("u-9", NOON + timedelta(hours=1))]), "spare")


@pytest.mark.usefixtures("doubled")
def test_calls_of_two_sources_are_told_before_the_close() -> None:
    found = doubled_calls.of_sources(OCTOBER)
    assert [(call.call_id, call.sources, call.phone) for call in found] == [
        (line.uuid, ["main", "spare"], "+375447112030") for line in LINES[2:4]
    ]
    assert doubled_calls.of_sources(SEPTEMBER) == []
    checks = close_checks.of(OCTOBER)
    assert checks == replace(NOTHING, doubled=2)
    assert [call.call_id for call in doubled_calls.every(since=SEPTEMBER)] == ["u-2", "u-3"]


@pytest.mark.usefixtures("doubled")
def test_staff_keep_one_source_and_prices_are_as_if_it_had_come_alone(path: Path, tmp_path: Path) -> None:
    taken = doubles.keep_one(month=OCTOBER, keep=sources.find(name="main", fmt="freeswitch"))
    assert sum(taken.calls.values()) == 2
    assert close_checks.of(OCTOBER) == NOTHING
    assert CallRecord.objects.count() == len(LINES) + 1
    assert totals_are_sums()
    kept = in_use(snapshot())
    forget()
    take(path)
    take(write(tmp_path / "alone.csv", [Line("u-9", NOON + timedelta(hours=1))]), "spare")
    assert in_use(snapshot()) == kept


@pytest.mark.usefixtures("doubled")
def test_copies_of_a_closed_month_stay() -> None:
    months.close(OCTOBER)
    with pytest.raises(months.MonthClosedError):
        doubles.keep_one(month=OCTOBER, keep=spare())
    assert len(doubled_calls.of_sources(OCTOBER)) == 2


def test_a_source_without_doubles_has_nothing_to_keep(path: Path) -> None:
    take(path)
    with pytest.raises(DomainError, match="нет повторов"):
        doubles.keep_one(month=OCTOBER, keep=spare())
