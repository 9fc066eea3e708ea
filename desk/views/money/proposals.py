"""What waits for a second person, and what staff did with money: the list, and the page of one proposal (4.12)."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.actor import Actor
from billing.models import MoneyProposal, ProposalKind, ProposalState
from billing.selectors import adjustments
from billing.services import money_effects, proposals
from billing.services.money_effects import Rehearsal
from billing.services.money_terms import Terms
from desk.ages import waited
from desk.forms.money import AnswerForm
from desk.selectors import proposals as rows
from desk.selectors import waiting
from desk.views.money import corrections, found
from desk.views.money.payments import facts_of
from sipcabinet.lib import staff
from sipcabinet.lib.errors import DomainError

QUEUE = "second"
CONFIRM, REFUSE, WITHDRAW = "confirm", "refuse", "withdraw"
TONES = {
    ProposalState.WAITING: "warn",
    ProposalState.DONE: "ok",
    ProposalState.REFUSED: "err",
    ProposalState.WITHDRAWN: "",
}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The proposals of a state, by default those that wait, the oldest first."""
    state = request.GET.get("state", ProposalState.WAITING.value)
    if state not in {*ProposalState.values, rows.EVERY}:
        state = ProposalState.WAITING.value
    page = rows.page(state, onward=request.GET.get("onward", ""), back=request.GET.get("back", ""))
    context = admin.site.each_context(request) | {
        "title": _("Изменения денег"),
        "page": page,
        "state": state,
        "states": [*((str(one.value), one.label) for one in ProposalState), (rows.EVERY, _("все"))],
        "proposals": [(one, TONES[ProposalState(one.state)], _age(one)) for one in page.rows],
    }
    return TemplateResponse(request, "desk/money/proposals.html", context)


def one(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a proposal, with its effect on the facts of now. POST decides: `do` says how."""
    row = found.proposal(pk)
    form, context = AnswerForm(), dict[str, Any]()
    if request.method == "POST":
        act = request.POST.get("do", "")
        if not _may(request, row, act):
            raise PermissionDenied
        form = AnswerForm(request.POST) if act == REFUSE else form
        try:
            done = _decide(request, row, act, form)
        except DomainError as refusal:
            context["refusal"] = refusal.message
        else:
            if done is not None:
                messages.success(request, f"{done}: {done.get_state_display()}")
                waiting.forget()
                return redirect(_onward(request, done))
            context["is_stale"] = act == CONFIRM
        row = found.proposal(pk)  # another person may have decided meanwhile
    return _page(request, row, form, context)


@require_safe
def preview(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The PDF of a correction that waits, as it would be issued now."""
    row = found.proposal(pk)
    if not row.is_waiting or row.kind != ProposalKind.CORRECTION:
        raise Http404
    return corrections.draft(Terms.of(row), Actor.of(request))


def _may(request: HttpRequest, row: MoneyProposal, act: str) -> bool:
    """Whether the person may do this with the proposal, whatever its state."""
    is_own = row.proposed_by_id == request.user.pk
    if act == WITHDRAW:
        return is_own
    return act in {CONFIRM, REFUSE} and request.user.has_perm(proposals.CONFIRM)


def _decide(request: HttpRequest, row: MoneyProposal, act: str, form: forms.Form) -> MoneyProposal | None:
    """The decided proposal; None for a form with errors, or where the effect is not the one that was shown."""
    by = Actor.of(request)
    if act == WITHDRAW:
        return proposals.withdraw(proposal=row, by=by)
    if act == REFUSE:
        if not form.is_valid():
            return None
        return proposals.refuse(proposal=row, answer=form.cleaned_data["answer"], by=by)
    if row.is_waiting and row.proposed_by_id != request.user.pk:
        shown = money_effects.rehearse(Terms.of(row), by)
        if shown.mark != request.POST.get("seen"):
            return None
    return proposals.confirm(proposal=row, by=by)


def _onward(request: HttpRequest, done: MoneyProposal) -> str:
    if request.user.has_perm(proposals.CONFIRM):
        return staff.next_in_queue(QUEUE, done.pk)
    return reverse("admin:desk_proposal", args=[done.pk])


def _page(request: HttpRequest, row: MoneyProposal, form: forms.Form, context: dict[str, Any]) -> HttpResponse:
    is_own = row.proposed_by_id == request.user.pk
    may_confirm = row.is_waiting and not is_own and request.user.has_perm(proposals.CONFIRM)
    if row.is_waiting and (may_confirm or is_own):
        context = _effect(request, row) | context
    given = admin.site.each_context(request) | {
        "title": str(row),
        "queue_name": QUEUE,
        "row": row,
        "form": form,
        "tone": TONES[ProposalState(row.state)],
        "waited": _age(row),
        "may_confirm": may_confirm,
        "may_withdraw": row.is_waiting and is_own,
        "payment_facts": facts_of(row.payment) if row.payment else [],
        "changes": Terms.of(row).changes,
        "moved_to": adjustments.moved_to(row.adjustment) if row.adjustment and row.to_account_id else None,
        "has_errors": bool(form.errors),
    }
    return TemplateResponse(request, "desk/money/proposal.html", given | context)


def _effect(request: HttpRequest, row: MoneyProposal) -> dict[str, Any]:
    """The effect as of now, or why it is impossible."""
    try:
        shown: Rehearsal = money_effects.rehearse(Terms.of(row), Actor.of(request))
    except DomainError as refusal:
        return {"refusal": refusal.message}
    return {"review": shown}


def _age(row: MoneyProposal) -> str:
    return waited(row.proposed_at) if row.is_waiting else ""
