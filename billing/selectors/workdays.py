"""Which days are working days: the calendar of Belarus and the days that staff have moved (4.8).

Each function asks in one query, unless the caller passes the moved days: whoever asks many times reads them once.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from billing.models import MovedDay
from sipcabinet.lib import workdays

DAY = timedelta(days=1)


def is_working(day: date) -> bool:
    return workdays.is_working(day, _moved(day, day))


def first_from(day: date, moved: Mapping[date, bool] | None = None) -> date:
    """The first working day on or after a day."""
    return workdays.first_from(day, _moved(day, day + workdays.LOOK_AHEAD) if moved is None else moved)


def any_between(after: date, before: date, moved: Mapping[date, bool] | None = None) -> bool:
    """Whether there is a working day later than one day and earlier than another."""
    return first_from(after + DAY, moved) < before


def moved_days() -> dict[date, bool]:
    """All days that staff have moved, some twenty a year: True for a working day."""
    return _moved(date.min, date.max)


def _moved(first: date, last: date) -> dict[date, bool]:
    return dict(MovedDay.objects.filter(day__range=(first, last)).values_list("day", "is_working"))
