"""Prices that change after calls are imported."""

from datetime import date
from decimal import Decimal

from subscribers.models import Destination, PlanTerms, Rate

BEGINNING = date(2020, 1, 1)


def dearer(prefix: str, price: str, *, since: date, first: int = 60, following: int = 1, destination: str = "") -> None:
    """From that day on, calls to the prefix cost this much per minute; the former rate ends."""
    was = Rate.objects.filter(prefix=prefix, is_short=False, valid_until=None).first()
    if was and since <= was.valid_from:
        was.delete()
    elif was:
        was.valid_until = since
        was.save()
    Rate.objects.create(
        destination=Destination.objects.get(code=destination) if destination or not was else was.destination,
        prefix=prefix,
        price_per_minute=Decimal(price),
        first_increment=first,
        next_increment=following,
        valid_from=since,
    )


def include(minutes: int) -> None:
    """All plans include this many minutes, in all months."""
    PlanTerms.objects.update(included_minutes=minutes)


def cover(*codes: str) -> None:
    """Sets the destinations that included minutes cover; no others are covered."""
    Destination.objects.update(uses_allowance=False)
    Destination.objects.filter(code__in=codes).update(uses_allowance=True)
