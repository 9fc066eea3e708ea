"""Documents of the visitor's account by the number in the page's address."""

from django.http import Http404, HttpRequest

from accounts import visitor
from billing.selectors import invoices
from billing.selectors.invoices import InvoiceView


def invoice_or_404(request: HttpRequest, number: str) -> InvoiceView:
    """The invoice with what is owed for it; raises Http404 for a missing one or another account's."""
    view = invoices.by_number(visitor.of(request).account, number)
    if view is None:
        raise Http404
    return view
