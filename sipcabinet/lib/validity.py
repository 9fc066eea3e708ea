"""Conditions for rows that are valid for a time, `[from, until)`; an empty end means no end."""

from datetime import date, datetime

from django.contrib.postgres.fields import DateRangeField
from django.db.models import Func, OuterRef, Q


class DateRange(Func):
    """SQL date range `[from, until)` for constraints; an empty end is open."""

    function = "daterange"
    output_field = DateRangeField()


def unended(field: str, at: date | datetime | OuterRef) -> Q:
    """Rows whose end is after a day or a moment, or that have no end."""
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gt": at})


def in_force(day: date | OuterRef, last: date | None = None) -> Q:
    """Prices, terms and rates that are valid on `day` (Minsk), or on any day from `day` to `last`, both included."""
    return Q(valid_from__lte=last or day) & unended("valid_until", day)


def had_at(moment: datetime) -> Q:
    """Assignments that a subscriber has at a moment: they have begun by the moment and end after it, or never."""
    return Q(started_at__lte=moment) & unended("ended_at", moment)
