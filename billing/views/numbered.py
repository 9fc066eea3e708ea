"""Documents of the visitor's account by the number in the page's address."""

from django.http import HttpRequest

from accounts import visitor
from billing.selectors import invoices
from billing.selectors.invoices import InvoiceView
from sipcabinet.lib import requests


def invoice_or_404(request: HttpRequest, number: str) -> InvoiceView:
    """The invoice with what is owed for it; raises Http404 for a missing one or another account's."""
    return requests.or_404(invoices.by_number(visitor.of(request).account, number))
