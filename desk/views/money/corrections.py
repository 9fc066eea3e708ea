"""Correct lines of an issued invoice: new sums, a review with the effect and the PDF, then the document (4.7, 4.12)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actor import Actor
from billing.models import Invoice, ProposalKind
from billing.reports import invoice_documents
from billing.services import money_effects
from billing.services.money_terms import Made, Terms
from desk.forms.correction import CorrectionForm
from desk.selectors import correctable
from desk.views.money import found
from desk.views.money.step import Step, carry_out, form_data
from sipcabinet.lib import clock, money, pdf
from sipcabinet.lib.errors import DomainError

VIEW = "billing.view_invoice"


def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """The form and its review. `?line=` shows the numbers of one line."""
    invoice = _invoice(request, pk)
    line = request.GET.get("line", "")
    rows = correctable.rows(invoice, line)
    if rows == []:
        raise Http404
    form = CorrectionForm(form_data(request), rows=rows or [])
    preview = reverse("admin:desk_correct_preview", args=[invoice.pk])
    step = Step(
        title=_("Исправить счёт № %(number)s") % {"number": invoice.number},
        account=invoice.account,
        button=_("Выставить корректировку"),
        facts=_facts(invoice),
        form=form,
        terms=lambda told: _terms(invoice, form, told),
        back_url=reverse("admin:billing_invoice_change", args=[invoice.pk]),
        refusal="" if rows else _("В счёте слишком много начислений для этой страницы."),
        preview=f"{preview}?line={line}" if line else preview,
        template="desk/money/correct.html",
        context={"invoice": invoice, "line": line},
    )
    return carry_out(request, step)


@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The document of the reviewed form as PDF, marked as a draft; nothing is written."""
    invoice = _invoice(request, pk)
    rows = correctable.rows(invoice, request.GET.get("line", "")) or []
    form = CorrectionForm(request.POST, rows=rows)
    if not form.is_valid():
        raise Http404
    return draft(_terms(invoice, form, form.cleaned_data), Actor.of(request))


def draft(terms: Terms, by: Actor) -> HttpResponseBase:
    """The PDF of a correction that is not issued; 404 where the facts do not allow it."""

    def look(made: Made) -> Any:
        return invoice_documents.context_of_correction(made.correction) if made.correction else None

    try:
        context = money_effects.rehearse(terms, by, look).seen
    except DomainError:
        raise Http404 from None
    if context is None:
        raise Http404
    return pdf.attachment(_("Проект корректировки"), invoice_documents.draft_of_correction(context))


def _invoice(request: HttpRequest, pk: int) -> Invoice:
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    return found.invoice(pk)


def _terms(invoice: Invoice, form: CorrectionForm, told: dict[str, Any]) -> Terms:
    return Terms(
        kind=ProposalKind.CORRECTION,
        account=invoice.account,
        invoice=invoice,
        changes=form.changes,
        reason=told["reason"],
    )


def _facts(invoice: Invoice) -> list[tuple[str, Any]]:
    return [
        (_("Счёт"), _("№ %(number)s за %(month)s") % {"number": invoice.number, "month": invoice.period.label}),
        (_("Выставлен"), clock.show_date(invoice.issued_on)),
        (_("Сумма"), money.show_byn(invoice.total)),
        (_("Лицевой счёт"), str(invoice.account)),
    ]
