"""The regular invoice on its way to the customer: ordered with its issue, carried out by a worker (2.3.3)."""

from django.db import transaction

from billing.models import Invoice, InvoiceMailing
from sipcabinet.lib import durable

DRAIN_TASK = "billing.drain_mailings"


def order(*, invoice: Invoice) -> InvoiceMailing:
    """Puts an issued invoice on its way, in the caller's transaction; asked twice it goes once.

    Where it goes is decided by the choice of delivery that holds when a worker takes it up.
    """
    with transaction.atomic():
        mailing, created = InvoiceMailing.objects.get_or_create(
            invoice=invoice, defaults={"account": invoice.account, "dedupe_key": f"mailing:{invoice.pk}"}
        )
        if created:
            durable.hint(DRAIN_TASK)
    return mailing
