"""«Вернуть плательщику»: the payment order of a credit in suspense, and what a second person decides (4.12)."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor
from billing.models import SuspensePayment, SuspenseRefund
from billing.services import suspense_refunds
from desk.forms.money import AnswerForm
from desk.forms.suspense import PayerRefundForm
from desk.selectors import waiting
from desk.views.money import second
from desk.views.money.step import BESIDE
from sipcabinet.lib import money, staff
from sipcabinet.lib.errors import DomainError

SUSPENSE, QUEUE = "suspense", "paybacks"


@require_http_methods(["GET", "HEAD", "POST"])
def refund(request: HttpRequest, pk: int) -> HttpResponse:
    """The form: number and date of the payment order. A debit of the bank that waits fills it in."""
    row = get_object_or_404(SuspensePayment.objects.select_related("statement"), pk=pk)
    debit = row.returns.filter(state="waiting").first()
    initial = {"document_number": debit.reference, "document_date": debit.returned_on} if debit else {}
    form = PayerRefundForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            made = suspense_refunds.propose(suspense=row, by=Actor.of(request), **form.cleaned_data)
        except DomainError as refusal:
            beside = BESIDE.get(refusal.code)
            form.add_error(beside if beside in form.fields else None, refusal.message)
        else:
            waiting.forget()
            if made.is_waiting:
                messages.info(request, _("Ждёт второго сотрудника. До его решения ничего не изменилось."))
                return redirect("admin:desk_payer_refund_one", made.pk)
            messages.success(request, _("Записано: деньги возвращены плательщику"))
            return redirect(staff.next_in_queue(SUSPENSE, pk))
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Вернуть плательщику %(sum)s") % {"sum": money.show_byn(row.amount)},
        "row": row,
        "form": form,
        "limit": settings.SECOND_PERSON_LIMIT,
        "has_errors": bool(form.errors),
    }
    return TemplateResponse(request, "desk/money/payer_refund.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """A return that waits, or that is decided. POST: `do` says how."""
    rows = SuspenseRefund.objects.select_related("suspense__statement", "proposed_by", "decided_by")
    made = get_object_or_404(rows, pk=pk)
    form = AnswerForm()
    if request.method == "POST":
        act, form = second.asked(request, made)
        told: dict[str, Any] = {"refund": made, "by": Actor.of(request)}
        try:
            done = second.decided(
                act,
                form,
                confirm=lambda: suspense_refunds.confirm(**told),
                refuse=lambda answer: suspense_refunds.refuse(answer=answer, **told),
                withdraw=lambda: suspense_refunds.withdraw(**told),
            )
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return redirect("admin:desk_payer_refund_one", pk)
        if done is not None:
            messages.success(request, f"{done}: {done.get_state_display()}")
            waiting.forget()
            if act == second.WITHDRAW:
                return redirect("admin:desk_suspense", made.suspense_id)
            return redirect(staff.next_in_queue(QUEUE, pk))
    context = admin.site.each_context(request) | {
        "title": _("Возврат плательщику %(sum)s") % {"sum": money.show_byn(made.amount)},
        "queue_name": QUEUE,
    }
    context |= second.context(request, made, form)
    return TemplateResponse(request, "desk/money/payer_refund_one.html", context)
