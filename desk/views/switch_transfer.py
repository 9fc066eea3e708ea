"""«Передать всё заново»: a review with a reason, then the progress on «Коммутатор сейчас» (3.2-3.4)."""

from django.contrib import admin, messages
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actor import Actor
from desk.forms.switch_transfer import TransferForm
from desk.selectors import switch_transfer
from sipcabinet.lib.errors import DomainError
from subscribers.models import Subscriber, SwitchTransfer
from subscribers.switch import transfers

VIEW, ORDER = "subscribers.view_switchtransfer", "subscribers.add_switchtransfer"


@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest) -> HttpResponse:
    """What will be told to which switch, and the form. A POST begins the transfer."""
    form = TransferForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            transfers.order(actor=Actor.of(request, reason=form.cleaned_data["reason"]))
        except DomainError as refusal:
            form.add_error("reason" if refusal.code == "transfer.reason" else None, refusal.message)
        except ImproperlyConfigured:
            form.add_error(None, _("Коммутатор задан в настройках неверно"))
        else:
            messages.success(request, _("Передача начата. Ход виден ниже, страницу можно закрыть."))
            return redirect("admin:desk_switch")
    context = admin.site.each_context(request) | {
        "title": _("Передать всё на коммутатор заново"),
        "form": form,
        "has_errors": bool(form.errors),
        "total": Subscriber.objects.count(),
        "last": transfers.newest(),
    }
    return TemplateResponse(request, "desk/switch_transfer.html", context)


@require_safe
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """The moving part of the pages: one transfer."""
    job = get_object_or_404(SwitchTransfer.objects.select_related("ordered_by"), pk=pk)
    return TemplateResponse(request, "desk/switch_transfer_progress.html", {"one": switch_transfer.progress(job)})
