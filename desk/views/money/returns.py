"""A debit of the bank that seems to take a payment back: recalled, a refund, or something else (4.6, 4.12)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account
from billing.models import Payment, PaymentReturn, ProposalKind, ReturnState
from billing.selectors import adjustments, balance, refunds
from billing.selectors.payers import Payer, Payers
from billing.services.money_terms import Terms
from desk.forms.returns import KnownForm, OtherForm, RecalledForm, RefundedForm
from desk.selectors import waiting
from desk.views.money import found
from desk.views.money.step import Step, carry_out, form_data
from sipcabinet.lib import clock, money, staff
from sipcabinet.lib.errors import DomainError

QUEUE, DECIDE = "returns", "billing.change_paymentreturn"
KNOWN, OTHER = "known", "other"
MOST_OFFERED = 20


def one(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a debit: what it may be, and the ways to settle it. POST: `do` says which."""
    row = found.debit(pk)
    known = refunds.like(row) if row.state == ReturnState.WAITING else []
    forms_of = {KNOWN: KnownForm(refunds=known), OTHER: OtherForm()}
    if request.method == "POST":
        act = request.POST.get("do", "")
        if act not in forms_of or not request.user.has_perm(DECIDE):
            raise PermissionDenied
        forms_of[act] = form = KnownForm(request.POST, refunds=known) if act == KNOWN else OtherForm(request.POST)
        if form.is_valid():
            try:
                settled = form.carry_out(row, Actor.of(request))
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, f"{settled}: {settled.get_outcome_display()}")
                waiting.forget()
                return redirect(staff.next_in_queue(QUEUE, row.pk))
        row = found.debit(pk)
    context = admin.site.each_context(request) | {
        "title": _("Списание %(amount)s: %(payer)s")
        % {"amount": money.show_byn(row.amount), "payer": row.payer_name or "—"},
        "queue_name": QUEUE,
        "row": row,
        "form": next((form for form in forms_of.values() if form.errors), forms_of[OTHER]),
        "known": forms_of[KNOWN] if known else None,
        "other": forms_of[OTHER],
        "proposal": row.proposals.filter(state="waiting").select_related("proposed_by").first(),
        "may_decide": request.user.has_perm(DECIDE),
        "has_errors": any(form.errors for form in forms_of.values()),
    }
    return TemplateResponse(request, "desk/money/return.html", context)


def recalled(request: HttpRequest, pk: int) -> HttpResponse:
    """The bank took a payment or a part of it back: this sum of it is cancelled on the day of the debit."""
    row = found.debit(pk)
    payments = _recallable(row)
    form = RecalledForm(form_data(request), payments=payments)

    def terms(told: dict[str, Any]) -> Terms:
        payment: Payment = told["payment"]
        return Terms(
            kind=ProposalKind.REVERSAL, account=payment.account, payment=payment, amount=row.amount,
            payment_return=row, reason=told["reason"],
        )  # fmt: skip

    account = payments[0].account if payments else None
    refusal = _settled(row) or ("" if payments else _("Платежа, от которого осталось столько, сколько списано, нет."))
    step = _step(request, row, _("Платёж отозван банком"), form, terms, account, refusal)
    if any(one.amount > row.amount for one in payments):
        told = {"sum": money.show_byn(row.amount)}
        step = replace(step, hints=[_("Если банк забрал часть платежа, отменится только эта часть: %(sum)s.") % told])
    return carry_out(request, step)


def refunded(request: HttpRequest, pk: int) -> HttpResponse:
    """The debit is the operator's own payment order that returned an overpayment."""
    row = found.debit(pk)
    accounts = _payees(row)
    initial = {"document_number": row.reference, "account": accounts[0].number if len(accounts) == 1 else ""}
    form = RefundedForm(form_data(request), initial=initial)

    def terms(told: dict[str, Any]) -> Terms:
        account: Account = told["account"]
        mine = row.payment if row.payment and row.payment.account_id == account.pk else None
        return Terms(
            kind=ProposalKind.REFUND, account=account, amount=row.amount, payment_return=row,
            payment=mine if mine and adjustments.left(mine) >= row.amount else None,
            document_number=told["document_number"].strip(), document_date=row.returned_on, reason=told["reason"],
        )  # fmt: skip

    account = accounts[0] if accounts else None
    return carry_out(request, _step(request, row, _("Вернули переплату"), form, terms, account, _settled(row)))


def facts_of(row: PaymentReturn) -> list[tuple[str, Any]]:
    """The debit as the bank reports it."""
    return [
        (_("Списано"), f"{money.show_byn(row.amount)}, {clock.show_date(row.returned_on)}"),
        (_("Кому"), row.payer_name or "—"),
        (_("УНП"), row.payer_unp or "—"),
        (_("Счёт"), row.payer_iban or "—"),
        (_("Номер документа"), row.reference or "—"),
        (_("Назначение"), row.purpose or "—"),
    ]


def _step(  # noqa: PLR0917 - the two ways differ in these
    request: HttpRequest, row: PaymentReturn, title: str, form: Any, terms: Any, account: Account | None, refusal: str
) -> Step:
    if not request.user.has_perm(DECIDE):
        raise PermissionDenied
    return Step(
        title=title,
        account=account,
        button=title,
        facts=facts_of(row),
        form=form,
        terms=terms,
        back_url=reverse("admin:desk_return", args=[row.pk]),
        next_url=staff.next_in_queue(QUEUE, row.pk),
        refusal=refusal,
    )


def _settled(row: PaymentReturn) -> str:
    return "" if row.state == ReturnState.WAITING else _("Это списание уже разобрано.")


def _recallable(row: PaymentReturn) -> list[Payment]:
    """Payments with enough left, the newest first: where the money of the found payment is now; or else payments of
    that sum, and after them larger ones of the same payer or account, of which the bank took a part."""
    if row.payment is not None:
        return [one for one in adjustments.holders(row.payment) if one.left >= row.amount]
    is_payee = Q(account__in=_payees(row)) | Q(payer_iban=row.payer_iban) & ~Q(payer_iban="")
    is_part = Q(amount__gt=row.amount)
    rows = Payment.objects.filter(Q(amount=row.amount) | is_part & is_payee, received_on__lte=row.returned_on)
    rows = adjustments.with_left(rows).filter(left__gte=row.amount).select_related("account__customer")
    return list(rows.alias(is_part=is_part).order_by("is_part", "-received_on", "-pk")[:MOST_OFFERED])


def _payees(row: PaymentReturn) -> Sequence[Account]:
    """The accounts that the money may have gone to: that of the found payment, else those of the payee."""
    if row.payment is not None:
        return [row.payment.account]
    payer = Payer(row.purpose, row.payer_unp, row.payer_iban)
    match = Payers.of([payer]).match(payer)
    found_accounts = [match.account] if match.account else list(match.offers)
    return [one for one in found_accounts if balance.balance(one) >= row.amount] or found_accounts
