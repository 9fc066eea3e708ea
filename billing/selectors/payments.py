"""Payments of an account in a period of days (2.2.1)."""

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice

from django.db.models import Count, QuerySet, Sum

from accounts.models import Account
from billing.models import Payment
from billing.selectors import adjustments
from sipcabinet.lib import clock, keyset, tenancy
from sipcabinet.lib.keyset import Page

PAGE_SIZE = 50
CHUNK = 2000  # payments of a file that are read at once
YEARS_BACK = 1
ORDER = ["-received_on", "-id"]


@dataclass(frozen=True, slots=True)
class Period:
    """A period of days, both ends included."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class PaymentTotals:
    """The number of payments, their sum, and what of it was moved away, cancelled or returned later, BYN."""

    count: int
    amount: Decimal
    taken: Decimal = Decimal("0.00")


def earliest() -> date:
    """The first day that may be requested: today 12 months ago; for 29 February, the 28th."""
    today = clock.today()
    year = today.year - YEARS_BACK
    return date(year, today.month, min(today.day, calendar.monthrange(year, today.month)[1]))


def page(account: Account, period: Period, *, onward: str = "", back: str = "") -> Page[Payment]:
    """A page of the period's payments, newest first. Each has `taken`: what was moved away, cancelled or returned."""
    found = keyset.page(_rows(account, period), order=ORDER, size=PAGE_SIZE, onward=onward, back=back)
    _marked(found.rows)
    return found


def stream(account: Account, period: Period) -> Iterator[Payment]:
    """All payments of the period, newest first, with `taken`."""
    rows = _rows(account, period).order_by(*ORDER).iterator(CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        yield from _marked(chunk)


def totals(account: Account, period: Period) -> PaymentTotals:
    rows = _rows(account, period)
    found = adjustments.with_left(rows).aggregate(count=Count("pk"), amount=Sum("amount"), remains=Sum("left"))
    amount = found["amount"] or Decimal("0.00")
    return PaymentTotals(found["count"], amount, amount - (found["remains"] or Decimal("0.00")))


def _marked(rows: Sequence[Payment]) -> Sequence[Payment]:
    """Adds to each payment what was taken from it; one query."""
    taken = adjustments.taken_from([row.pk for row in rows])
    for row in rows:
        row.taken = taken.get(row.pk, ())  # type: ignore[attr-defined]
    return rows


def _rows(account: Account, period: Period) -> QuerySet[Payment]:
    return tenancy.of(account).rows(Payment).filter(received_on__range=(period.start, period.end))
