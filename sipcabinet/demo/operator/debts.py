"""Debts of the demo's customers. Their days are counted back from today, so that there is always a debtor."""

from datetime import date, timedelta

from django.conf import settings

from billing.selectors.invoices import expected_on
from billing.services.issuing import due_day
from sipcabinet.demo.operator.cast import DemoCustomer
from sipcabinet.lib import workdays
from sipcabinet.lib.periods import Month

CLOSED_MONTHS = 6
ACCEPTED_AFTER = timedelta(days=1)  # counted from the due day of the invoice that the broken guarantee is about


def issued_on(month: Month, today: date) -> date:
    """The planned day of the invoice, or today if that day is in the future: every past month has its invoice."""
    return min(expected_on(month), today)


def due_on(month: Month, today: date) -> date:
    return due_day(month, issued_on(month, today))


def unpaid_months(customer: DemoCustomer, today: date) -> list[Month]:
    """Months whose invoices are unpaid, oldest first. In the first days of a month the debtor owes for one more month,
    so that the guarantee about the oldest invoice has already run out."""
    count = customer.unpaid
    if customer.breaks_guarantee and restricted_on_for(Month.of(today).shift(-count), today) >= today:
        count += 1
    return list(reversed(Month.of(today).shift(-1).last(count))) if count else []


def restricted_on(today: date) -> date:
    """The day when the debtor's guarantee ran out and the outgoing calls were restricted."""
    oldest = Month.of(today).shift(-2)
    day = restricted_on_for(oldest, today)
    return day if day < today else restricted_on_for(oldest.shift(-1), today)


def restricted_on_for(month: Month, today: date) -> date:
    """The first working day after the last day of a guarantee about a month's invoice; the guarantee is accepted
    ACCEPTED_AFTER the due day."""
    last_day = due_on(month, today) + ACCEPTED_AFTER + settings.GUARANTEE_LIFETIME
    return workdays.first_from(last_day + timedelta(days=1))
