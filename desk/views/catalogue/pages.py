"""«Каталог»: the plans and what calls cost, and the page of one plan (4.3)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from desk.imports import KINDS
from desk.models import TableImport
from desk.selectors import catalogue
from sipcabinet.lib import clock
from subscribers.models import TariffPlan

VIEW = "subscribers.view_planterms"
NEWEST = 5


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Plans with their prices now and next, destinations with their rates, the last imports."""
    imports = TableImport.objects.defer("content", "outcome").select_related("uploaded_by", "applied_by")
    context = admin.site.each_context(request) | {
        "title": _("Каталог и цены"),
        "plans": catalogue.plans(),
        "destinations": catalogue.destinations(clock.today()),
        "imports": [(one, KINDS[one.kind].title) for one in imports[:NEWEST] if one.kind in KINDS],
        "kinds": KINDS.values(),
        **may(request),
    }
    return TemplateResponse(request, "desk/catalogue/index.html", context)


@require_safe
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """A plan: its terms, the prices of what it may have, and of calls, in force, coming and past."""
    one = get_object_or_404(TariffPlan, pk=pk)
    subscribers, accounts = catalogue.subscribers_of(one)
    context = admin.site.each_context(request) | {
        "title": one.name,
        "plan": one,
        "terms": catalogue.plan(one),
        "subscribers": subscribers,
        "accounts": accounts,
        "options": catalogue.options_of(one.kind),
        "destinations": catalogue.destinations(clock.today()),
        **may(request),
    }
    return TemplateResponse(request, "desk/catalogue/plan.html", context)


def may(request: HttpRequest) -> dict[str, Any]:
    """What this person may change, for the buttons of the pages."""
    user: Any = request.user
    return {
        "may_fees": user.has_perms(KINDS["fees"].permissions),
        "may_rates": user.has_perms(KINDS["rates"].permissions),
    }
