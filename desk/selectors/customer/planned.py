"""What is planned for a customer's accounts and numbers, and what the rules have refused on its day (4.11)."""

from collections.abc import Sequence

from accounts.models import Customer
from desk.models import PlannedChange
from desk.models.planned_change import UNDONE

SHOWN = 20


def of(customer: Customer) -> Sequence[PlannedChange]:
    """Changes that wait for their day or for staff, the earliest first; one query."""
    rows = PlannedChange.objects.filter(account__customer=customer, state__in=UNDONE)
    return list(rows.select_related("account", "subscriber", "plan").order_by("day", "pk")[:SHOWN])
