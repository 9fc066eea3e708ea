"""Calls imported after their month closed: own date, minutes left in their own month, charged by a later month (4.7).

What was billed before never changes, and the lines of all months together equal the prices of all calls.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db.models import Sum

from sipcabinet.lib.periods import Month
from sipcabinet.tests.processes import ended
from subscribers.calls import partitions, rejects, rerating
from subscribers.calls.months import MonthClosedError
from subscribers.models import (
    Allowance,
    BillingMonth,
    CallDailyTotal,
    CallDirection,
    CallRecord,
    CallReject,
    Charge,
    RejectState,
)
from subscribers.selectors import calls, charges
from subscribers.selectors.calls import Selection
from subscribers.tests.closed_months import (
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    charged,
    close,
    of_calls,
    prices,
    prices_of_fees,
)
from subscribers.tests.factories import NumberFactory
from subscribers.tests.imported import forget, snapshot, take, totals_are_sums
from subscribers.tests.new_prices import dearer
from subscribers.tests.price_list import Cast, cast
from subscribers.tests.switch_files import Line, random_lines, write

pytestmark = pytest.mark.django_db
MINUTES = 10


@pytest.fixture(autouse=True)
def people(at: Callable[[str], Any], db: None) -> Cast:
    at("2026-11-10 12:00")
    return prepared()


def prepared() -> Cast:
    partitions.open_ahead()
    prices_of_fees()
    return cast(MINUTES)


def line(uuid: str, day: int, talked: int = 60, month: int = 9, **more: Any) -> Line:
    return Line(uuid, datetime(2026, month, day, 12), talked=talked, **more)  # noqa: DTZ001


def take_lines(folder: Path, *lines: Line) -> Any:
    return take(write(folder / f"{lines[0].uuid}.csv", lines))


def call(uuid: str) -> CallRecord:
    return CallRecord.objects.get(call_id=uuid, direction=CallDirection.OUT)


# --- Where a late call goes ------------------------------------------------------------------------------------------
def test_a_late_call_keeps_its_date_and_is_charged_by_the_next_open_month(tmp_path: Path, people: Cast) -> None:
    take_lines(tmp_path, line("on-time", 3, 700))
    close(SEPTEMBER)
    close(OCTOBER)
    account, trunk = people.trunk.account, people.trunk
    billed = charges.of_subscriber(account, trunk, SEPTEMBER)
    take_lines(tmp_path, line("late", 5), line("late-too", 6), line("own", 1, month=11))
    late = call("late")
    assert (late.month, late.charged_in) == (SEPTEMBER.first_day, NOVEMBER.first_day)
    assert charges.of_subscriber(account, trunk, SEPTEMBER) == billed
    found = [one for one in charges.of_subscriber(account, trunk, NOVEMBER).lines if one.kind == "calls"]
    assert [(one.late_of, one.quantity, one.detail) for one in found] == [
        (None, 1, "1 звонок, 1:00, включённые минуты"),
        (SEPTEMBER.first_day, 2, "звонки за сентябрь 2026, поступили позже: 2 звонка, 2:00"),
    ]
    september = Selection(account, trunk, SEPTEMBER, CallDirection.OUT)
    assert calls.totals(september).calls == 3
    assert [one.calls for one in _parts(september)] == [1, 2]
    assert calls.totals(Selection(account, trunk, NOVEMBER, CallDirection.OUT)).calls == 1


def _parts(whole: Selection) -> list[calls.CallTotals]:
    """The month's calls by charging month, as 3.6 sums them: from daily totals, and from the calls."""
    found = []
    for month in (whole.month, NOVEMBER):
        part = replace(whole, charged_in=month)
        assert calls.totals(part) == calls.totals(replace(part, number="29-765"))
        assert len(calls.page(part).rows) == calls.totals(part).calls
        found.append(calls.totals(part))
    return found


def test_both_sides_of_a_late_call(tmp_path: Path, people: Cast) -> None:
    take_lines(tmp_path, line("on-time", 3))
    close(SEPTEMBER)
    take_lines(tmp_path, line("late", 5, called="375447112040"))
    both = CallRecord.objects.filter(call_id="late").values_list("direction", "charged_in")
    assert dict(both) == {"out": OCTOBER.first_day, "in": OCTOBER.first_day}
    assert totals_are_sums()


# --- Minutes ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("used", "covered"), [(60, 420), (300, 300), (600, 0), (700, 0)])
def test_late_calls_take_what_is_left_and_nothing_of_others(tmp_path: Path, used: int, covered: int) -> None:
    take_lines(tmp_path, line("on-time", 10, used))
    close(SEPTEMBER)
    was = call("on-time")
    take_lines(tmp_path, line("earlier", 5, 420))  # started before the calls already billed
    now = call("on-time")
    assert (now.included_seconds, now.cost) == (was.included_seconds, was.cost)
    late = call("earlier")
    assert late.included_seconds == covered
    assert late.cost == (Decimal("0.3054") * (420 - covered) / 60).quantize(Decimal("0.000001"))
    minutes = Allowance.objects.get(month=SEPTEMBER.first_day)
    assert minutes.used_seconds == min(MINUTES * 60, used) + covered
    assert totals_are_sums()


def test_late_calls_take_minutes_in_the_order_they_come(tmp_path: Path) -> None:
    take_lines(tmp_path, line("on-time", 10, 60))
    close(SEPTEMBER)
    take_lines(tmp_path, line("first", 20, 400))
    take_lines(tmp_path, line("second", 5, 400), line("third", 4, 400))
    found = {uuid: call(uuid).included_seconds for uuid in ("first", "third", "second")}
    assert found == {"first": 400, "third": 140, "second": 0}
    assert charged() == of_calls()


def test_a_trunk_without_calls_in_the_month_has_all_its_minutes(tmp_path: Path) -> None:
    close(SEPTEMBER)
    take_lines(tmp_path, line("late", 5, 660))
    assert call("late").included_seconds == MINUTES * 60
    assert Allowance.objects.get().used_seconds == MINUTES * 60


# --- Again, and killed -----------------------------------------------------------------------------------------------
def test_late_calls_again_change_nothing(tmp_path: Path, settings: Any) -> None:
    settings.IMPORT_BATCH_ROWS = 7
    lines = random_lines(90)
    take(write(tmp_path / "before.csv", lines[::3]))
    close(SEPTEMBER)
    path = write(tmp_path / "after.csv", lines)
    assert take(path).new == 60
    before = snapshot(), charged()
    close(OCTOBER)
    assert take(path).duplicate == 90
    assert (snapshot(), charged()) == before
    again = take(write(tmp_path / "reversed.csv", lines[::-1]))
    assert (again.new, again.duplicate) == (0, 90)
    assert (snapshot(), charged()) == before


def killed(path: Path, batch: int, place: str) -> int:
    """Exit code of an import run in a separate process, in batches of seven."""
    return ended(Path(__file__).with_name("killed_import.py"), path, batch, place, IMPORT_BATCH_ROWS="7")


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_an_import_of_late_calls_killed_and_taken_up_again(
    tmp_path: Path, settings: Any, at: Callable[[str], Any]
) -> None:
    settings.IMPORT_BATCH_ROWS = 7
    at("2026-10-25 12:00")
    lines = [one for one in random_lines(60) if one.start.month == SEPTEMBER.number]
    early, late = write(tmp_path / "early.csv", lines[::4]), write(tmp_path / "late.csv", lines)
    take(early)
    close(SEPTEMBER)
    assert killed(late, 1, "in") == -9
    assert CallRecord.objects.filter(charged_in=OCTOBER.first_day).count() == 0
    assert killed(late, 2, "after") == -9
    assert CallRecord.objects.filter(charged_in=OCTOBER.first_day).exists()
    assert killed(late, 99, "in") == 0  # without the kill it ends normally
    found, lines_of_charges = snapshot(), charged()
    assert lines_of_charges == of_calls()
    forget()
    BillingMonth.objects.update(closed_at=None)
    take(early)
    BillingMonth.objects.filter(month=SEPTEMBER.first_day).update(closed_at="2026-10-25T12:00+03:00")
    take(late)
    assert snapshot() == found


# --- What must not touch a closed month -------------------------------------------------------------------------------
def test_a_rejected_line_that_is_taken_late_is_a_late_call(tmp_path: Path, people: Cast) -> None:
    take_lines(tmp_path, line("on-time", 3), line("nobody", 4, calling="375447112055"))
    close(SEPTEMBER)
    NumberFactory.create(trunk=people.trunk, phone="+375447112055")
    before = prices()
    assert rejects.retry().new == 1
    assert CallReject.objects.get().state == RejectState.RESOLVED
    assert call("nobody").charged_in == OCTOBER.first_day
    assert prices().items() > before.items()
    assert charged() == of_calls()


def test_a_closed_month_is_not_rated_again(tmp_path: Path) -> None:
    take_lines(tmp_path, line("on-time", 3, 700), line("own", 3, 700, month=10))
    close(SEPTEMBER)
    take_lines(tmp_path, line("late", 5, 700))
    before = prices()
    dearer("375297", "0.6", since=datetime(2026, 9, 1).date())  # noqa: DTZ001
    with pytest.raises(MonthClosedError):
        rerating.rerate(month=SEPTEMBER)
    rerating.rerate(month=OCTOBER)
    after = prices()
    changed = {key[0] for key, price in before.items() if after[key] != price}
    assert changed == {"own"}
    assert charged() == of_calls()


# --- All rules together ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(1, 6))])
def test_all_lines_of_all_months_are_all_calls(tmp_path: Path, seed: int, settings: Any) -> None:
    """Calls of two months are imported at random: before the first close, between the closes, or after both."""
    settings.IMPORT_BATCH_ROWS = 10
    chance = Random(seed)
    lines = random_lines(120, seed)
    chance.shuffle(lines)
    parts: list[list[Line]] = [[], [], []]
    for one in lines:
        parts[chance.randrange(3)].append(one)
    billed: dict[Any, Any] = {}
    for number, month in enumerate((SEPTEMBER, OCTOBER, None)):
        take(write(tmp_path / f"{number}.csv", parts[number]))
        assert prices().items() >= billed.items()
        if month is not None:
            close(month)
            billed |= {key: price for key, price in prices().items() if key[0] in _charged_by(month)}
    assert CallRecord.objects.filter(direction=CallDirection.OUT).count() > 90
    assert charged() == of_calls()
    assert totals_are_sums()
    exact = CallRecord.objects.aggregate(sum=Sum("cost"))["sum"]
    assert CallDailyTotal.objects.aggregate(sum=Sum("cost"))["sum"] == exact
    rounding = Decimal("0.005") * len(charged())
    assert abs(sum(charged().values()) - exact) <= rounding
    for minutes in Allowance.objects.all():
        covered = CallRecord.objects.filter(trunk_id=minutes.trunk_id, month=minutes.month)
        assert covered.aggregate(sum=Sum("included_seconds"))["sum"] == minutes.used_seconds <= minutes.granted_seconds
    assert Charge.objects.filter(late_of__isnull=False).exists()


def _charged_by(month: Month) -> set[str]:
    return set(CallRecord.objects.filter(charged_in__lte=month.first_day).values_list("call_id", flat=True))
