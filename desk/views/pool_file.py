"""Ranges of numbers from a file (4.13): upload, what it would add, then all of it."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.actor import Actor
from desk.forms import pool_file
from desk.forms.pool_file import RangesFileForm
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.sheets import Column, Sheet, responses
from subscribers.services import number_ranges


def load(request: HttpRequest) -> HttpResponse:
    """The upload; a valid file is shown with what is new in it; `sealed` adds what was shown."""
    if "sealed" in request.POST:
        return _apply(request)
    form = RangesFileForm(request.POST, request.FILES) if request.method == "POST" else RangesFileForm()
    is_valid = form.is_valid()
    context: dict[str, Any] = {"form": form, "comparison": form.comparison}
    if is_valid:
        context["sealed"] = pool_file.seal(form.comparison)
    return _page(request, context)


@require_safe
def template(request: HttpRequest) -> HttpResponseBase:
    """An empty file with the columns of the load, CSV or XLSX."""
    extension = responses.extension_or_404(request)
    columns = [Column(str(one.title), width=one.width) for one in pool_file.COLUMNS]
    head = [(str(one.title), str(one.hint)) for one in pool_file.COLUMNS]
    name = _("Шаблон, диапазоны номеров")
    return responses.attachment(name, extension, Sheet(_("Диапазоны"), columns, head=head), [])


def _apply(request: HttpRequest) -> HttpResponse:
    rows = pool_file.unseal(request.POST["sealed"])
    if rows is None:
        messages.error(request, _("Проверка устарела: загрузите файл ещё раз. Ничего не внесено"))
        return redirect("admin:desk_pool_load")
    try:
        added = number_ranges.add_all(rows=rows, by=Actor.of(request))
    except DomainError as refusal:
        messages.error(request, _("%(why)s. Ничего не внесено, загрузите файл ещё раз") % {"why": refusal.message})
        return redirect("admin:desk_pool_load")
    if added:
        messages.success(request, _("Внесено диапазонов: %(count)d") % {"count": len(added)})
    else:
        messages.warning(request, _("Всё уже внесено: этот файл только что загрузили"))
    return redirect("admin:desk_pool")


def _page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    shared = {"title": _("Диапазоны из файла")}
    return TemplateResponse(request, "desk/pool/load.html", admin.site.each_context(request) | shared | context)
