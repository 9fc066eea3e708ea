"""A month is closed during an import: no call is lost, and none is added to the closed month (4.7)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection

from subscribers.calls import months, partitions, rollup
from subscribers.errors import NumberError
from subscribers.models import CallRecord
from subscribers.services import numbers
from subscribers.tests.closed_months import NOVEMBER, OCTOBER, SEPTEMBER, charged, close, of_calls, prices_of_fees
from subscribers.tests.factories import TariffPlanFactory
from subscribers.tests.imported import take, totals_are_sums
from subscribers.tests.price_list import Cast, cast
from subscribers.tests.switch_files import Line, random_lines, write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def people(at: Callable[[str], Any], transactional_db: None) -> Cast:
    at("2026-11-10 12:00")
    partitions.open_ahead()
    prices_of_fees()
    return cast(10)


def alone(work: Callable[[], object]) -> None:
    """Runs the work with a separate connection."""
    try:
        work()
    finally:
        connection.close()


def call_on(day: int, month: int = 10) -> Line:
    return Line(f"u-{month}-{day}", datetime(2026, month, day), talked=700)  # noqa: DTZ001


def closes_under_a_batch(folder: Path, monkeypatch: pytest.MonkeyPatch, line: Line) -> bool:
    """Whether October closes and its charges are stored while a batch with this call is written but not committed."""
    done, met, add_staged = Event(), [], rollup.add_staged

    def close_it() -> None:
        close(OCTOBER)
        done.set()

    closing = Thread(target=alone, args=[close_it])

    def wait(cursor: Any) -> None:
        closing.start()
        met.append(done.wait(1.5))
        add_staged(cursor)

    monkeypatch.setattr(rollup, "add_staged", wait)
    take(write(folder / "racing.csv", [line]))
    closing.join()
    return met == [True]


def test_a_month_does_not_close_under_a_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take(write(tmp_path / "before.csv", [call_on(1)]))
    assert not closes_under_a_batch(tmp_path, monkeypatch, call_on(2))
    assert months.closed(OCTOBER)
    assert CallRecord.objects.filter(charged_in=OCTOBER.first_day).count() == 2
    assert charged() == of_calls()


def test_nor_does_the_month_that_is_to_charge_a_late_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    close(SEPTEMBER)
    take(write(tmp_path / "before.csv", [call_on(1)]))
    assert not closes_under_a_batch(tmp_path, monkeypatch, call_on(2, month=9))
    assert CallRecord.objects.get(month=SEPTEMBER.first_day).charged_in == OCTOBER.first_day
    assert charged() == of_calls()


@pytest.mark.parametrize("month", [9, 10])
def test_without_the_lock_the_call_is_in_nobody_s_charges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, month: int
) -> None:
    monkeypatch.setattr(months, "shared", lambda: "")
    close(SEPTEMBER)
    take(write(tmp_path / "before.csv", [call_on(1)]))
    assert closes_under_a_batch(tmp_path, monkeypatch, call_on(2, month))
    assert CallRecord.objects.filter(charged_in=OCTOBER.first_day).count() == 2
    assert charged() != of_calls()


def test_a_batch_that_waits_for_a_close_comes_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The import has read that October is open and waits for the month's row; meanwhile October is closed."""
    take(write(tmp_path / "before.csv", [call_on(1)]))
    share = months._share

    def close_first(wanted: set[Any]) -> None:
        monkeypatch.setattr(months, "_share", share)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(alone, lambda: close(OCTOBER)).result()
        share(wanted)

    monkeypatch.setattr(months, "_share", close_first)
    take(write(tmp_path / "racing.csv", [call_on(2)]))
    assert CallRecord.objects.get(call_id="u-10-2").charged_in == NOVEMBER.first_day
    assert charged() == of_calls()


def test_imports_and_closes_at_once_lose_nothing(tmp_path: Path, settings: Any) -> None:
    settings.IMPORT_BATCH_ROWS = 5
    lines = random_lines(160)
    files = [write(tmp_path / f"{part}.csv", lines[part::3]) for part in range(3)]

    def close_both() -> None:
        close(SEPTEMBER)
        close(OCTOBER)

    works: list[Callable[[], object]] = [*(lambda path=path: take(path) for path in files), close_both]
    with ThreadPoolExecutor(len(works)) as pool:
        list(pool.map(alone, works))
    assert CallRecord.objects.values("call_id").distinct().count() == len(lines)
    assert charged() == of_calls()
    assert totals_are_sums()


def test_a_number_is_not_connected_behind_a_close(people: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The month is closed after the form is shown and before the lock."""
    share, plan = months._share, TariffPlanFactory.create()

    def close_first(wanted: set[Any]) -> None:
        monkeypatch.setattr(months, "_share", share)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(alone, lambda: months.close(OCTOBER)).result()
        share(wanted)

    monkeypatch.setattr(months, "_share", close_first)
    moment = OCTOBER.start
    account = people.trunk.account
    with pytest.raises(NumberError, match="Октябрь 2026 уже закрыт"):
        numbers.open_trunk(account=account, phone="+375447112099", plan=plan, connected_at=moment)
