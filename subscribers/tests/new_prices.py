"""Prices that change after calls have come in."""

from datetime import date
from decimal import Decimal

from subscribers.models import Destination, PlanTerms, Rate

BEGINNING = date(2020, 1, 1)


def dearer(prefix: str, price: str, *, since: date, first: int = 60, following: int = 1, destination: str = "") -> None:
    """From that day on calls to the prefix cost so much a minute; the rate that was there ends."""
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
    """All plans include so many minutes, from ever."""
    PlanTerms.objects.update(included_minutes=minutes)


def cover(*codes: str) -> None:
    """Included minutes cover these destinations and no others."""
    Destination.objects.update(uses_allowance=False)
    Destination.objects.filter(code__in=codes).update(uses_allowance=True)
