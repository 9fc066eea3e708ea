"""«Платежи» and «Информация по платежам»: a period, its payments on a page, and the same payments as a file (2.2.1)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import visitor
from accounts.models import Account
from billing import sheets
from billing.forms.payments import PeriodForm, presets
from billing.selectors import adjustments, balance, payments, payments_known
from billing.selectors.payments import Period
from sipcabinet.lib.sheets import responses


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The section's page: the account's money, and links to its pages."""
    account = visitor.of(request).account
    standing = balance.balance(account)
    context = {"account": account, "standing": standing, "to_pay": balance.to_pay_of(standing)}
    return render(request, "billing/payments/index.html", context)


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Asks for start and end; once both are given, shows the payments. The URL holds the period."""
    account = visitor.of(request).account
    form = PeriodForm(request.GET if {"start", "end"} & request.GET.keys() else None)
    if not form.is_valid():
        return _ask(request, account, form)
    return render(request, "billing/payments/list.html", _found(request, account, form))


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """The payments of all pages with this query as XLSX or CSV; written within the page's transaction."""
    account, extension = visitor.of(request).account, responses.extension_or_404(request)
    form = PeriodForm(request.GET)
    if not form.is_valid():
        return _ask(request, account, form)
    period = form.period
    sheet = sheets.payments(account, period, payments.totals(account, period))
    rows = map(sheets.payment_row, payments.stream(account, period))
    return responses.attachment(sheets.payments_file_name(account, period), extension, sheet, rows)


def _ask(request: HttpRequest, account: Account, form: PeriodForm) -> HttpResponse:
    context = {"form": form, "form_method": "get", "presets": presets(), "standing": balance.balance(account)}
    return render(request, "billing/payments/period.html", context)


def _found(request: HttpRequest, account: Account, form: PeriodForm) -> dict[str, object]:
    period: Period = form.period
    return {
        "form": form,
        "presets": presets(),
        "period": period,
        "page": payments.page(account, period, onward=request.GET.get("onward", ""), back=request.GET.get("back", "")),
        "totals": payments.totals(account, period),
        "mended": adjustments.without_a_payment(account, period.start, period.end),
        "standing": balance.balance(account),
        "payments_known": payments_known.of_statements(),
    }
