"""A statement of the bank at the desk: upload → check → apply → report (4.6)."""

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actor import Actor
from billing.models import StatementImport
from desk.forms.statement import StatementForm
from desk.imports import statements
from desk.imports.kept import EndedError
from desk.imports.statements import StatementMovedError
from desk.models import STATEMENT, TableImport
from desk.selectors import statement_check, statement_report, waiting
from desk.selectors.statement_report import BOOKED, DUPLICATE, OTHER, RETURN, SUSPENDED
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.sheets import responses

MOST_SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The first step: the file of a statement."""
    form = StatementForm(request.POST, request.FILES) if request.method == "POST" else StatementForm()
    if form.is_valid():
        name = form.cleaned_data["file"].name or ""
        draft = statements.keep(content=form.content, file_name=name, actor=Actor.of(request))
        return redirect("admin:desk_statement_draft", draft.pk)
    context = admin.site.each_context(request) | {"title": _("Загрузить выписку банка"), "form": form}
    return TemplateResponse(request, "desk/statements/upload.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """A kept statement: what it would do now. A POST applies or discards it."""
    row = _draft(pk)
    found, moved = None, ""
    if request.method == "POST":
        by = Actor.of(request)
        try:
            if "discard" in request.POST:
                statements.discard(draft=row, actor=by)
                messages.success(request, _("Выписка не принята: ничего не изменилось."))
                return redirect("admin:billing_statementimport_changelist")
            done = statements.apply(draft=row, seen=request.POST.get("fingerprint", ""), actor=by)
        except StatementMovedError as refusal:
            found, moved = refusal.found, refusal.message
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return redirect("admin:desk_statement_draft", pk)
        else:
            waiting.forget()
            messages.success(request, _counts(done))
            return redirect("admin:desk_statement", done.pk)
    elif (made := row.outcome.get("statement")) is not None:
        return redirect("admin:desk_statement", made)
    context = admin.site.each_context(request) | {"title": _("Выписка: проверка"), "draft": row, "moved": moved}
    try:
        found = found or statements.checked(row)
    except DomainError as refusal:
        context |= {"refusal": refusal.message, "is_ended": isinstance(refusal, EndedError)}
    else:
        context |= {
            "check": statement_check.check(found),
            "fingerprint": statements.fingerprint(found),
            "most": MOST_SHOWN,
        }
    return TemplateResponse(request, "desk/statements/check.html", context)


@require_safe
def draft_report(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The check of a kept statement as a file."""
    extension, row = responses.extension_or_404(request), _draft(pk)
    try:
        found = statements.checked(row)
    except DomainError:
        raise Http404 from None
    name = _("Проверка выписки, %(file)s") % {"file": _stem(row.file_name)}
    sheet = statement_check.sheet(row.file_name)
    return responses.attachment(name, extension, sheet, statement_check.rows(found))


@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """An imported statement: each document and what it became."""
    row = _statement(pk)
    found = statement_report.report(row)
    names = {
        BOOKED: _("Зачислены"), SUSPENDED: _("Не распознаны"), RETURN: _("Возвраты"), DUPLICATE: _("Повторы"),
        OTHER: _("Другие списания"),
    }  # fmt: skip
    tabs = [(code, name, sum(1 for it in found if it.state == code)) for code, name in names.items()]
    asked = request.GET.get("show", "")
    shown = asked if asked in names else next((code for code, _name, count in tabs if count), BOOKED)
    listed = [it for it in found if it.state == shown]
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Выписка %(file)s") % {"file": row.file_name},
        "statement": row,
        "tabs": tabs,
        "shown": shown,
        "rows": listed[:MOST_SHOWN],
        "hidden": max(0, len(listed) - MOST_SHOWN),
        "open": sum(1 for it in found if it.state == SUSPENDED and it.suspense and it.suspense.resolved_at is None),
    }
    return TemplateResponse(request, "desk/statements/one.html", context)


@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What an imported statement has done, as a file."""
    extension, row = responses.extension_or_404(request), _statement(pk)
    name = _("Отчёт о выписке, %(file)s") % {"file": _stem(row.file_name)}
    lines = statement_report.rows(statement_report.report(row))
    return responses.attachment(name, extension, statement_check.sheet(row.file_name), lines)


def _draft(pk: int) -> TableImport:
    rows = TableImport.objects.select_related("uploaded_by", "applied_by")
    return get_object_or_404(rows, pk=pk, kind=STATEMENT)


def _statement(pk: int) -> StatementImport:
    return get_object_or_404(StatementImport.objects.select_related("imported_by", "undone_by"), pk=pk)


def _stem(file_name: str) -> str:
    return file_name.rpartition(".")[0] or file_name


def _counts(done: StatementImport) -> str:
    told = {
        "booked": done.booked, "duplicate": done.duplicate, "suspended": done.suspended, "returns": done.returns,
    }  # fmt: skip
    words = _("Зачислено: %(booked)d, повторов: %(duplicate)d, не распознано: %(suspended)d, возвратов: %(returns)d")
    return words % told
