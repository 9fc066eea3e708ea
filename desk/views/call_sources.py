"""A source of calls at the desk: its settings, tried on records and numbers before they are saved (4.4)."""

from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor
from desk.forms.call_source import CallSourceForm
from desk.selectors import source_preview
from sipcabinet.lib import clock, staff
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.look_kinds import LookKind
from subscribers.cdr import UnreadableFileError
from subscribers.models import CallSource, SourceKind
from subscribers.services import call_intake, call_sources

VIEW, ADD, CHANGE = (f"subscribers.{verb}_callsource" for verb in ("view", "add", "change"))


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new source."""
    return _page(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """The settings of a source. POST: `do` is `look` (try), `save`, or `secret` (a new secret, shown once)."""
    return _page(request, get_object_or_404(CallSource, pk=pk))


def _page(request: HttpRequest, source: CallSource | None) -> HttpResponse:
    if request.method != "POST":
        return _shown(request, source, CallSourceForm(source), {})
    if not request.user.has_perm(CHANGE if source else ADD):
        raise PermissionDenied
    if source and request.POST.get("do") == "secret":
        return _with_secret(request, source)
    form = CallSourceForm(source, request.POST)
    if not form.is_valid():
        return _shown(request, source, form, {})
    if request.POST.get("do") == "save" and form.cleaned_data["seen"] == form.mark():
        try:
            saved = call_sources.save(source=form.candidate(), by=Actor.of(request))
        except DomainError as refusal:
            form.add_error("name" if refusal.code == "source.taken" else None, refusal.message)
            return _shown(request, source, form, {})
        messages.success(request, _("Источник %(source)s сохранён.") % {"source": saved.name})
        return redirect("admin:desk_call_source", saved.pk)
    return _shown(request, source, form, _tried(request, form))


def _with_secret(request: HttpRequest, source: CallSource) -> HttpResponse:
    if source.kind != SourceKind.HTTP:
        raise PermissionDenied
    secret = call_intake.new_secret(source=source, by=Actor.of(request))
    return _shown(request, source, CallSourceForm(source), {"secret": secret})


def _tried(request: HttpRequest, form: CallSourceForm) -> dict[str, Any]:
    """What the settings make of the sample and of the numbers; a fault in words."""
    candidate, told = form.candidate(), form.cleaned_data
    form.data = {**request.POST.dict(), "seen": form.mark()}  # the mark of what is shown now goes with the form
    found: dict[str, Any] = {"is_tried": True}
    try:
        found["tried_numbers"] = list(source_preview.numbers(candidate, told["numbers"].split(), request.user))
        data = source_preview.sample(candidate, told["sample"].encode())
        found["rows"] = source_preview.rows(candidate, data, request.user) if data else []
    except UnreadableFileError as fault:
        found["fault"] = str(fault)[:1].upper() + str(fault)[1:]
    except DomainError as refusal:
        found["fault"] = refusal.message
    if found.get("rows"):
        summary = _("Проба записей источника %(source)s") % {"source": candidate.name}
        cast("staff.Desk", admin.site).look(request, LookKind.CALLS, f"source:{candidate.name}", summary)
    return found


def _shown(
    request: HttpRequest, source: CallSource | None, form: CallSourceForm, extra: dict[str, Any]
) -> HttpResponse:
    position = source.position if source else {}
    read_at = position.get("read_at")
    context = admin.site.each_context(request) | {
        "title": _("Источник %(name)s") % {"name": source.name} if source else _("Новый источник звонков"),
        "source": source,
        "form": form,
        "has_errors": bool(form.errors),
        "may_change": request.user.has_perm(CHANGE if source else ADD),
        "is_http": bool(source and source.kind == SourceKind.HTTP),
        "address": settings.SITE_URL + reverse("subscribers:call_records", args=[source.name]) if source else "",
        "read_at": clock.show_moment(datetime.fromisoformat(read_at)) if read_at else "",
        "trouble": position.get("trouble", ""),
        "tables": [(name, told["last"]) for name, told in position.items() if isinstance(told, dict)],
    }
    return TemplateResponse(request, "desk/calls/source.html", context | extra)
