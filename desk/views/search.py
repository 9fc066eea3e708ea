"""«Поиск»: one field for everything, in the header of every page of the desk (4.1)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from desk.selectors.search import finding
from desk.selectors.search.typed import LONGEST, SHORTEST, Typed
from desk.views import found_rows

TEMPLATE = "desk/search.html"


@require_safe
def view(request: HttpRequest) -> HttpResponse:
    """What was found by `q`. If just one object has exactly this number or name, its page opens; `stay` shows the rows
    instead, and `only` more rows of one group. Nothing that was typed is written down."""
    typed, only = Typed.of(request.GET.get("q", "")), request.GET.get("only", "")
    only = only if only in found_rows.GROUPS else ""
    found = finding.find(request.user, typed, only=only)
    shown = [found_rows.Shown.of(request.user, name, hits, typed, found) for name, hits in found.groups.items()]
    pages = {row.url for group in shown for row in group.rows if row.is_exact}
    if len(pages) == 1 and not only and "stay" not in request.GET:
        return HttpResponseRedirect(pages.pop())
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Найдено по «%(text)s»") % {"text": typed.text} if shown else _("Поиск"),
        "typed": typed,
        "groups": shown,
        "only": only,
        "near": found.near,
        "searched": found_rows.titles(finding.groups_of(request.user)),
        "longest": LONGEST,
        "shortest": SHORTEST,
        "most": finding.MOST,
    }
    return TemplateResponse(request, TEMPLATE, context)
