"""Rows that hold for a time, `[from, until)`: an empty end goes on."""

from datetime import date, datetime

from django.db.models import OuterRef, Q


def unended(field: str, at: date | datetime | OuterRef) -> Q:
    """Rows whose end is after a day or a moment, or that have none."""
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gt": at})


def in_force(day: date | OuterRef, last: date | None = None) -> Q:
    """Prices, terms and rates that hold on a day (Minsk), or on some day from it to `last`, both included."""
    return Q(valid_from__lte=last or day) & unended("valid_until", day)


def had_at(moment: datetime) -> Q:
    """What a subscriber has at a moment: assignments that have begun by it and end after it."""
    return Q(started_at__lte=moment) & unended("ended_at", moment)
