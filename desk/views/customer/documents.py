"""Send an invoice again, and make an акт сверки."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.actor import Actor
from accounts.models import Account, User
from accounts.services import audit
from billing.forms.reconciliation import ReconciliationForm
from billing.models import Invoice
from billing.reports import reconciliation as report
from billing.selectors import delivery, payments_known, reconciliation
from billing.services import mailings
from desk.forms.customer import ConfirmForm
from desk.views.customer import found
from desk.views.customer.step import Step, back, carry_out
from sipcabinet.lib import money, pdf, requests
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.sheets import responses

FORMATS = ("pdf", "xlsx")


def send_invoice(request: HttpRequest, pk: int, invoice_pk: int) -> HttpResponse:
    """Sends an invoice again to the addresses of its delivery."""
    customer = found.customer_of(request, pk)
    invoice = found.invoice_of(customer, invoice_pk)
    way = delivery.way(delivery.current(invoice.account))

    def work(by: Actor, _told: dict[str, Any]) -> str:
        if by.user is None:
            raise PermissionDenied
        mailing = mailings.of(invoice=invoice)
        sent = mailings.resend(mailing=mailing, user=by.user, address=by.address)
        where = ", ".join(letter.recipient for letter in sent)
        return _("Счёт № %(number)s отправляется: %(where)s") % {"number": invoice.number, "where": where}

    step = Step(
        title=_("Отправить счёт ещё раз"),
        button=_("Отправить счёт"),
        facts=[
            (_("Счёт"), _("№ %(number)s за %(month)s") % {"number": invoice.number, "month": invoice.period.label}),
            (_("Сумма"), money.show_byn(invoice.total)),
            (_("Лицевой счёт"), invoice.account.number),
            (_("Доставка счетов"), way),
        ],
        effect=[_("Тот же файл уйдёт новым письмом на каждый адрес доставки. Суммы и срок оплаты не изменятся.")],
        refusal=_why_not(invoice, by_email=way.by_email),
        section="money",
        form=ConfirmForm,
    )
    return carry_out(request, customer, step, work)


def _why_not(invoice: Invoice, *, by_email: bool) -> str:
    if not by_email:
        return _("Клиент получает счета сам: адресов доставки нет. Скачайте файл на странице счёта.")
    try:
        mailings.of(invoice=invoice)
    except DomainError as refusal:
        return refusal.message
    return ""


@require_safe
def act(request: HttpRequest, pk: int, account_pk: int) -> HttpResponseBase:
    """Акт сверки: asks for the period, shows it, and gives it as PDF or XLSX. A downloaded file is audited."""
    customer = found.customer_of(request, pk)
    account = found.account_of(customer, account_pk)
    form = ReconciliationForm(request.GET if {"start", "end"} & request.GET.keys() else None)
    context = {**admin.site.each_context(request), "title": _("Акт сверки"), "form": form, "account": account}
    context |= {"customer": customer, "back_url": back(customer, "accounts")}
    if form.is_valid():
        shown = reconciliation.of(account, form.cleaned_data["start"], form.cleaned_data["end"])
        if request.GET.get("format") in FORMATS:
            return _file(request, account, shown)
        context |= {"found": shown, "payments_known": payments_known.of_statements()}
    return TemplateResponse(request, "desk/customer/reconciliation.html", context)


def _file(request: HttpRequest, account: Account, shown: reconciliation.Reconciliation) -> HttpResponseBase:
    name = report.file_name(shown)
    summary = _("Скачан документ: %(what)s") % {"what": name}
    if not isinstance(request.user, User):
        raise PermissionDenied
    with transaction.atomic():
        audit.record(
            account=account,
            user=request.user,
            action="document.read",
            summary=summary,
            details={"start": str(shown.start), "end": str(shown.end)},
            address=requests.client_address(request),
        )
    if request.GET["format"] == "pdf":
        return pdf.attachment(name, report.document(account, shown))
    return responses.attachment(name, "xlsx", report.sheet(account, shown), report.rows(shown))
