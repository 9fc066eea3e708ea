"""«Клиенты из файла» (4.11): file → rehearsal → loaded in the background → report."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actor import Actor
from accounts.models import User
from desk.forms.customer_load import CustomersFileForm
from desk.imports import running
from desk.imports.customers import loads, reports
from desk.imports.customers.columns import CustomersFile
from desk.imports.customers.judging import BALANCES, CONNECT, Rights, RowState
from desk.models import CustomerLoad, TableImport
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.sheets import responses

VIEW, LOAD = "desk.view_customerload", "desk.add_customerload"
ONE, LIST = "admin:desk_load_one", "admin:desk_load"
MOST_SHOWN = 200
MOST_LISTED = 20
TABS = {
    RowState.WRONG.value: gettext_lazy("Ошибки"),
    RowState.NEW.value: gettext_lazy("Новые"),
    RowState.SAME.value: gettext_lazy("Без изменений"),
}
PARTS = (
    ("customer", gettext_lazy("Клиентов")),
    ("account", gettext_lazy("Лицевых счетов")),
    ("trunk", gettext_lazy("SIP-соединений")),
    ("number", gettext_lazy("SIP-номеров")),
    ("balance", gettext_lazy("Входящих сальдо")),
)


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The file, and the files before. A file that can be read is kept, and its rehearsal is shown."""
    form = CustomersFileForm(request.POST, request.FILES) if request.method == "POST" else CustomersFileForm()
    if request.method == "POST":
        _require(request)
        if form.is_valid():
            name = form.cleaned_data["file"].name or ""
            told: dict[str, Any] = {"content": form.content, "file_name": name, "day": None}
            table = running.keep(kind=CustomersFile.now(), actor=Actor.of(request), **told)
            return redirect(ONE, table.pk)
    context = {
        "title": CustomersFile.title,
        "form": form,
        "file": CustomersFile.now(),
        "may_load": request.user.has_perm(LOAD),
        "may_connect": request.user.has_perm(CONNECT),
        "may_balance": request.user.has_perm(BALANCES),
        "before": _tables().order_by("-uploaded_at", "-pk")[:MOST_LISTED],
    }
    return TemplateResponse(request, "desk/customer_load/upload.html", admin.site.each_context(request) | context)


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """A kept file: its rehearsal, its progress, what was done. A POST begins the load, or goes on with it."""
    table = _table_or_404(pk)
    load = CustomerLoad.objects.filter(table=table).select_related("ordered_by", "stopped_by").first()
    if request.method == "POST":
        _require(request)
        is_gone = _act(request, table, load)
        return redirect(LIST) if is_gone else redirect(ONE, table.pk)
    if "progress" in request.GET:
        if load is None or load.state != JobState.WAITING:
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return TemplateResponse(
            request,
            "desk/customer_load/progress.html",
            {"load": load, "table": table, "may_load": request.user.has_perm(LOAD)},
        )
    context = admin.site.each_context(request) | {
        "title": CustomersFile.title,
        "table": table,
        "load": load,
        "may_load": request.user.has_perm(LOAD),
        "labels": [_("Файл"), _("Проверка"), _("Загрузка")],
    }
    if load is not None:
        return TemplateResponse(request, "desk/customer_load/done.html", context | _done(request, load))
    try:
        context |= _rehearsed(request, table)
    except DomainError as refusal:
        context["refusal"] = refusal.message
    return TemplateResponse(request, "desk/customer_load/check.html", context)


@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All rows of the rehearsal or of what was done, as a file."""
    extension = responses.extension_or_404(request)
    table = _table_or_404(pk)
    name = _("Отчёт, %(file)s") % {"file": table.file_name.rpartition(".")[0] or table.file_name}
    load = CustomerLoad.objects.filter(table=table).first()
    if load is not None:
        return responses.attachment(name, extension, reports.sheet(table, _("загрузка")), reports.done(load))
    try:
        found = loads.rehearsed(table, _rights(request, table))
    except DomainError:
        raise Http404 from None
    return responses.attachment(name, extension, reports.sheet(table, _("проверка")), reports.rehearsed(found))


@require_safe
def template(request: HttpRequest) -> HttpResponseBase:
    """An empty file, with what each column may hold."""
    extension = responses.extension_or_404(request)
    return responses.attachment(_("Шаблон, клиенты"), extension, reports.template(CustomersFile.now()), [])


def _tables() -> QuerySet[TableImport]:
    return TableImport.objects.filter(kind=loads.KIND).select_related("uploaded_by", "load").defer("content")


def _table_or_404(pk: int) -> TableImport:
    return get_object_or_404(TableImport.objects.select_related("uploaded_by", "applied_by"), pk=pk, kind=loads.KIND)


def _require(request: HttpRequest) -> None:
    if not request.user.has_perm(LOAD):
        raise PermissionDenied


def _rights(request: HttpRequest, table: TableImport) -> Rights:
    """Of the person who would load: an auditor sees what the person who uploaded the file sees."""
    person = request.user if request.user.has_perm(LOAD) else table.uploaded_by
    return Rights.of(person) if isinstance(person, User) else Rights()


def _act(request: HttpRequest, table: TableImport, load: CustomerLoad | None) -> bool:
    """Does what the pressed button says; returns whether the file is gone."""
    by = Actor.of(request)
    try:
        if load is not None and "again" in request.POST:
            loads.again(load=load, by=by)
        elif load is not None and "stop" in request.POST:
            loads.stop(load=load, by=by)
            messages.success(request, _("Загрузка остановлена. Загруженные строки остались."))
        elif "discard" in request.POST:
            loads.discard(table=table, by=by)
            messages.success(request, _("Файл не загружен: ничего не изменилось."))
            return True
        else:
            loads.order(table=table, by=by)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return False


def _rehearsed(request: HttpRequest, table: TableImport) -> dict[str, Any]:
    found = loads.rehearsed(table, _rights(request, table))
    counts = found.counts
    shown = _chosen(request, counts.states)
    rows = found.of(shown)
    whole = len(found.problems) if shown == RowState.WRONG else len(rows)
    return {
        "counts": counts,
        "wrong": counts.states[RowState.WRONG],
        "fresh": counts.states[RowState.NEW],
        "size": len(found.verdicts),
        "parts": [(name, counts.parts[part]) for part, name in PARTS],
        "tabs": _tabs(counts.states),
        "shown": shown,
        "rows": [(one, reports.in_words(one.makes)) for one in rows[:MOST_SHOWN]],
        "problems": [(one.row, one.field, one.value, one.reason) for one in found.problems[:MOST_SHOWN]],
        "hidden": max(0, whole - MOST_SHOWN),
    }


def _done(request: HttpRequest, load: CustomerLoad) -> dict[str, Any]:
    if load.state != JobState.DONE:
        return {"parked": load.last_error if load.state == JobState.PARKED else ""}
    counts = load.table.outcome.get("counts", {})
    shown = _chosen(request, counts)
    rows = list(load.rows.filter(state=shown).order_by("number")[:MOST_SHOWN])
    return {
        "wrong": counts.get(RowState.WRONG.value, 0),
        "size": load.whole,
        "parts": [(name, counts.get(part, 0)) for part, name in PARTS],
        "tabs": _tabs(counts),
        "shown": shown,
        "rows": [(one, reports.in_words(one.makes)) for one in rows],
        "problems": [(row.number, *fault) for row in rows for fault in row.faults][:MOST_SHOWN],
        "hidden": max(0, counts.get(shown, 0) - MOST_SHOWN),
    }


def _tabs(counts: Any) -> list[tuple[str, Any, int]]:
    return [(code, name, counts.get(code, 0)) for code, name in TABS.items()]


def _chosen(request: HttpRequest, counts: Any) -> str:
    """The tab of the address, or the first one that has rows."""
    asked = request.GET.get("show", "")
    return asked if asked in TABS else next((code for code in TABS if counts.get(code)), RowState.NEW.value)
