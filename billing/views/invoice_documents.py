"""«Заказать счёт на E-mail» and «Загрузить счёт по ссылке»: the month, then the order or the link (2.3.1, 2.3.2)."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import visitor
from accounts.actor import Actor
from accounts.models import Account
from billing.forms.documents import InvoiceMonthForm
from billing.models import Invoice, InvoiceFileKind
from billing.selectors import invoices, order_bounds
from billing.services import invoice_files, invoice_links, invoice_orders, mailings
from billing.services.order_bounds import BoundError
from billing.views import bounds, files
from billing.views.numbered import invoice_or_404
from sipcabinet.lib import clock, links, requests, tenancy
from sipcabinet.lib.errors import DomainError


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def by_email(request: HttpRequest) -> HttpResponse:
    """The choice of the month; «Далее» orders its invoice and redirects to the order's page."""
    who = visitor.of(request)
    form = _form(request, who.account)
    if form.is_valid():
        return _order(request, form.invoice, form.cleaned_data["token"])
    allowed = order_bounds.of(who.account)
    if not allowed.may_order:
        return bounds.page(request, _email_title(), allowed, allowed.allowed_at)
    context = {"form": form, "recipient": who.account.cabinet_email, "cancel_url": _back(), "bounds": allowed}
    return render(request, "billing/invoice_by_email.html", context)


@login_required
@require_POST
def email(request: HttpRequest, invoice_number: str) -> HttpResponse:
    """«На E-mail» in the list of invoices: orders any issued invoice with one press."""
    view = invoice_or_404(request, invoice_number)
    return _order(request, view.invoice, "")


@login_required
@require_POST
def resend(request: HttpRequest, invoice_number: str) -> HttpResponse:
    """«Отправить ещё раз» on an invoice's page: sends the invoice to the delivery addresses."""
    who = visitor.of(request)
    view = invoice_or_404(request, invoice_number)
    try:
        mailing = mailings.of(invoice=view.invoice)
        sent = mailings.resend(mailing=mailing, user=who.user, address=requests.client_address(request))
    except BoundError as refusal:
        return bounds.refused(request, _("Отправить счёт ещё раз"), refusal)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        recipients = ", ".join(letter.recipient for letter in sent)
        messages.success(request, _("Письмо поставлено в очередь на %(address)s") % {"address": recipients})
    return redirect("billing:invoice", invoice_number)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest) -> HttpResponse:
    """The choice of the month; «Далее» leads to the page with the link."""
    who = visitor.of(request)
    form = _form(request, who.account)
    allowed = order_bounds.of(who.account)
    if not allowed.may_send:
        status = 409 if request.method == "POST" else 200
        return bounds.page(request, _link_title(), allowed, allowed.send_allowed_at, status=status)
    if not form.is_valid():
        context = {"form": form, "days": settings.LINK_LIFETIME.days, "cancel_url": _back()}
        return render(request, "billing/invoice_by_link.html", context)
    try:
        invoice_links.record(invoice=form.invoice, user=who.user, address=requests.client_address(request))
    except BoundError as refusal:
        return bounds.refused(request, _link_title(), refusal)
    return redirect("billing:invoice_link", form.invoice.number)


@login_required
@require_safe
def link(request: HttpRequest, invoice_number: str) -> HttpResponse:
    """A link to an issued invoice's PDF; each view of the page signs a new link."""
    view = invoice_or_404(request, invoice_number)
    context = {
        "invoice": view.invoice,
        "corrected": view.corrected,
        "link": invoice_links.link_to(view.invoice),
        "link_until": clock.now() + settings.LINK_LIFETIME,
    }
    return render(request, "billing/invoice_link.html", context)


@login_required
@require_safe
def download(request: HttpRequest, invoice_token: str) -> HttpResponseBase:
    """Downloads an invoice's PDF by a signed link. An expired link gives 410, a changed link 404. An invoice of another
    account gives the same 404 as a missing one.
    """
    account = visitor.of(request).account
    try:
        invoice = _invoice(account, links.read(invoice_links.LINK_PURPOSE, invoice_token))
    except links.LinkExpiredError as refusal:
        return files.refused(request, refusal, status=410)
    except links.LinkTamperedError as refusal:
        return files.refused(request, refusal, status=404)
    if invoice is None:
        raise Http404
    return files.download_of(request, invoice_files.file_of(invoice=invoice, kind=InvoiceFileKind.INVOICE))


def _form(request: HttpRequest, account: Account) -> InvoiceMonthForm:
    return InvoiceMonthForm(request.POST if request.method == "POST" else None, months=invoices.months_back(account))


def _invoice(account: Account, pk: str) -> Invoice | None:
    """The account's invoice in a link. The value comes from our signed token, so it is a number."""
    return tenancy.of(account).rows(Invoice).filter(pk=int(pk)).first()


def _order(request: HttpRequest, invoice: Invoice, token: str) -> HttpResponse:
    """Orders the invoice and redirects to the order's page."""
    try:
        order = invoice_orders.place(invoice=invoice, by=Actor.of(request, token=token))
    except BoundError as refusal:
        return bounds.refused(request, _email_title(), refusal)
    return redirect(reverse("billing:order", args=[order.number]) + "?placed=1")


def _email_title() -> str:
    return _("Заказать счёт на E-mail")


def _link_title() -> str:
    return _("Загрузить счёт по ссылке")


def _back() -> str:
    return reverse("billing:invoices")
