"""Simultaneous imports: minutes are granted once, calls are counted once (4.4, 4.5)."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db.models import Sum

from sipcabinet.tests.at_once import at_once
from subscribers.calls import allowances, partitions, rollup
from subscribers.models import Allowance, CallImport, CallRecord
from subscribers.tests.imported import forget, snapshot, take
from subscribers.tests.price_list import cast
from subscribers.tests.switch_files import Line, random_lines, write

pytestmark = pytest.mark.django_db(transaction=True)
MINUTES = 10


@pytest.fixture(autouse=True)
def _prepared(at: Callable[[str], Any], transactional_db: None) -> None:
    at("2026-10-25 12:00")
    partitions.open_ahead()
    cast(MINUTES)


def imported(paths: list[Path], *sources: str) -> int:
    """Imports the files in parallel; returns the number of new rows."""
    named = zip(paths, sources or ["main"] * len(paths), strict=True)
    return sum(at_once([partial(_new_rows, path, source) for path, source in named]))


def _new_rows(path: Path, source: str) -> int:
    return take(path, source).new


def two_files(folder: Path) -> list[Path]:
    """Two calls of seven minutes each, with ten minutes included; the month and its Allowance exist already."""
    take(write(folder / "before.csv", [Line("u-0", datetime(2026, 10, 1), talked=60)]))  # noqa: DTZ001
    lines = [Line(f"u-{day}", datetime(2026, 10, day), talked=420) for day in (2, 3)]  # noqa: DTZ001
    return [write(folder / f"{line.uuid}.csv", [line]) for line in lines]


def meet_before_the_totals(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Makes two imports that have read the minutes wait for each other, at most a second; returns whether they met."""
    barrier, met, add_staged = Barrier(2, timeout=1.0), [], rollup.add_staged

    def wait(cursor: Any) -> None:
        try:
            barrier.wait()
            met.append(True)
        except BrokenBarrierError:
            pass
        add_staged(cursor)

    monkeypatch.setattr(rollup, "add_staged", wait)
    return met


def covered() -> int:
    return int(CallRecord.objects.aggregate(sum=Sum("included_seconds"))["sum"])


def test_two_imports_never_give_the_same_minutes_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = two_files(tmp_path)
    met = meet_before_the_totals(monkeypatch)
    assert imported(files, "one", "two") == 2  # imports of one source wait for each other even without that lock
    assert not met
    assert covered() == Allowance.objects.get().used_seconds == MINUTES * 60


def test_without_the_row_lock_they_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = two_files(tmp_path)
    met = meet_before_the_totals(monkeypatch)
    monkeypatch.setattr(allowances, "for_update", lambda rows: rows)
    assert imported(files, "one", "two") == 2
    assert met
    assert covered() > MINUTES * 60


def test_one_file_imported_by_two_at_once_counts_once(tmp_path: Path, settings: Any) -> None:
    settings.IMPORT_BATCH_ROWS = 7
    lines = random_lines(150)
    path = write(tmp_path / "Master.csv", lines)
    take(path)
    expected = snapshot()
    for other in (lines, lines[::-1]):
        forget()
        assert imported([path, write(tmp_path / "other.csv", other)]) == len(lines)
        assert snapshot() == expected
        for job in CallImport.objects.all():
            assert job.read_count == job.new_count + job.duplicate_count == len(lines)
