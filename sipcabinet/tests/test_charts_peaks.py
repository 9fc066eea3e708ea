"""Geometry of the chart of peaks: the columns and the line of the limit have the same scale."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcabinet.lib import charts
from sipcabinet.lib.charts.peaks import DayPeak, PeaksChart

LAST = date(2026, 11, 22)


def chart(peaks: list[int], limit: int | None) -> PeaksChart:
    first = LAST - timedelta(days=len(peaks) - 1)
    return PeaksChart.of([DayPeak(first + timedelta(days=n), calls) for n, calls in enumerate(peaks)], limit)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=31), st.one_of(st.none(), st.integers(1, 300)))
def test_columns_and_limit_share_a_scale(peaks: list[int], limit: int | None) -> None:
    drawn = chart(peaks, limit)
    top = charts.axis_top(max([limit or 0, *peaks]))
    for calls, column in zip(peaks, drawn.columns, strict=True):
        assert (column.box is None) == (calls == 0)
        assert column.over == (limit is not None and calls > limit)
        if column.box is not None:
            height = calls / top * charts.PLOT_HEIGHT
            assert float(column.box.height) == pytest.approx(height, abs=0.06)
            assert float(column.box.y) == pytest.approx(charts.BASE - height, abs=0.06)
            # A column is higher than the line exactly when the calls exceed the limit.
            if limit is not None and calls != limit:
                assert (float(column.box.y) < float(drawn.limit_y)) == column.over
    assert (drawn.limit_y == "") == (limit is None)


def test_days_are_told_from_the_last_one_back() -> None:
    drawn = chart([1] * 30, 5)
    assert [tick.label for tick in drawn.days] == ["28.10", "02.11", "07.11", "12.11", "17.11", "22.11"]
    assert [tick.label for tick in drawn.days if not tick.minor] == ["02.11", "12.11", "22.11"]
    assert drawn.columns[0].title == "24.10.2026: одновременных звонков 1"
