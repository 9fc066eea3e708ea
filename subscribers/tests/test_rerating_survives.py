"""Re-rating killed at any point and run again, or simultaneous with imports: nothing is lost (4.5)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import Sum

from sipcabinet.lib.periods import Month
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.processes import ended
from subscribers.calls import allowances, months, partitions, rerated_trunk, rerating, rollup
from subscribers.models import Allowance, BillingMonth, CallRecord
from subscribers.tests.imported import forget, in_use, snapshot, take, totals_are_sums
from subscribers.tests.new_prices import cover, dearer, include
from subscribers.tests.price_list import cast
from subscribers.tests.switch_files import Line, random_lines, write

pytestmark = pytest.mark.django_db(transaction=True)
SEPTEMBER, OCTOBER = Month(2026, 9), Month(2026, 10)
MINUTES = 10
FIXED, MOBILE = "80172001122", "80297654321"


@pytest.fixture(autouse=True)
def _prepared(at: Callable[[str], Any], transactional_db: None) -> None:
    at("2026-10-25 12:00")
    partitions.open_ahead()
    cast(MINUTES)


def calls_of_two_trunks() -> list[Line]:
    lines = random_lines(120)
    return [replace(line, calling="375447112040") if number % 3 == 0 else line for number, line in enumerate(lines)]


def change_prices() -> None:
    dearer("375297", "0.6", since=date(2026, 9, 20), first=100)
    dearer("7495", "0.9", since=date(2026, 9, 25), destination="neighbours")
    dearer("37517", "0.07", since=date(2026, 10, 3), following=7)
    cover("by-mobile", "cis")
    include(15)


# --- SIGKILL ---------------------------------------------------------------------------------------------------------
def killed(trunk: int, place: str) -> int:
    """Exit code of a re-rating run in a separate process."""
    return ended(Path(__file__).with_name("killed_rerate.py"), OCTOBER.code, trunk, place)


def rerated_trunks(before: dict[str, list[Any]]) -> set[int]:
    """Trunks with a call whose price has changed."""
    return {now[4] for was, now in zip(before["calls"], snapshot()["calls"], strict=True) if was != now}


def of_october(found: dict[str, list[Any]]) -> list[Any]:
    return [call for call in found["calls"] if Month.of(call[5]) == OCTOBER]


@pytest.mark.full
def test_killed_in_and_after_each_trunk(tmp_path: Path) -> None:
    path = write(tmp_path / "Master.csv", calls_of_two_trunks())
    take(path)
    old = snapshot()
    first, second = sorted({call[4] for call in old["calls"]})
    change_prices()
    for trunk, place, done in (
        (1, "in", set()), (1, "after", {first}), (2, "in", {first}), (2, "after", {first, second}),
    ):  # fmt: skip
        assert killed(trunk, place) == -9
        assert rerated_trunks(old) == done
        assert totals_are_sums()
    assert killed(3, "in") == 0  # without the kill it ends normally
    found = snapshot()
    forget()
    take(path)
    assert of_october(found) == of_october(snapshot())


# --- At the same moment as imports -----------------------------------------------------------------------------------


def rerated(month: Month, *, times: int) -> None:
    for _ in range(times):
        rerating.rerate(month=month)


def test_imports_and_re_ratings_at_once_lose_nothing(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.IMPORT_BATCH_ROWS = 5
    monkeypatch.setattr(rerated_trunk, "CHUNK", 10)
    lines = calls_of_two_trunks()
    early, late = write(tmp_path / "1.csv", lines[::2]), write(tmp_path / "2.csv", lines[1::2])
    take(early)
    change_prices()
    months = (OCTOBER, SEPTEMBER, OCTOBER)
    works: list[Callable[[], object]] = [lambda: take(late), *(partial(rerated, month, times=4) for month in months)]
    at_once(works)
    found = snapshot()
    assert totals_are_sums()
    forget()
    take(write(tmp_path / "3.csv", lines))
    assert in_use(snapshot()) == in_use(found)


def meet_before_the_totals(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Makes an import and a re-rating that have read the minutes wait for each other, at most a second."""
    barrier, met = Barrier(2, timeout=1.0), []

    def waiting(write_totals: Any) -> Any:
        def wait(*args: Any) -> None:
            try:
                barrier.wait()
                met.append(True)
            except BrokenBarrierError:
                pass
            write_totals(*args)

        return wait

    monkeypatch.setattr(rollup, "add_staged", waiting(rollup.add_staged))
    monkeypatch.setattr(rollup, "move", waiting(rollup.move))
    return met


def together(folder: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Ten minutes are included, five used; then seven-minute calls become covered, and one is imported."""

    def line(day: int, called: str, talked: int) -> Line:
        return Line(f"u-{day}", datetime(2026, 10, day), called=called, talked=talked)  # noqa: DTZ001

    cover("by-fixed")
    take(write(folder / "before.csv", [line(1, FIXED, 300), line(2, MOBILE, 420)]))
    cover("by-fixed", "by-mobile")
    later = write(folder / "later.csv", [line(3, FIXED, 420)])
    met = meet_before_the_totals(monkeypatch)
    at_once([lambda: take(later), lambda: rerating.rerate(month=OCTOBER)])
    assert CallRecord.objects.count() == 3
    return bool(met)


def covered() -> int:
    return int(CallRecord.objects.aggregate(sum=Sum("included_seconds"))["sum"])


def test_an_import_and_a_re_rating_never_give_the_same_minutes_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not together(tmp_path, monkeypatch)
    assert covered() == Allowance.objects.get().used_seconds == MINUTES * 60
    assert totals_are_sums()


def test_without_the_row_lock_they_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowances, "for_update", lambda rows: rows)
    assert together(tmp_path, monkeypatch)
    assert covered() > MINUTES * 60


def closes_meanwhile(folder: Path) -> bool:
    """Whether another process can lock the month for closing while a trunk of the month is re-rated."""
    take(write(folder / "Master.csv", calls_of_two_trunks()))
    answers: list[bool] = []

    def try_to_close() -> bool:
        try:
            with transaction.atomic():
                list(BillingMonth.objects.select_for_update(nowait=True).filter(month=OCTOBER.first_day))
        except OperationalError:
            return False
        return True

    def progress(_calls: int) -> None:
        if connection.in_atomic_block:  # progress is also told after each trunk
            answers.extend(at_once([try_to_close]))

    rerating.rerate(month=OCTOBER, progress=progress)
    assert len(answers) == 2
    return any(answers)


def test_a_month_does_not_close_while_a_trunk_is_counted(tmp_path: Path) -> None:
    assert not closes_meanwhile(tmp_path)


def test_without_its_lock_it_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(months, "hold", lambda _months: frozenset())
    BillingMonth.objects.create(month=OCTOBER.first_day)
    assert closes_meanwhile(tmp_path)
