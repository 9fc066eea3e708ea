"""A credit in suspense at the desk: likely accounts with their effects, ways to settle it (4.6, 4.12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor
from accounts.models import Account, User
from billing.models import SuspensePayment
from billing.selectors import suspense
from billing.services import money_effects, payments
from billing.services.money_effects import Effect
from desk.forms.suspense import OtherAccountForm
from desk.selectors import likely_accounts, waiting
from desk.selectors.likely_accounts import Likely
from sipcabinet.lib import money, staff
from sipcabinet.lib.errors import DomainError

QUEUE, DECIDE = "suspense", "billing.change_suspensepayment"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A likely account, and the effect that booking the credit there has now."""

    likely: Likely
    effect: Effect

    @property
    def effects(self) -> list[Effect]:
        return [self.effect]

    @property
    def mark(self) -> str:
        """What the button sends: the account, and a mark of the effect that was shown."""
        return f"{self.likely.account.pk}:{money_effects.mark_of([self.effect])}"


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a credit. `?account=` shows the effect on an account; a POST with `book` or `same` settles it."""
    row = _row(pk)
    if request.method == "POST":
        try:
            done = _settle(request, row)
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return redirect("admin:desk_suspense", pk)
        if done:
            messages.success(request, done)
            waiting.forget()
            return redirect(staff.next_in_queue(QUEUE, pk))
    return _show(request, row, is_stale=request.method == "POST")


def _settle(request: HttpRequest, row: SuspensePayment) -> str:
    """What was done; empty if the effect is not the one that was shown. Raises DomainError."""
    by = Actor.of(request)
    user = cast("User", request.user)
    if "same" in request.POST:
        payments.settle_as_same(suspense=row, staff=user, address=by.address)
        return _("Записано: это тот же платёж, второй раз он не зачислен")
    chosen = request.POST.get("book", "").partition(":")[0]
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 19):
        return ""
    account = Account.objects.select_related("customer").filter(pk=int(chosen)).first()
    if account is None:
        return ""
    now = _candidate(Likely(account, []), row, user)
    if now.mark != request.POST["book"]:
        return ""
    payment = payments.resolve(suspense=row, account=account, staff=user, address=by.address)
    return _("Платёж зачислен на лицевой счёт %(number)s") % {"number": payment.account.number}


def _show(request: HttpRequest, row: SuspensePayment, *, is_stale: bool) -> HttpResponse:
    user = cast("User", request.user)
    form = OtherAccountForm(request.GET if "account" in request.GET else None)
    proposal = row.refunds.filter(state="waiting").select_related("proposed_by").first()
    may_decide = row.resolved_at is None and proposal is None
    chosen: Account | None = form.cleaned_data["account"] if form.is_valid() else None
    candidates = list(_candidates(row, chosen, user)) if may_decide else []
    shown = next((one for one in candidates if one.likely.account == chosen), next(iter(candidates), None))
    like = suspense.resembled(row)
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Платёж %(sum)s: %(payer)s") % {"sum": money.show_byn(row.amount), "payer": row.payer_name or "—"},
        "queue_name": QUEUE,
        "row": row,
        "form": form,
        "candidates": candidates,
        "shown": shown,
        "proposal": proposal,
        "like": like,
        "like_words": suspense.describe(like) if like else "",
        "is_stale": is_stale,
        "refund": row.refunds.filter(state="done").select_related("decided_by").first(),
        "debit": row.returns.filter(state="waiting").first() if may_decide else None,
        "has_errors": bool(form.errors),
    }
    return TemplateResponse(request, "desk/money/suspense.html", context)


def _candidates(row: SuspensePayment, chosen: Account | None, user: User) -> Iterator[Candidate]:
    """The chosen account first if it is not among the likely ones."""
    found = likely_accounts.of(row)
    if chosen is not None and all(one.account != chosen for one in found):
        found.insert(0, Likely(chosen, [likely_accounts.Reason(0, _("выбран вами"))]))
    for one in found:
        yield _candidate(one, row, user)


def _candidate(one: Likely, row: SuspensePayment, user: User) -> Candidate:
    work = partial(payments.resolve, suspense=row, account=one.account, staff=user)
    return Candidate(one, money_effects.effect_of(one.account, work))


def _row(pk: int) -> SuspensePayment:
    return get_object_or_404(SuspensePayment.objects.select_related("statement", "resolved_by"), pk=pk)
