"""Return an overpayment, or write off a bad debt (4.12)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.models import Account
from billing.models import Payment, ProposalKind
from billing.selectors import adjustments, balance
from billing.selectors.balance import ZERO
from billing.services.money_terms import Terms
from desk.forms.money import RefundForm, WriteOffForm
from desk.links import of_customer
from desk.views.money import found
from desk.views.money.step import Step, carry_out, form_data
from sipcabinet.lib import money

MOST_PAYMENTS = 20  # the newest ones, of which the form offers one to be returned


def refund(request: HttpRequest, pk: int) -> HttpResponse:
    """An overpayment goes back to the payer by a payment order of the operator's bank."""
    account = found.account(pk)
    now = balance.balance(account)
    form = RefundForm(form_data(request), payments=_payments(account), initial={"amount": max(now, ZERO)})

    def terms(told: dict[str, Any]) -> Terms:
        return Terms(
            kind=ProposalKind.REFUND, account=account, payment=told["payment"], amount=told["amount"],
            document_number=told["document_number"].strip(), document_date=told["document_date"],
            reason=told["reason"],
        )  # fmt: skip

    step = Step(
        title=_("Вернуть переплату"),
        account=account,
        button=_("Вернуть переплату"),
        facts=_facts(account),
        hints=[
            _("Деньги отправляет банк: проведите здесь то платёжное поручение, которым вы их вернули."),
            _("Списание в выписке банка с этой суммой и номером свяжется с возвратом само."),
        ],
        form=form,
        terms=terms,
        back_url=f"{of_customer(account.customer_id)}#accounts",
        refusal="" if now > 0 else _("Переплаты на лицевом счёте нет."),
    )
    return carry_out(request, step)


def write_off(request: HttpRequest, pk: int) -> HttpResponse:
    """A debt that will not be paid is written off by an order of the operator."""
    account = found.account(pk)
    owed = balance.to_pay(account)
    form = WriteOffForm(form_data(request), initial={"amount": owed})

    def terms(told: dict[str, Any]) -> Terms:
        return Terms(
            kind=ProposalKind.WRITE_OFF, account=account, amount=told["amount"],
            document_number=told["document_number"].strip(), document_date=told["document_date"],
            reason=told["reason"],
        )  # fmt: skip

    step = Step(
        title=_("Списать долг"),
        account=account,
        button=_("Списать долг"),
        facts=_facts(account),
        hints=[_("Списание погасит самые старые документы и учтётся сегодняшним днём.")],
        form=form,
        terms=terms,
        back_url=f"{of_customer(account.customer_id)}#accounts",
        refusal="" if owed else _("Долга на лицевом счёте нет."),
    )
    return carry_out(request, step)


def _facts(account: Account) -> list[tuple[str, Any]]:
    return [
        (_("Лицевой счёт"), account.number),
        (_("Клиент"), account.customer.name),
        (_("Баланс"), money.show_byn(balance.balance(account))),
    ]


def _payments(account: Account) -> list[Payment]:
    """The newest payments of which something is left."""
    rows = adjustments.with_left(Payment.objects.filter(account=account)).filter(left__gt=0)
    return list(rows.order_by("-received_on", "-pk")[:MOST_PAYMENTS])
