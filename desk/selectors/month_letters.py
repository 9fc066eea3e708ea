"""The letters with the invoices of a month: how many are sent, refused and waiting, and which (4.7)."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from billing.models import CHARGED, InvoiceMailing, MonthCalculation
from notifications.models import Letter
from sipcabinet.lib import keyset
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.periods import Month

PAGE_SIZE = 50
STATES = {
    "sent": _("Отправлено"),
    "refused": _("Не доставлено"),
    "waiting": _("Ждут отправки"),
    "self": _("Получают сами"),
}
_STOPPED = [JobState.REFUSED, JobState.PARKED]
# One pass over the month's mailings; a letter that was sent again does not count, its repeat does.
_COUNT = """
SELECT count(*) FILTER (WHERE l.state = 'done'),
    count(*) FILTER (WHERE l.state IN ('refused', 'parked')) + count(*) FILTER (WHERE m.state IN ('refused', 'parked')),
    count(*) FILTER (WHERE l.state = 'waiting') + count(*) FILTER (WHERE m.state = 'waiting' AND l.id IS NULL),
    count(*) FILTER (WHERE m.state = 'done' AND l.id IS NULL)
FROM billing_invoice i
JOIN billing_invoicemailing m ON m.invoice_id = i.id
LEFT JOIN billing_mailingletter t ON t.mailing_id = m.id
LEFT JOIN notifications_letter l ON l.id = t.letter_id
WHERE i.month = %s AND NOT EXISTS (SELECT FROM notifications_letter again WHERE again.resend_of_id = l.id)
"""
_EXPECTED = """
SELECT coalesce(sum(cardinality(addresses)), 0) FROM (
    SELECT DISTINCT ON (c.account_id) c.method, c.addresses
    FROM billing_accountdraft d JOIN billing_deliverychoice c ON c.account_id = d.account_id
    WHERE d.calculation_id = %s AND d.mark = ANY(%s)
        AND NOT EXISTS (SELECT FROM billing_invoice i WHERE i.account_id = d.account_id AND i.month = %s)
    ORDER BY c.account_id, c.chosen_at DESC, c.id DESC
) AS chosen WHERE method = 'email'
"""


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters by their state. `waiting` includes invoices whose letters no worker has written yet; `self`: invoices
    that the customer fetches himself, without a letter."""

    sent: int = 0
    refused: int = 0
    waiting: int = 0
    self: int = 0


def count(month: Month) -> Letters:
    """One query."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [month.first_day])
        return Letters(*cursor.fetchone())


def expected(calculation: MonthCalculation) -> int:
    """How many letters will go out with the invoices that are still to be issued, by their present choices of delivery;
    one query."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPECTED, [calculation.pk, [*CHARGED], calculation.month])
        return int(cursor.fetchone()[0])


def page(month: Month, state: str, *, onward: str = "", back: str = "") -> keyset.Page[InvoiceMailing]:
    """A page of the month's mailings with letters in this state, the oldest first; each has its letters prefetched."""
    rows = InvoiceMailing.objects.filter(invoice__month=month.first_day).filter(_with(state)).distinct()
    rows = rows.select_related("invoice", "account__customer").prefetch_related("letters")
    return keyset.page(rows, order=["id"], size=PAGE_SIZE, onward=onward, back=back)


def _with(state: str) -> Q:
    letters: QuerySet[Letter] = Letter.objects.filter(resends__isnull=True)
    if state == "sent":
        return Q(letters__in=letters.filter(state=JobState.DONE))
    if state == "refused":
        return Q(letters__in=letters.filter(state__in=_STOPPED)) | Q(state__in=_STOPPED)
    if state == "waiting":
        return Q(letters__in=letters.filter(state=JobState.WAITING)) | Q(state=JobState.WAITING)
    return Q(state=JobState.DONE, letters__isnull=True)
