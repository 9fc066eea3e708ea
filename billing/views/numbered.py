"""Documents of the visitor's account by the number in the page's address."""

from urllib.parse import quote

from django.http import HttpRequest
from django.urls import reverse

from accounts import visitor
from billing.selectors import invoices
from billing.selectors.invoices import InvoiceView
from sipcabinet.lib import requests

_ANY = "0"  # stands for the number in an address


def invoice_or_404(request: HttpRequest, number: str) -> InvoiceView:
    """The invoice with what is owed for it; raises Http404 for a missing one or another account's."""
    return requests.or_404(invoices.by_number(visitor.of(request).account, number))


class Address:
    """Addresses of one page for many numbers, looked up once. They need no escaping in HTML."""

    def __init__(self, view: str, *rest: str) -> None:
        self._before, mark, self._after = reverse(view, args=[_ANY, *rest]).partition(f"/{_ANY}/")
        self._before += mark[:1]
        self._after = f"{mark[-1:]}{self._after}"

    def of(self, number: str) -> str:
        return f"{self._before}{quote(number)}{self._after}"
