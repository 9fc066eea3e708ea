"""«Счета»: all invoices of the account, one invoice, the charges of a line, and files (2.3, 4.7)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import visitor
from accounts.models import Account
from billing.models import Correction, Invoice, InvoiceFileKind
from billing.reports import invoice_documents
from billing.selectors import corrections, debts, delivery, invoice_lines, invoices
from billing.selectors.balance import ZERO
from billing.selectors.invoice_lines import InvoiceLine
from billing.selectors.invoices import DebtView, InvoiceView
from billing.services import invoice_files
from billing.views import files, invoice_rows
from billing.views.numbered import invoice_or_404
from sipcabinet.lib import money, pdf, phones, requests
from sipcabinet.lib.charts import grouped
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import ask
from sipcabinet.lib.templates import urls
from subscribers import charge_rows
from subscribers.charge_rows import Column, Row
from subscribers.charges import ChargeKind
from subscribers.models import Charge
from subscribers.selectors import calls


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """A year of invoices with their actions, and the months whose invoices are still expected."""
    account = visitor.of(request).account
    owed = debts.of(account)
    issued = invoices.views(account, owed)
    years = sorted({view.month.year for view in issued}, reverse=True)
    year = _year(request, years)
    rows, token = [view for view in issued if view.month.year == year], get_token(request)
    context = {
        "account": account,
        "years": years,
        "year": year,
        "rows": rows,
        "invoice_rows": invoice_rows.html(rows, token),
        "csrf_token": token,
        "awaited": invoices.awaited(account, issued),
        "to_pay": sum((one.unpaid for one in owed), ZERO),
        "unpaid": [one for one in owed if not one.is_paid],
        "others": invoices.others(owed),
    }
    return render(request, "billing/invoices/index.html", context)


@login_required
@require_safe
def detail(request: HttpRequest, invoice_number: str) -> HttpResponse:
    """One invoice: facts, balances, lines, corrections, act, files."""
    account = visitor.of(request).account
    view = invoice_or_404(request, invoice_number)
    ask(
        invoice_lines.asks(view.invoice),
        corrections.of_invoice_asks(account, view.invoice),
        delivery.of_invoice_asks(account, view.invoice),
    )
    context = {
        "view": view,
        "invoice": view.invoice,
        "line_rows": _line_rows(view.invoice),
        "corrections": _corrections(account, view),
        "delivery": delivery.of_invoice(account, view.invoice),
        "vat_rate": money.show_percent(view.invoice.vat_percent),
        "contract_date": date.fromisoformat(view.invoice.parties["contract_date"]),
    }
    return render(request, "billing/invoices/detail.html", context)


@login_required
@require_safe
def line(request: HttpRequest, invoice_number: str, line_kind: str, line_key: int) -> HttpResponse:
    """The charges of a line, subscriber by subscriber; calls link to 3.6."""
    view = invoice_or_404(request, invoice_number)
    found = requests.or_404(invoice_lines.line(view.invoice, line_kind, line_key, _late_of(request)))
    asked = {name: request.GET.get(name, "") for name in ("onward", "back")}
    page = invoice_lines.page_of_line(view.invoice, found, **asked)
    context = {
        "invoice": view.invoice,
        "month": view.month,
        "line": found,
        "page": page,
        "shown": _shown(len(page.rows), found.subscribers),
        "line_rows": _charge_rows(view, found, page.rows),
    }
    return render(request, "billing/invoices/line.html", context)


@login_required
@require_safe
def file(request: HttpRequest, invoice_number: str, file_kind: str) -> HttpResponseBase:
    """A file of the invoice, created at the first request."""
    view = invoice_or_404(request, invoice_number)
    if file_kind not in InvoiceFileKind.values:
        raise Http404
    issued = invoice_files.file_of(invoice=view.invoice, kind=InvoiceFileKind(file_kind))
    return files.download_of(request, issued)


@login_required
@require_safe
def correction(request: HttpRequest, correction_number: str) -> HttpResponseBase:
    """The correction as PDF; every request gives the same bytes."""
    found = requests.or_404(corrections.by_number(visitor.of(request).account, correction_number))
    name = _("Корректировка № %(number)s") % {"number": found.number}
    return pdf.attachment(name, invoice_documents.correction(found))


def _line_rows(invoice: Invoice) -> SafeString:
    """The invoice's lines by group, with its sum; each line leads to its charges."""
    second = Column(_("Номеров"), "num")
    bodies = [
        charge_rows.group(group.title, group, [_line_row(invoice, line) for line in group.lines], second)
        for group in invoice_lines.groups(invoice)
    ]
    return SafeString("".join([*bodies, charge_rows.foot(invoice)]))


def _line_row(invoice: Invoice, line: InvoiceLine) -> Row:
    url = urls.url("billing:invoice_line", [invoice.number, line.kind.value, line.key])
    if line.late_month:
        url += f"?late={line.late_month.code}"
    return Row(line.title, grouped(line.subscribers), line, url)


def _charge_rows(view: InvoiceView, line: InvoiceLine, charges: Iterable[Charge]) -> SafeString:
    """The charges of a line by subscriber, with its sum; calls that may be seen lead to them."""
    made_in: Any = line.late_month or view.month
    seen = line.kind is ChargeKind.CALLS and made_in in calls.months()
    rows = (
        Row(
            phones.display(one.subscriber.phone),
            one.detail or ("" if seen else "—"),
            one,
            urls.url("subscribers:detail", [one.subscriber_id]),
            charge_rows.calls_url(one.subscriber_id, line.key, made_in=made_in, charged_in=view.month) if seen else "",
            note=one.subscriber.label,
        )
        for one in charges
    )
    body = charge_rows.html(rows, Column(_("За что"), role="plain"))
    return SafeString(f"<tbody>\n{body}</tbody>\n{charge_rows.foot(line, _('Итого по строке'))}")


def _corrections(account: Account, view: InvoiceView) -> list[tuple[Correction, DebtView | None]]:
    """Each correction of the invoice; a correction upwards with its debt, else None."""
    owed = {one.debt.correction_id: DebtView(one) for one in view.corrections}
    return [(one, owed.get(one.pk)) for one in corrections.of_invoice(account, view.invoice)]


def _year(request: HttpRequest, years: list[int]) -> int | None:
    asked = request.GET.get("year", "")
    return next((year for year in years if str(year) == asked), years[0] if years else None)


def _late_of(request: HttpRequest) -> date | None:
    code = request.GET.get("late")
    if code is None:
        return None
    try:
        return Month.parse(code).first_day
    except ValueError:
        raise Http404 from None


def _shown(count: int, whole: int) -> str:
    """How many rows are shown of all; empty if all are shown."""
    if count == whole:
        return ""
    return _("Показано абонентов: %(count)d из %(whole)s") % {"count": count, "whole": grouped(whole)}
