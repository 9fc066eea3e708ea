"""«Отменить загрузку» of a bank statement: what stands in its way, the effect, then the second click (4.6, 4.12)."""

from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor
from accounts.models import User
from billing.models import StatementImport
from billing.selectors import statement_uses
from billing.services import statement_undo
from desk.forms.undo import UndoForm
from desk.selectors import waiting
from sipcabinet.lib.errors import DomainError

MOST_SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """The review with its form; without a form if the statement cannot be undone."""
    row = get_object_or_404(StatementImport.objects.select_related("imported_by"), pk=pk)
    form = UndoForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            statement_undo.undo(statement=row, reason=form.cleaned_data["reason"], by=Actor.of(request))
        except DomainError as refusal:
            form.add_error("reason" if refusal.code == "money.reason" else None, refusal.message)
        else:
            waiting.forget()
            messages.success(request, _("Загрузка отменена: эту выписку можно загрузить снова."))
            return redirect("admin:desk_statement", pk)
    uses, effect = statement_uses.uses(row), statement_uses.effect(row)
    if not uses and (why := statement_uses.may_not(row, cast("User", request.user))):
        uses = [why]
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Отменить загрузку выписки"),
        "statement": row,
        "uses": uses,
        "effect": effect,
        "accounts": effect.accounts[:MOST_SHOWN],
        "hidden": max(0, len(effect.accounts) - MOST_SHOWN),
        "limit": settings.SECOND_PERSON_LIMIT,
        "form": form,
        "has_errors": bool(form.errors),
    }
    return TemplateResponse(request, "desk/statements/undo.html", context)
