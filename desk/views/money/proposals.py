"""What waits for a second person, and what staff did with money: the list, and the page of one proposal (4.12)."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
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
from desk.views.money import corrections, found, second
from desk.views.money.payments import facts_of
from sipcabinet.lib import staff
from sipcabinet.lib.errors import DomainError

QUEUE = "second"
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
        act, form = second.asked(request, row)
        told: dict[str, Any] = {"proposal": row, "by": Actor.of(request)}
        try:
            done = second.decided(
                act,
                form,
                confirm=partial(_confirm, request, row),
                refuse=lambda answer: proposals.refuse(answer=answer, **told),
                withdraw=lambda: proposals.withdraw(**told),
            )
        except DomainError as refusal:
            context["refusal"] = refusal.message
        else:
            if done is not None:
                messages.success(request, f"{done}: {done.get_state_display()}")
                waiting.forget()
                return redirect(_onward(request, done))
            context["is_stale"] = act == second.CONFIRM
        row = found.proposal(pk)  # another person may have decided meanwhile
    return _page(request, row, form, context)


@require_safe
def preview(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The PDF of a correction that waits, as it would be issued now."""
    row = found.proposal(pk)
    if not row.is_waiting or row.kind != ProposalKind.CORRECTION:
        raise Http404
    return corrections.draft(Terms.of(row), Actor.of(request))


def _confirm(request: HttpRequest, row: MoneyProposal) -> MoneyProposal | None:
    """The confirmed proposal; None where the effect is not the one that was shown."""
    by = Actor.of(request)
    if row.is_waiting and row.proposed_by_id != request.user.pk:
        shown = money_effects.rehearse(Terms.of(row), by)
        if shown.mark != request.POST.get("seen"):
            return None
    return proposals.confirm(proposal=row, by=by)


def _onward(request: HttpRequest, done: MoneyProposal) -> str:
    if second.has_right(request):
        return staff.next_in_queue(QUEUE, done.pk)
    return reverse("admin:desk_proposal", args=[done.pk])


def _page(request: HttpRequest, row: MoneyProposal, form: AnswerForm, context: dict[str, Any]) -> HttpResponse:
    buttons = second.context(request, row, form)
    if buttons["may_confirm"] or buttons["may_withdraw"]:
        context = _effect(request, row) | context
    given = admin.site.each_context(request) | {
        "title": str(row),
        "queue_name": QUEUE,
        "tone": TONES[ProposalState(row.state)],
        "waited": _age(row),
        "payment_facts": facts_of(row.payment) if row.payment else [],
        "changes": Terms.of(row).changes,
        "moved_to": adjustments.moved_to(row.adjustment) if row.adjustment and row.to_account_id else None,
    }
    return TemplateResponse(request, "desk/money/proposal.html", given | buttons | context)


def _effect(request: HttpRequest, row: MoneyProposal) -> dict[str, Any]:
    """The effect as of now, or why it is impossible."""
    try:
        shown: Rehearsal = money_effects.rehearse(Terms.of(row), Actor.of(request))
    except DomainError as refusal:
        return {"refusal": refusal.message}
    return {"review": shown}


def _age(row: MoneyProposal) -> str:
    return waited(row.proposed_at) if row.is_waiting else ""
