"""Geometry of the daily chart: the drawn bars add up to the totals in its text."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcabinet.lib import charts
from sipcabinet.lib.charts import DailyCallsChart, Day

OCTOBER = [Day(date(2026, 10, 1) + timedelta(days=n), outgoing=n, incoming=2 * n) for n in range(31)]


@pytest.mark.parametrize(
    ("largest", "top"),
    [(0, 4), (1, 4), (4, 4), (5, 8), (9, 20), (20, 20), (21, 40), (93, 200), (201, 400), (8_001, 20_000)],
)
def test_the_axis_ends_at_a_round_number(largest: int, top: int) -> None:
    assert charts.axis_top(largest) == top


@given(st.integers(min_value=0, max_value=10**9))
def test_the_axis_holds_the_largest_value_in_whole_quarters(largest: int) -> None:
    top = charts.axis_top(largest)
    assert largest <= top
    assert top % 4 == 0


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), min_size=1, max_size=31))
def test_bars_stay_in_the_plot_and_stand_on_each_other(counts: list[tuple[int, int]]) -> None:
    days = [Day(date(2026, 10, 1) + timedelta(days=n), *pair) for n, pair in enumerate(counts)]
    top = charts.axis_top(max(day.total for day in days))
    for day, bar in zip(days, DailyCallsChart.of(days).bars, strict=True):
        floor = float(charts.BASE)
        for calls, box in ((day.outgoing, bar.outgoing_box), (day.incoming, bar.incoming_box)):
            assert (box is None) == (calls == 0)
            if box is None:
                continue
            drawn = calls / top * charts.PLOT_HEIGHT
            assert float(box.height) == pytest.approx(drawn, abs=1.1)
            assert float(box.height) >= 0
            assert float(box.y) == pytest.approx(floor - drawn, abs=0.1)
            floor -= drawn
        assert floor >= charts.PLOT_TOP - 0.1


def test_totals_and_numbers_are_grouped_with_no_break_spaces() -> None:
    chart = DailyCallsChart.of([Day(date(2026, 10, 1), 1_234, 0), Day(date(2026, 10, 2), 0, 7)])
    assert (chart.outgoing_total, chart.incoming_total) == ("1\u00a0234", "7")
    assert chart.bars[0].title == "01.10.2026: исходящих 1234, входящих 0"


def test_the_days_axis_shows_the_ends_and_each_fifth_day_without_crowding() -> None:
    labels = [tick.label for tick in DailyCallsChart.of(OCTOBER).columns]
    assert labels == ["01.10", "05.10", "10.10", "15.10", "20.10", "25.10", "31.10"]
    assert [tick.label for tick in DailyCallsChart.of(OCTOBER).columns if not tick.minor] == [
        "01.10",
        "10.10",
        "20.10",
        "31.10",
    ]


def test_a_period_without_calls_or_without_days_is_empty() -> None:
    assert DailyCallsChart.of([]).empty
    assert DailyCallsChart.of([Day(date(2026, 10, 1), 0, 0)]).empty
    assert not DailyCallsChart.of(OCTOBER).empty


@pytest.mark.parametrize(
    ("value", "whole", "share"), [(1, 2, "50.0"), (0, 5, "0.0"), (9, 5, "100.0"), (-1, 5, "0.0"), (3, 0, "0.0")]
)
def test_a_share_stays_between_nothing_and_all(value: int, whole: int, share: str) -> None:
    assert charts.share(value, whole) == share
