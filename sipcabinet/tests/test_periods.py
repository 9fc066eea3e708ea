from datetime import UTC, date, datetime

import pytest

from sipcabinet.lib.periods import Month


def test_a_moment_belongs_to_the_month_minsk_sees() -> None:
    assert Month.of(datetime(2026, 9, 30, 20, 59, 59, tzinfo=UTC)) == Month(2026, 9)
    assert Month.of(datetime(2026, 9, 30, 21, 0, 0, tzinfo=UTC)) == Month(2026, 10)


def test_borders_are_half_open() -> None:
    month = Month(2026, 2)
    assert month.start == datetime(2026, 1, 31, 21, tzinfo=UTC)
    assert month.end == month.shift(1).start
    assert (month.first_day, month.last_day, month.days) == (date(2026, 2, 1), date(2026, 2, 28), 28)
    assert Month(2028, 2).days == 29


@pytest.mark.parametrize(("start", "months", "end"), [("2026-01", -1, "2025-12"), ("2026-11", 2, "2027-01")])
def test_shift_crosses_years(start: str, months: int, end: str) -> None:
    assert Month.parse(start).shift(months).code == end


def test_last_months_are_newest_first() -> None:
    assert [m.code for m in Month(2026, 2).last(3)] == ["2026-02", "2026-01", "2025-12"]


@pytest.mark.parametrize("code", ["", "2026", "2026-13", "2026-00", "26-10", "2026-1", "2026-10-01", "октябрь"])
def test_what_is_no_month_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="not a month"):
        Month.parse(code)


def test_labels() -> None:
    assert (Month(2026, 10).label, Month(2026, 5).label_in) == ("октябрь 2026", "мае 2026")
