"""Working days by the calendar of Belarus: weekends, public holidays, and days that the state has moved."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

from holidays import HolidayBase, country_holidays

LOOK_AHEAD = timedelta(days=60)  # longer than any run of days off


def is_working(day: date, moved: Mapping[date, bool] | None = None) -> bool:
    """Whether offices and banks work on the day; `moved` says which days were moved: True is working, False is off."""
    return (moved or {}).get(day, _calendar().is_working_day(day))


def first_from(day: date, moved: Mapping[date, bool] | None = None) -> date:
    """The first working day on or after `day`; the day at the end of LOOK_AHEAD when no earlier day works."""
    days = (day + timedelta(days=count) for count in range(LOOK_AHEAD.days))
    return next((one for one in days if is_working(one, moved)), day + LOOK_AHEAD)


@cache
def _calendar() -> HolidayBase:
    return country_holidays("BY")
