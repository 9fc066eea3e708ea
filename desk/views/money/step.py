"""One pattern for every change of money: a form, a review with the effect on each side, then the change itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account
from billing.models import MoneyProposal
from billing.services import money_effects, proposals
from billing.services.money_terms import Terms
from desk.selectors import waiting
from sipcabinet.lib import money
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.sent_once import LONGEST

PROPOSE = "billing.add_moneyproposal"
SEEN, EDIT = "seen", "edit"  # of the review's form: the facts that it showed, and the button that leads back
BESIDE = {  # a refusal's code → the field beside which it is shown
    "money.account": "account",
    "money.amount": "amount",
    "money.balance": "amount",
    "money.debt": "amount",
    "money.left": "amount",
    "money.document": "document_number",
    "money.document_date": "document_date",
    "money.payment": "payment",
    "money.reason": "reason",
    "correction.no_reason": "reason",
    "correction.long_reason": "reason",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the page of a change shows. `facts`: what it is about; `hints`: what to know before; `button`: the action
    in words; `refusal`: why nothing can be done, then there is no form; `preview`: the URL of a PDF of the review;
    `next_url`: where a change that is carried out leads, else to its own page."""

    title: str
    account: Account | None
    button: str
    facts: Sequence[tuple[str, Any]]
    form: forms.Form
    terms: Callable[[dict[str, Any]], Terms]
    back_url: str
    next_url: str = ""
    hints: Sequence[str] = ()
    refusal: str = ""
    preview: str = ""
    template: str = "desk/money/step.html"
    context: dict[str, Any] = field(default_factory=dict)


def carry_out(request: HttpRequest, step: Step) -> HttpResponse:
    """Shows the form; a valid form is reviewed; a review that is sent, and still true, is carried out or proposed.

    A DomainError is shown beside its field, what was typed is kept, and nothing is written.
    """
    form, context = step.form, dict[str, Any]()
    if (done := _known(request)) is not None:
        return _leave(request, done, step.next_url)
    if form.is_bound and not step.refusal and form.is_valid() and EDIT not in request.POST:
        by = Actor.of(request, token=form.cleaned_data["token"])
        try:
            terms = step.terms(form.cleaned_data)
            found = money_effects.rehearse(terms, by)
            if request.POST.get(SEEN) == found.mark:
                return _leave(request, proposals.propose(terms=terms, by=by), step.next_url)
            context = {"review": found, "is_stale": SEEN in request.POST, "terms": terms}
        except DomainError as refusal:
            beside = BESIDE.get(refusal.code)
            form.add_error(beside if beside in form.fields else None, refusal.message)
    context |= {**admin.site.each_context(request), "title": step.title, "step": step, "form": form, **step.context}
    context |= {"back_url": step.back_url, "limit": settings.SECOND_PERSON_LIMIT}
    context |= {"limit_days": settings.SECOND_PERSON_DAYS.days}
    return TemplateResponse(request, step.template, context)


def form_data(request: HttpRequest) -> Any:
    """The data of a step's form; None before it is sent."""
    return request.POST if request.method == "POST" else None


def _known(request: HttpRequest) -> MoneyProposal | None:
    """The proposal that this very form has made before: a form sent twice shows it again."""
    token = request.POST.get("token", "")[:LONGEST]
    return proposals.of_form(Actor.of(request, token=token)) if token else None


def _leave(request: HttpRequest, row: MoneyProposal, next_url: str) -> HttpResponse:
    told = {"what": row.get_kind_display(), "amount": money.show_byn(row.amount)}
    if row.is_waiting:
        messages.info(request, _("Ждёт второго сотрудника: %(what)s, %(amount)s. Пока ничего не изменилось.") % told)
    else:
        messages.success(request, _("Проведено: %(what)s, %(amount)s.") % told)
    waiting.forget()
    return redirect("admin:desk_proposal", row.pk) if row.is_waiting or not next_url else redirect(next_url)
