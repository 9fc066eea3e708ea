"""A switch's file at the desk: upload → check → import with progress → report (4.4)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actor import Actor
from desk.imports import calls
from desk.imports.kept import ended
from desk.models import CALLS, TableImport
from sipcabinet.lib import phones, staff
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.look_kinds import LookKind
from sipcabinet.lib.sheets import CellKind, Column, Sheet, responses
from subscribers import dialled
from subscribers.calls import rejects
from subscribers.cdr import UnreadableFileError
from subscribers.forms.call_file import UploadForm
from subscribers.models import CallImport, CallReject

ADD = "subscribers.add_callimport"
MICRO = Decimal(1_000_000)


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The first step: a file and the switch that wrote it. It is checked at once."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        file, source = form.cleaned_data["file"], form.cleaned_data["source"]
        try:
            draft = calls.keep(source=source, file=file, file_name=file.name or "calls.csv", actor=Actor.of(request))
        except (DomainError, UnreadableFileError) as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("admin:desk_call_file_draft", draft.pk)
    context = admin.site.each_context(request) | {"title": _("Загрузить файл звонков"), "form": form}
    return TemplateResponse(request, "desk/calls/upload.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """A kept file and its check. A POST orders its import or discards it."""
    row = get_object_or_404(TableImport.objects.select_related("applied_by"), pk=pk, kind=CALLS)
    if request.method == "POST":
        try:
            if "discard" in request.POST:
                calls.discard(draft=row, actor=Actor.of(request))
                messages.success(request, _("Файл не принят: звонки не учтены."))
                return redirect("admin:subscribers_callimport_changelist")
            job = calls.order(draft=row, actor=Actor.of(request))
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return redirect("admin:desk_call_file_draft", pk)
        return redirect("admin:desk_call_file", job.pk)
    found = row.outcome.get("check", {})
    context = admin.site.each_context(request) | {
        "title": _("Файл звонков: проверка"),
        "draft": row,
        "check": found,
        "is_whole": found.get("checked") == found.get("size"),
        "reasons": calls.reasons(found.get("reasons", {})),
        "errors": [(line, rejects.reason_labels().get(code, code)) for line, code in found.get("errors", [])],
        "shares": [(*share[:5], Decimal(share[5]) / MICRO) for share in found.get("accounts", [])],
        "cost": Decimal(found.get("cost", 0)) / MICRO,
        "refusal": "" if row.is_open else ended(row).message,
    }
    return TemplateResponse(request, "desk/calls/check.html", context)


@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """An import: its progress while it runs, then its report."""
    job = _job(pk)
    context = admin.site.each_context(request) | _shown(job) | {"title": _("Файл %(file)s") % {"file": job.file_name}}
    return TemplateResponse(request, "desk/calls/one.html", context)


@require_safe
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """The moving part of the page."""
    return TemplateResponse(request, "desk/calls/progress.html", _shown(_job(pk)))


@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The rejected lines of an import as a file; dialled numbers are masked for those who may not see them."""
    extension, job = responses.extension_or_404(request), _job(pk)
    if not request.user.has_perm("subscribers.view_callreject"):
        raise PermissionDenied
    desk = cast("staff.Desk", admin.site)
    desk.look(request, LookKind.CALLS, f"import:{job.pk}", _("Отчёт о файле звонков %(file)s") % {"file": job})
    head = [
        (_("Файл"), job.file_name),
        (_("Источник"), job.source.name),
        (_("Прочитано"), str(job.read_count)),
        (_("Новых"), str(job.new_count)),
        (_("Повторов"), str(job.duplicate_count)),
        (_("Отклонено"), str(job.rejected_count)),
    ]
    columns = [
        Column(_("Строка"), CellKind.INT, 10), Column(_("Причина"), width=50), Column(_("Состояние"), width=18),
        Column(_("Пояснение"), width=40), Column(_("Содержание"), width=90),
    ]  # fmt: skip
    sheet = Sheet(_("Отклонённые записи"), columns, head=head)
    name = _("Отчёт о звонках, %(file)s") % {"file": job.file_name.rpartition(".")[0] or job.file_name}
    return responses.attachment(name, extension, sheet, _lines(job, may_see=dialled.may_see(request.user)))


def _lines(job: CallImport, *, may_see: bool) -> Iterator[list[Any]]:
    labels = rejects.reason_labels()
    for row in CallReject.objects.filter(call_import=job).order_by("line_no").iterator():
        raw = row.raw if may_see else phones.mask_within(row.raw)
        yield [row.line_no, labels.get(row.code, row.code), row.get_state_display(), row.note, raw]


def _job(pk: int) -> CallImport:
    return get_object_or_404(CallImport.objects.select_related("source", "imported_by", "undone_by"), pk=pk)


def _shown(job: CallImport) -> dict[str, Any]:
    rows = calls.expected_rows(job)
    counted = CallReject.objects.filter(call_import=job).order_by().values_list("code").annotate(count=Count("pk"))
    waiting = CallReject.objects.filter(call_import=job, state="waiting").count()
    return {
        "job": job,
        "is_running": job.state == JobState.WAITING,
        "share": min(99, job.read_count * 100 // rows) if rows else None,
        "rows": rows,
        "reasons": calls.reasons(dict(counted)),
        "waiting_rejects": waiting,
        "tone": staff.STATE_TONES[JobState(job.state)],
    }
