"""«Заказать счёт на E-mail»: an issued invoice once more (2.3.1)."""

from accounts.actor import Actor
from billing.models import DocumentOrder, Invoice, OrderKind
from billing.services import orders
from billing.terms import InvoiceTerms
from sipcabinet.lib import tenancy
from sipcabinet.lib.durable import JobState


def place(*, invoice: Invoice, by: Actor) -> DocumentOrder:
    """Orders an issued invoice to the registered e-mail, due at once. Only reads and inserts.

    `by.token` is the wizard's: the same form sent twice gives the first order. Without one (the list of invoices) there
    is one order of an invoice as long as it is under way.
    """
    terms = InvoiceTerms(invoice.pk, invoice.number, invoice.period)
    key = orders.key_of_form(OrderKind.INVOICE, invoice.account, by.token or _next(invoice), terms)
    return orders.place(account=invoice.account, kind=OrderKind.INVOICE, terms=terms, dedupe_key=key, by=by)


def _next(invoice: Invoice) -> str:
    """Stays the same until the orders of this invoice have ended: presses at the same moment make one order."""
    mine = tenancy.of(invoice.account).rows(DocumentOrder)
    made = mine.filter(kind=OrderKind.INVOICE, params__invoice_id=invoice.pk).exclude(state=JobState.WAITING)
    return f"list:{made.count()}"
