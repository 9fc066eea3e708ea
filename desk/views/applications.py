"""The queue and register of written applications, and a new paper (4.2)."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.actor import Actor
from accounts.models import ApplicationKind
from accounts.selectors import applications
from desk.ages import waited
from desk.forms.applications import FilterForm, RegisterForm

ADD = "accounts.add_writtenapplication"


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The papers that the filters of the address select: by default those that wait, the oldest first."""
    filters = FilterForm(request.GET)
    waiting = applications.waiting()
    context = admin.site.each_context(request) | {
        "title": _("Заявления"),
        "filters": filters,
        "has_errors": bool(filters.errors),
        "waiting": waiting,
        "longest": waited(waiting.oldest),
        "may_add": request.user.has_perm(ADD),
    }
    if filters.is_valid():
        onward, back = request.GET.get("onward", ""), request.GET.get("back", "")
        context["page"] = page = applications.page(filters.selection, onward=onward, back=back)
        context["papers"] = [(paper, waited(paper.received_at) if paper.is_waiting else "") for paper in page.rows]
        context["is_queue"] = filters.selection.state == "received"
        context["narrowed"] = any(filters.cleaned_data[name] for name in ("kind", "account", "since", "until"))
    return TemplateResponse(request, "desk/applications.html", context)


def add(request: HttpRequest) -> HttpResponse:
    """A new paper. `account` (the account's number) and `kind` of the address fill the form."""
    if request.method == "POST":
        form = RegisterForm(request.POST, request.FILES)
        if form.is_valid() and (paper := form.register(Actor.of(request))) is not None:
            messages.success(request, _("%(what)s внесено в реестр") % {"what": paper.reference})
            return redirect("admin:desk_application", paper.pk)
    else:
        kind = request.GET.get("kind", "")
        given = {"account": request.GET.get("account", ""), "kind": kind if kind in ApplicationKind.values else ""}
        form = RegisterForm(initial=given)
    context = admin.site.each_context(request) | {"title": _("Новое заявление"), "form": form}
    return TemplateResponse(request, "desk/application_add.html", context)
