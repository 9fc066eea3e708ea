"""«Запланированные изменения» (4.11): what waits for its day, and what the rules refused on it."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from desk.models import PlannedChange
from desk.models.planned_change import UNDONE
from sipcabinet.lib import keyset

VIEW = "desk.view_plannedchange"
PAGE_SIZE = 50


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All changes that are not carried out yet, the earliest first."""
    rows = PlannedChange.objects.filter(state__in=UNDONE)
    rows = rows.select_related("account__customer", "subscriber", "plan", "made_by").defer("made_by__password")
    asked = request.GET
    page = keyset.page(
        rows, order=["due_at", "id"], size=PAGE_SIZE, onward=asked.get("onward", ""), back=asked.get("back", "")
    )
    context = admin.site.each_context(request) | {"title": _("Запланированные изменения"), "page": page}
    return TemplateResponse(request, "desk/planned.html", context)
