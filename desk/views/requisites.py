"""«Реквизиты»: the draft, and from which day it holds (4.16)."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor
from desk.forms.requisites import RequisitesForm, begun
from desk.selectors import face as selectors
from desk.services import requisites as services
from operator_profile.models import Requisites
from operator_profile.selectors import requisites
from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError

HOME = "admin:desk_face"


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """The form of the draft. Saving changes no document."""
    instance = begun(clock.today())
    shown = {"signature_id": instance.signature_id, "stamp_id": instance.stamp_id}
    form = RequisitesForm(request.POST or None, request.FILES or None, instance=instance)
    if request.method == "POST" and form.is_valid() and form.save_draft(Actor.of(request)):
        messages.success(request, _("Черновик реквизитов сохранён. Посмотрите его в счёте."))
        return redirect("admin:desk_requisites_put")
    context = {**admin.site.each_context(request), "title": _("Реквизиты: черновик"), "form": form}
    return render(request, "desk/face/requisites_edit.html", context | shown)


@require_http_methods(["GET", "HEAD", "POST"])
def put(request: HttpRequest) -> HttpResponse:
    """What the draft changes and from which day; a POST puts it in force."""
    draft = requisites.draft()
    if request.method == "POST":
        text = request.POST.get("revision", "")
        revision = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        try:
            row = services.put_in_force(revision=revision, by=Actor.of(request))
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return redirect("admin:desk_requisites_put" if requisites.draft() else HOME)
        day = clock.show_date(row.valid_from)
        messages.success(request, _("Реквизиты действуют с %(day)s.") % {"day": day})
        return redirect(HOME)
    if draft is None:
        return redirect("admin:desk_requisites_edit")
    context = {
        **admin.site.each_context(request),
        "title": _("Реквизиты: проверка черновика"),
        "draft": draft,
        "differences": selectors.differences(requisites.on(draft.valid_from), draft),
        "today": clock.today(),
    }
    return render(request, "desk/face/requisites_put.html", context)


@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """«Удалить черновик»."""
    if services.discard_draft(by=Actor.of(request)):
        messages.success(request, _("Черновик реквизитов удалён."))
    return redirect(HOME)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """«Отменить»: requisites whose day has not come do not come into force."""
    row = get_object_or_404(Requisites, pk=pk)
    try:
        services.withdraw(row=row, by=Actor.of(request))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Реквизиты с %(day)s отменены.") % {"day": clock.show_date(row.valid_from)})
    return redirect(HOME)
