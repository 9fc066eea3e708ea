"""A table from its upload to its report, whatever its kind (4.3): file → check → applied."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actor import Actor
from desk.forms.catalogue.upload import UploadForm
from desk.imports import KINDS, ImportKind, dated, reports, running
from desk.imports.kind import Comparison, LineState, TellsAbsent
from desk.imports.running import EndedError, MovedError
from desk.models import TableImport
from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.sheets import responses
from subscribers.selectors import open_months

MOST_SHOWN = 200
ONE = "admin:desk_table_import"
WRONG = "wrong"
TABS = {
    WRONG: gettext_lazy("Ошибки"),
    LineState.CHANGED.value: gettext_lazy("Изменятся"),
    LineState.NEW.value: gettext_lazy("Новые"),
    LineState.SAME.value: gettext_lazy("Без изменений"),
    LineState.ENDED.value: gettext_lazy("Закончатся"),
    LineState.ABSENT.value: gettext_lazy("Нет в файле"),
}
OF_FILES = (WRONG, LineState.ENDED.value, LineState.ABSENT.value)  # tabs that are shown only where they have rows
END = "end"  # ?absent=end: what the file does not have ends
STEPS = {
    running.FILE: [gettext_lazy("Файл"), gettext_lazy("Проверка"), gettext_lazy("Готово")],
    running.FORM: [gettext_lazy("Цена"), gettext_lazy("Проверка"), gettext_lazy("Готово")],
}
DONE_TABS = {
    LineState.CHANGED.value: gettext_lazy("Изменены"),
    LineState.NEW.value: gettext_lazy("Добавлены"),
    LineState.ENDED.value: gettext_lazy("Закончены"),
}


def kind_or_404(code: str) -> ImportKind:
    kind = KINDS.get(code)
    if kind is None:
        raise Http404
    return kind


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, code: str) -> HttpResponse:
    """The first step: a file and a day. A file that can be read is kept, and its check is shown."""
    kind = kind_or_404(code)
    _require(request, kind)
    form = UploadForm(kind, request.POST, request.FILES) if request.method == "POST" else UploadForm(kind)
    if form.is_valid():
        table = running.keep(
            kind=kind,
            content=form.content,
            file_name=form.cleaned_data["file"].name or "",
            day=form.cleaned_data.get("day"),
            actor=Actor.of(request),
        )
        return redirect(ONE, table.pk)
    context = admin.site.each_context(request) | {"title": kind.title, "kind": kind, "form": form}
    return TemplateResponse(request, "desk/imports/upload.html", context | {"earliest": dated.earliest()})


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """A kept table: what it would do now; afterwards what was done. A POST applies or discards it."""
    table = get_object_or_404(TableImport.objects.select_related("uploaded_by", "applied_by"), pk=pk)
    kind = kind_or_404(table.kind)
    _require_view(request, kind)
    if request.method == "POST":
        _require(request, kind)
        return _act(request, table, kind)
    return _show(request, table, kind)


@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All rows of the check or of what was done, as a file."""
    extension = responses.extension_or_404(request)
    table = get_object_or_404(TableImport, pk=pk)
    kind = kind_or_404(table.kind)
    _require_view(request, kind)
    name = _("Отчёт, %(file)s") % {"file": table.file_name.rpartition(".")[0] or table.file_name}
    return responses.attachment(name, extension, *_report(table, kind, ends=request.GET.get("absent") == END))


@require_safe
def template(request: HttpRequest, code: str) -> HttpResponseBase:
    """An empty table of the kind, with what each column may hold."""
    kind = kind_or_404(code)
    _require_view(request, kind)
    name = _("Шаблон, %(title)s") % {"title": kind.title}
    return responses.attachment(name, responses.extension_or_404(request), reports.template(kind), [])


@require_safe
def export(request: HttpRequest, code: str) -> HttpResponseBase:
    """What is there on a day, in the form that the import reads back. Default: tomorrow."""
    kind = kind_or_404(code)
    _require_view(request, kind)
    form = UploadForm(kind, {"day": request.GET.get("day") or dated.earliest()}, {})
    form.is_valid()
    day = form.cleaned_data.get("day") or clock.today()
    name = f"{kind.title}, {clock.show_date(day)}"
    extension = responses.extension_or_404(request)
    return responses.attachment(name, extension, reports.exported(kind, day), kind.exported(day))


def _require_view(request: HttpRequest, kind: ImportKind) -> None:
    if not request.user.has_perm(kind.view_permission):
        raise PermissionDenied


def _require(request: HttpRequest, kind: ImportKind) -> None:
    if not request.user.has_perms(kind.permissions):
        raise PermissionDenied


def _act(request: HttpRequest, table: TableImport, kind: ImportKind) -> HttpResponse:
    try:
        if "discard" in request.POST:
            running.discard(table=table, actor=Actor.of(request))
            messages.success(request, _("Таблица не принята: в каталоге ничего не изменилось."))
            return redirect("admin:desk_catalogue")
        fingerprint = request.POST.get("fingerprint", "")
        ends = request.POST.get("absent") == END
        running.apply(table=table, kind=kind, fingerprint=fingerprint, actor=Actor.of(request), ends=ends)
    except MovedError as refusal:
        return _show(request, table, kind, found=refusal.found, moved=refusal.message)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Принято целиком."))
    return redirect(ONE, table.pk)


def _show(
    request: HttpRequest, table: TableImport, kind: ImportKind, found: Comparison | None = None, moved: str = ""
) -> HttpResponse:
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("%(title)s с %(day)s") % {"title": kind.title, "day": clock.show_date(table.day)}
        if table.day
        else kind.title,
        "table": table,
        "kind": kind,
        "moved": moved,
        "labels": STEPS.get(table.origin, STEPS[running.FILE]),
        "may_apply": request.user.has_perms(kind.permissions),
    }
    if table.applied_at is not None:
        return TemplateResponse(request, "desk/imports/done.html", context | _done(request, table))
    ends = (request.POST if request.method == "POST" else request.GET).get("absent") == END
    try:
        found = found or running.compared(table, kind, ends=ends)
    except DomainError as refusal:
        context |= {"refusal": refusal.message, "is_ended": isinstance(refusal, EndedError)}
        return TemplateResponse(request, "desk/imports/check.html", context)
    shown = _chosen(request, TABS, found.counts)
    lines = [line for line in found.lines if line.state.value == shown]
    context |= {
        "found": found,
        "tabs": _tabs(TABS, found.counts),
        "shown": shown,
        "lines": lines[:MOST_SHOWN],
        "problems": found.problems[:MOST_SHOWN],
        "hidden": max(0, (len(found.problems) if shown == WRONG else len(lines)) - MOST_SHOWN),
        "effects": kind.effects(found.effective, table.day or clock.today()),
        "size": sum(1 for line in found.lines if line.number) + found.counts[WRONG],
        "ends": ends,
        "may_end": isinstance(kind, TellsAbsent) and kind.may_end(table.day or clock.today()),
        "absent": found.counts[LineState.ABSENT.value],
        "total": len(found.effective),
    }
    return TemplateResponse(request, "desk/imports/check.html", context)


def _done(request: HttpRequest, table: TableImport) -> dict[str, Any]:
    counts = table.outcome.get("counts", {})
    shown = _chosen(request, DONE_TABS, counts)
    lines = [reports.KeptLine.of(line) for line in table.outcome.get("lines", []) if line[1] == shown]
    applied_on = clock.minsk(table.applied_at or table.uploaded_at).date()
    is_past = table.day is not None and table.day <= applied_on
    return {
        "counts": counts,
        "tabs": _tabs(DONE_TABS, counts),
        "shown": shown,
        "lines": lines[:MOST_SHOWN],
        "hidden": max(0, len(lines) - MOST_SHOWN),
        "months": open_months.with_calls(table.day) if is_past and table.day else [],
    }


def _tabs(names: dict[str, Any], counts: Any) -> list[tuple[str, Any, int]]:
    return [
        (code, name, counts.get(code, 0)) for code, name in names.items() if counts.get(code) or code not in OF_FILES
    ]


def _chosen(request: HttpRequest, names: dict[str, Any], counts: Any) -> str:
    """The tab of the address, or the first one that has rows."""
    asked = request.GET.get("show", "")
    return asked if asked in names else next((code for code in names if counts.get(code)), next(iter(names)))


def _report(table: TableImport, kind: ImportKind, *, ends: bool) -> tuple[Any, Iterator[Sequence[Any]]]:
    if table.applied_at is not None:
        lines = [reports.KeptLine.of(line) for line in table.outcome.get("lines", [])]
        return reports.done(kind, table), reports.done_rows(lines)
    try:
        found = running.compared(table, kind, ends=ends)
    except DomainError:
        raise Http404 from None
    return reports.checked(kind, table), reports.checked_rows(found)
