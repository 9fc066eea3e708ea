"""Move a payment to another account, or cancel it (4.12)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.models import Payment, ProposalKind, SuspensePayment
from billing.selectors import adjustments
from billing.selectors.payers import Payer, Payers
from billing.services.money_terms import Terms
from desk.forms.money import MoveForm, ReverseForm
from desk.views.money import found
from desk.views.money.step import Step, carry_out, form_data
from sipcabinet.lib import clock, money


def move(request: HttpRequest, pk: int) -> HttpResponse:
    """A payment, or a part of it, was booked on the wrong account."""
    payment = found.payment(pk)
    left = adjustments.left(payment)
    offers = [one for one in _offers(payment) if one.pk != payment.account_id]
    initial = {"amount": left, "account": offers[0].number if len(offers) == 1 else ""}
    form = MoveForm(form_data(request), initial=initial)
    form.fields["account"].label = _("На какой лицевой счёт")

    def terms(told: dict[str, Any]) -> Terms:
        return Terms(
            kind=ProposalKind.MOVE, account=payment.account, payment=payment, to_account=told["account"],
            amount=told["amount"], reason=told["reason"],
        )  # fmt: skip

    hints = [_("По назначению и плательщику похоже на лицевой счёт %(account)s.") % {"account": one} for one in offers]
    step = Step(
        title=_("Перенести платёж на другой лицевой счёт"),
        account=payment.account,
        button=_("Перенести платёж"),
        facts=facts_of(payment),
        hints=hints,
        form=form,
        terms=terms,
        back_url=reverse("admin:billing_payment_change", args=[payment.pk]),
        refusal=_nothing_left(payment),
    )
    return carry_out(request, step)


def reverse_(request: HttpRequest, pk: int) -> HttpResponse:
    """A payment was booked by mistake: no money came."""
    payment = found.payment(pk)
    form = ReverseForm(form_data(request), initial={"amount": adjustments.left(payment)})

    def terms(told: dict[str, Any]) -> Terms:
        return Terms(
            kind=ProposalKind.REVERSAL, account=payment.account, payment=payment, amount=told["amount"],
            reason=told["reason"],
        )  # fmt: skip

    step = Step(
        title=_("Отменить платёж"),
        account=payment.account,
        button=_("Отменить платёж"),
        facts=facts_of(payment),
        hints=_confirmed_by_the_bank(payment),
        form=form,
        terms=terms,
        back_url=reverse("admin:billing_payment_change", args=[payment.pk]),
        refusal=_nothing_left(payment),
    )
    return carry_out(request, step)


def facts_of(payment: Payment) -> list[tuple[str, Any]]:
    """The payment as the page shows it."""
    left = adjustments.left(payment)
    facts: list[tuple[str, Any]] = [
        (_("Платёж"), f"{clock.show_date(payment.received_on)}, {payment.get_source_display()}"),
        (_("Сумма"), money.show_byn(payment.amount)),
    ]
    if left != payment.amount:
        facts.append((_("Осталось"), money.show_byn(left)))
    return [
        *facts,
        (_("Номер документа"), payment.reference or "—"),
        (_("Плательщик"), payment.payer_name or "—"),
        (_("УНП плательщика"), payment.payer_unp or "—"),
        (_("Назначение"), payment.purpose or "—"),
        (_("Зачислен на"), str(payment.account)),
    ]


def _offers(payment: Payment) -> Any:
    """Accounts that the payment may belong to by its purpose and payer."""
    payer = Payer(payment.purpose, payment.payer_unp, payment.payer_iban)
    match = Payers.of([payer]).match(payer)
    return [match.account] if match.account else list(match.offers)


def _nothing_left(payment: Payment) -> str:
    if adjustments.left(payment) > 0:
        return ""
    return _("От этого платежа ничего не осталось: он уже перенесён, отменён или возвращён.")


def _confirmed_by_the_bank(payment: Payment) -> list[str]:
    """A warning where a statement has the money: it came, so it is perhaps another customer's."""
    if payment.statement_id is None and not _same_credit(payment):
        return []
    return [
        _("Эти деньги есть в выписке банка. Если их заплатил другой клиент, перенесите платёж, а не отменяйте."),
        _("Если банк отозвал платёж, решайте в очереди «Возвраты платежей»: списание и отмена свяжутся."),
    ]


def _same_credit(payment: Payment) -> bool:
    return SuspensePayment.objects.filter(is_same=True, resembles=payment.source_key).exists()
