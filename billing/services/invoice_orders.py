"""«Заказать счёт на E-mail»: sends an issued invoice again (2.3.1)."""

from accounts.actor import Actor
from billing.models import DocumentOrder, Invoice, OrderKind
from billing.services import orders
from billing.terms import InvoiceTerms
from sipcabinet.lib import tenancy
from sipcabinet.lib.durable import JobState


def place(*, invoice: Invoice, by: Actor) -> DocumentOrder:
    """Orders an issued invoice to the registered e-mail, due at once. Only reads and inserts.

    With the wizard's `by.token`, the same form sent twice returns the first order. Without a token (the list of
    invoices), an invoice has only one unfinished order at a time.
    """
    terms = InvoiceTerms(invoice.pk, invoice.number, invoice.period)
    key = orders.key_of_form(OrderKind.INVOICE, invoice.account, by.token or _next(invoice), terms)
    return orders.place(account=invoice.account, kind=OrderKind.INVOICE, terms=terms, dedupe_key=key, by=by)


def _next(invoice: Invoice) -> str:
    """A key that changes when an order of this invoice ends: simultaneous requests make one order."""
    mine = tenancy.of(invoice.account).rows(DocumentOrder)
    made = mine.filter(kind=OrderKind.INVOICE, params__invoice_id=invoice.pk).exclude(state=JobState.WAITING)
    return f"list:{made.count()}"
