"""Months with imported calls that are not billed yet."""

from datetime import date

from sipcabinet.lib.periods import Month
from subscribers.models import BillingMonth, CallDailyTotal, CallDirection


def with_calls(since: date) -> list[Month]:
    """Open months that have outgoing calls on that day or later, in time order."""
    first = Month.of(since).first_day
    rows = BillingMonth.objects.filter(closed_at__isnull=True, month__gte=first).order_by("month")
    months = [Month.of(month) for month in rows.values_list("month", flat=True)]
    calls = CallDailyTotal.objects.filter(direction=CallDirection.OUT)
    return [
        month for month in months if calls.filter(day__range=(max(since, month.first_day), month.last_day)).exists()
    ]
