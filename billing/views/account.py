"""«Персональная информация» about the account (2.1)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import visitor
from billing.selectors import delivery, standing
from sipcabinet.lib.periods import Month


@login_required
@require_safe
def detail(request: HttpRequest) -> HttpResponse:
    """A page with the requisites, the account, its money and the delivery of invoices."""
    account = visitor.of(request).account
    month = Month.current()
    previous, current = standing.month_sums(account, month.shift(-1), month)
    context = {
        "account": account,
        "customer": account.customer,
        "standing": standing.of(account),
        "previous": previous,
        "current": current,
        "delivery": delivery.current(account),
    }
    return render(request, "billing/account.html", context)
