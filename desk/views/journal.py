"""«Журнал»: actions and looks of staff, customers and the portal, as a page, as a file, and one by one (4.10)."""

from collections.abc import Iterator
from typing import Any, cast

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import AuditEvent, Look
from desk.forms.journal import JournalForm
from desk.selectors import journal, journal_rows
from desk.selectors.journal import Wanted
from sipcabinet.lib import clock, staff
from sipcabinet.lib.sheets import Cell, CellKind, Column, Sheet, responses

MOST_EXPORTED = 50_000


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """A page of the journal; the filters are in the address."""
    form = JournalForm(request.GET)
    if not form.is_valid():
        return _shown(request, form)
    tokens = {name: request.GET.get(name, "") for name in ("onward", "back")}
    page = journal.page(form.wanted, **tokens)
    return _shown(request, form, page=page, lines=list(map(journal_rows.line, page.rows)))


@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """The filtered rows as XLSX or CSV, at most MOST_EXPORTED; the journal records who took them away."""
    extension = responses.extension_or_404(request)
    form = JournalForm(request.GET)
    if not form.is_valid():
        return _shown(request, form, status=400)
    if journal.has_more_than(form.wanted, MOST_EXPORTED):
        form.add_error(None, _("Строк больше %(most)d: сузьте период или отбор") % {"most": MOST_EXPORTED})
        return _shown(request, form, status=400)
    with transaction.atomic():
        desk = cast("staff.Desk", admin.site)
        details = {"format": extension, "filters": sorted(name for name in form.fields if form.cleaned_data.get(name))}
        summary = _("Выгружен журнал (%(format)s)") % {"format": extension.upper()}
        name = _("Журнал %(day)s") % {"day": clock.show_date(clock.today())}
        answer = responses.attachment(name, extension, Sheet(_("Журнал"), _columns()), _cells(form.wanted))
        desk.record(request, account=None, action="journal.exported", summary=summary, details=details)
        return answer


@require_safe
def event(request: HttpRequest, pk: int) -> HttpResponse:
    """An action with its details and «было → стало»; 404 if it is missing."""
    return _one(request, get_object_or_404(AuditEvent.objects.select_related("account__customer", "user"), pk=pk))


@require_safe
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """A look of a person of the staff; 404 if it is missing."""
    return _one(request, get_object_or_404(Look.objects.select_related("account__customer", "user"), pk=pk))


def _one(request: HttpRequest, row: AuditEvent | Look) -> HttpResponse:
    line = journal_rows.line(row)
    title = _("Просмотр") if line.is_look else _("Действие")
    context = {**admin.site.each_context(request), "title": title, "line": line}
    return TemplateResponse(request, "desk/journal_row.html", context)


def _shown(request: HttpRequest, form: JournalForm, status: int = 200, **context: Any) -> HttpResponse:
    filters = [name for name in form.fields if request.GET.get(name)]
    context |= {"title": _("Журнал"), "form": form, "codes": form.codes, "is_filtered": bool(filters)}
    return TemplateResponse(
        request, "desk/journal.html", {**admin.site.each_context(request), **context}, status=status
    )


def _columns() -> list[Column]:
    return [
        Column(_("Время"), CellKind.MOMENT, 18),
        Column(_("Вид"), width=14),
        Column(_("Код"), width=24),
        Column(_("Описание"), width=60),
        Column(_("Было → стало"), width=50),
        Column(_("Лицевой счёт"), width=14),
        Column(_("Клиент"), width=30),
        Column(_("Кто"), width=26),
        Column(_("Роль"), width=12),
        Column(_("IP-адрес"), width=18),
    ]


def _cells(wanted: Wanted) -> Iterator[list[Cell]]:
    for row in journal.rows(wanted):
        line = journal_rows.line(row)
        yield [
            line.at,
            _("просмотр") if line.is_look else _("действие"),
            line.code or line.kind,
            line.summary,
            "; ".join(f"{change.label}: {change.before} → {change.after}" for change in line.changes),
            line.account.number if line.account else None,
            line.account.customer.name if line.account else None,
            line.who,
            line.role,
            line.address,
        ]
