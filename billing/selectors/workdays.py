"""Working days: the calendar of Belarus plus the days moved by staff (4.8).

Each function makes one query, unless the caller passes the moved days: a caller that asks many times reads them once.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from billing.models import MovedDay
from sipcabinet.lib import workdays
from sipcabinet.lib.prepared import Prepared

DAY = timedelta(days=1)


def is_working(day: date) -> bool:
    return workdays.is_working(day, _moved(day, day))


def first_from(day: date, moved: Mapping[date, bool] | None = None) -> date:
    """The first working day on or after a day."""
    return workdays.first_from(day, _moved(day, day + workdays.LOOK_AHEAD) if moved is None else moved)


def any_between(after: date, before: date, moved: Mapping[date, bool] | None = None) -> bool:
    """Whether there is a working day strictly between two days."""
    return first_from(after + DAY, moved) < before


def moved_days() -> dict[date, bool]:
    """All days moved by staff, about twenty a year: True for a working day."""
    return _moved(date.min, date.max)


def _moved(first: date, last: date) -> dict[date, bool]:
    return dict(_MOVED.rows(first, last))


_MOVED = Prepared(
    lambda first, last: MovedDay.objects.filter(day__range=(first, last)).values_list("day", "is_working"), 2
)
