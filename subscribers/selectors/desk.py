"""Staff's search in the numbers and calls of all accounts. Customers' pages use `tenancy.of` instead."""

from typing import Any

from django.db.models import QuerySet

from sipcabinet.lib import keyset, phones
from sipcabinet.lib.keyset import Page
from sipcabinet.lib.periods import Month
from subscribers.models import CallRecord, Subscriber

PAGE_SIZE = 100
MOST_CANDIDATES = 30
ORDER = ["-started_at", "-id"]
FIELDS = [
    "id", "started_at", "direction", "other_party", "outcome", "duration", "talk_seconds", "billed_seconds",
    "included_seconds", "price_per_minute", "cost", "destination__name", "call_id", "caller",
    "call_import_id", "call_import__file_name",
]  # fmt: skip


def candidates(text: str) -> list[Subscriber]:
    """Subscribers, present or former, whose number contains the digits; of one number the newest first."""
    part = phones.digits(text)
    if not part:
        return []
    rows = Subscriber.objects.select_related("account__customer").filter(phone__contains=part)
    return list(rows.order_by("phone", "-connected_at")[:MOST_CANDIDATES])


def calls(
    subscriber: Subscriber, month: Month, *, direction: str = "", onward: str = "", back: str = ""
) -> Page[dict[str, Any]]:
    """A page of his calls in one month as dictionaries of FIELDS, newest first."""
    rows: QuerySet[CallRecord] = CallRecord.objects.filter(subscriber=subscriber, month=month.first_day)
    if direction:
        rows = rows.filter(direction=direction)
    return keyset.page(rows.values(*FIELDS), order=ORDER, size=PAGE_SIZE, onward=onward, back=back)
