"""«Персональная информация» about the account (2.1)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import visitor
from billing.selectors import standing
from sipcabinet.lib.periods import Month


@login_required
@require_safe
def detail(request: HttpRequest) -> HttpResponse:
    """A page with the requisites, the account, its money and the delivery of invoices."""
    account = visitor.of(request).account
    month = Month.current()
    found = standing.overview(account, month.shift(-1), month)
    previous, current = found.months
    context = {
        "account": account,
        "customer": account.customer,
        "standing": found.standing,
        "previous": previous,
        "current": current,
        "delivery": found.delivery,
    }
    return render(request, "billing/account.html", context)
