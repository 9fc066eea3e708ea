"""Payments of an account in a period of days (2.2.1)."""

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import Count, QuerySet, Subquery, Sum

from accounts.models import Account
from billing.models import Adjustment, Payment
from billing.selectors import adjustments
from billing.selectors.balance import ZERO
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.keyset import Listing, Page
from sipcabinet.lib.prepared import Prepared
from sipcabinet.lib.tenancy import HasId

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
    taken: Decimal = ZERO


def earliest() -> date:
    """The first day that may be requested: today 12 months ago; for 29 February, the 28th."""
    today = clock.today()
    year = today.year - YEARS_BACK
    return date(year, today.month, min(today.day, calendar.monthrange(year, today.month)[1]))


def page(account: Account, period: Period, *, onward: str = "", back: str = "") -> Page[Payment]:
    """A page of the period's payments, newest first. Each has `taken`: what was moved away, cancelled or returned."""
    found = _LISTING.page(account.pk, period.start, period.end, size=PAGE_SIZE, onward=onward, back=back)
    _marked(found.rows)
    return found


def stream(account: Account, period: Period) -> Iterator[Payment]:
    """All payments of the period, newest first, with `taken`."""
    rows = _rows(account, period.start, period.end).order_by(*ORDER).iterator(CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        yield from _marked(chunk)


def totals(account: Account, period: Period) -> PaymentTotals:
    count, amount, taken = _TOTALS.rows(account.pk, period.start, period.end)[0]
    return PaymentTotals(count or 0, amount or ZERO, taken or ZERO)


def _marked(rows: Sequence[Payment]) -> Sequence[Payment]:
    """Adds to each payment what was taken from it; one query."""
    taken = adjustments.taken_from([row.pk for row in rows])
    for row in rows:
        row.taken = taken.get(row.pk, ())  # type: ignore[attr-defined]
    return rows


def _rows(account: HasId, start: Any, end: Any) -> QuerySet[Payment]:
    return tenancy.of(account).rows(Payment).filter(received_on__range=(start, end))


def _totals(account: HasId, start: Any, end: Any) -> QuerySet[Account, Any]:
    rows = _rows(account, start, end).order_by().values("account")
    moved = tenancy.of(account).rows(Adjustment).filter(payment__received_on__range=(start, end))
    taken = moved.order_by().values("account")
    return Account.objects.filter(pk=account.pk).values_list(
        Subquery(rows.annotate(count=Count("pk")).values("count")),
        Subquery(rows.annotate(sum=Sum("amount")).values("sum")),
        Subquery(taken.annotate(sum=Sum("amount")).values("sum")),
    )


_LISTING: Listing[Payment] = Listing(Payment, _rows, 3, order=ORDER)
_TOTALS = Prepared(_totals, 3)
