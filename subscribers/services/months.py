"""Months of calls: open until they are closed for billing (4.7)."""

from collections.abc import Iterable
from datetime import date

from django.db import connection

from subscribers.models import BillingMonth


def hold(months: Iterable[date]) -> frozenset[date]:
    """No month of these (their first days) closes before the caller's transaction ends; returns those closed already.

    Makes the missing ones; locks them FOR SHARE, in order of time.
    """
    wanted = sorted(set(months))
    BillingMonth.objects.bulk_create((BillingMonth(month=month) for month in wanted), ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT month, closed_at FROM subscribers_billingmonth WHERE month = ANY(%s) ORDER BY month FOR SHARE",
            [wanted],
        )
        return frozenset(month for month, closed_at in cursor.fetchall() if closed_at)
