"""«Отменить загрузку» of a switch's file: what stands in its way, the effect, then the second click (4.4)."""

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor
from accounts.models import Account
from desk.forms.undo import UndoForm
from desk.imports import calls
from sipcabinet.lib.errors import DomainError
from subscribers.calls import undo as calls_undo
from subscribers.models import CallImport

MOST_SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """The review with its form; without a form if the import cannot be undone."""
    job = get_object_or_404(CallImport.objects.select_related("source", "imported_by"), pk=pk)
    form = UndoForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            calls.undo(job=job, reason=form.cleaned_data["reason"], actor=Actor.of(request))
        except DomainError as refusal:
            form.add_error("reason" if refusal.code == "import.reason" else None, refusal.message)
        else:
            messages.success(request, _("Загрузка отменена: этот файл можно загрузить снова."))
            return redirect("admin:desk_call_file", pk)
    uses, shares = calls_undo.uses(job), calls_undo.shares(job)
    accounts = Account.objects.select_related("customer").in_bulk([one.account_id for one in shares[:MOST_SHOWN]])
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Отменить загрузку звонков"),
        "job": job,
        "uses": uses,
        "shares": [(accounts[one.account_id], one) for one in shares[:MOST_SHOWN]],
        "hidden": max(0, len(shares) - MOST_SHOWN),
        "accounts": len(shares),
        "records": sum(one.records for one in shares),
        "cost": sum((one.cost for one in shares), Decimal(0)),
        "form": form,
        "has_errors": bool(form.errors),
    }
    return TemplateResponse(request, "desk/calls/undo.html", context)
