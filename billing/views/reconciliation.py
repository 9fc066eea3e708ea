"""«Акт сверки»: a period, everything booked in it on a page, and the same as PDF and XLSX (2.3)."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import visitor
from billing.forms.reconciliation import ReconciliationForm
from billing.reports import reconciliation as reconciliation_report
from billing.selectors import acts, payments_known, reconciliation
from billing.views import files
from sipcabinet.lib import pdf
from sipcabinet.lib.sheets import responses


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Asks for start and end; once both are given, shows the entries. The URL holds the period."""
    account = visitor.of(request).account
    form = ReconciliationForm(request.GET if {"start", "end"} & request.GET.keys() else None)
    context: dict[str, Any] = {"form": form, "form_method": "get", "acts": acts.of_account(account)}
    if not form.is_valid():
        return render(request, "billing/reconciliation/period.html", context)
    found = reconciliation.of(account, form.cleaned_data["start"], form.cleaned_data["end"])
    context |= {"found": found, "payments_known": payments_known.of_statements()}
    return render(request, "billing/reconciliation/list.html", context)


@login_required
@require_safe
def act(request: HttpRequest, act_pk: int) -> HttpResponseBase:
    """The act of a quarter as it was sent. An act of another account gets the same 404 as a missing act."""
    found = acts.by_id(visitor.of(request).account, act_pk)
    if found is None:
        raise Http404
    return files.download_of(request, found)


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """The act of the period as PDF or XLSX."""
    account, extension = visitor.of(request).account, request.GET.get("format", "")
    if extension not in {"pdf", "xlsx"}:
        raise Http404
    form = ReconciliationForm(request.GET)
    if not form.is_valid():
        return render(request, "billing/reconciliation/period.html", {"form": form, "form_method": "get"})
    found = reconciliation.of(account, form.cleaned_data["start"], form.cleaned_data["end"])
    name = reconciliation_report.file_name(found)
    if extension == "pdf":
        return pdf.attachment(name, reconciliation_report.document(account, found))
    return responses.attachment(
        name, extension, reconciliation_report.sheet(account, found), reconciliation_report.rows(found)
    )
