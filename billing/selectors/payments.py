"""Payments of an account in a period of days (2.2.1)."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from accounts.models import Account
from billing.models import Payment
from sipcabinet.lib import clock, keyset, tenancy
from sipcabinet.lib.keyset import Page

PAGE_SIZE = 50
YEARS_BACK = 1
ORDER = ["-received_on", "-id"]


@dataclass(frozen=True, slots=True)
class Period:
    """A period of days, both ends included."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class PaymentTotals:
    """The number of payments and their sum in BYN."""

    count: int
    amount: Decimal


def earliest() -> date:
    """The first day that may be requested: today 12 months ago; for 29 February, the 28th."""
    today = clock.today()
    year = today.year - YEARS_BACK
    return date(year, today.month, min(today.day, calendar.monthrange(year, today.month)[1]))


def page(account: Account, period: Period, *, onward: str = "", back: str = "") -> Page[Payment]:
    """A page of the period's payments, newest first."""
    return keyset.page(_rows(account, period), order=ORDER, size=PAGE_SIZE, onward=onward, back=back)


def stream(account: Account, period: Period) -> Iterator[Payment]:
    """All payments of the period, newest first."""
    return _rows(account, period).order_by(*ORDER).iterator(2000)


def totals(account: Account, period: Period) -> PaymentTotals:
    found = _rows(account, period).aggregate(count=Count("pk"), amount=Sum("amount"))
    return PaymentTotals(found["count"], found["amount"] or Decimal("0.00"))


def _rows(account: Account, period: Period) -> QuerySet[Payment]:
    return tenancy.of(account).rows(Payment).filter(received_on__range=(period.start, period.end))
