"""The accounts of a calculated month: lists, a file, the PDF of any invoice, and the letters of issued ones (4.7)."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import cast

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Account
from billing.models import AccountDraft, DraftMark, Invoice, InvoiceFileKind, MonthCalculation
from billing.selectors import month_review
from desk.forms.months import DraftsForm
from desk.selectors import month_letters
from desk.views import invoice_draft, months
from notifications.selectors.letters import delivery_of
from sipcabinet.lib import staff
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.look_kinds import LookKind
from sipcabinet.lib.periods import Month
from sipcabinet.lib.sheets import Cell, CellKind, Column, Sheet, responses
from subscribers.charges import GROUPS, ChargeKind


@require_safe
def accounts(request: HttpRequest, code: str) -> HttpResponseBase:
    """The accounts of the newest calculation, by what stands out; with `format` all of them as a file."""
    month = months.month_or_404(code)
    calculation = month_review.newest(month)
    if calculation is None:
        return redirect(months.PAGE, month.code)
    if "format" in request.GET:
        return _file(request, month, calculation)
    form = DraftsForm(request.GET)
    page = month_review.page_of(
        calculation, **form.told, onward=request.GET.get("onward", ""), back=request.GET.get("back", "")
    )
    context = {
        **admin.site.each_context(request),
        "title": _("%(month)s: лицевые счета") % {"month": month.label_title},
        "month": month,
        "months": [month.shift(-2), month.shift(-1), month],
        "calculation": calculation,
        "form": form,
        "page": page,
        "rows": page.rows,
    }
    return TemplateResponse(request, "desk/months/accounts.html", context)


@require_safe
def preview(request: HttpRequest, code: str, account_pk: int) -> HttpResponseBase:
    """The PDF of the account's invoice as it would be issued now; an issued invoice is the file itself."""
    month = months.month_or_404(code)
    months.standing_or_404(month)
    account = get_object_or_404(Account.objects.select_related("customer"), pk=account_pk)
    issued = Invoice.objects.filter(account=account, month=month.first_day).first()
    if issued is not None:
        return redirect("admin:billing_invoice_file", issued.pk, InvoiceFileKind.INVOICE.value)
    try:
        return invoice_draft.answer(request, account, month)
    except DomainError as refusal:
        messages.error(request, f"{account}: {refusal.message}")
        return redirect(months.PAGE, month.code)


@require_safe
def letters(request: HttpRequest, code: str) -> HttpResponse:
    """The invoices of the month by what became of their letters."""
    month = months.month_or_404(code)
    standing = months.standing_or_404(month)
    state = request.GET.get("state", "sent")
    if state not in month_letters.STATES:
        raise Http404
    page = month_letters.page(month, state, onward=request.GET.get("onward", ""), back=request.GET.get("back", ""))
    counts = [(code, label, getattr(standing.letters, code)) for code, label in month_letters.STATES.items()]
    context = {
        **admin.site.each_context(request),
        "title": _("%(month)s: письма со счетами") % {"month": month.label_title},
        "month": month,
        "state": state,
        "counts": counts,
        "page": page,
        "rows": [(row, [(one, delivery_of(one)) for one in row.letters.all()]) for row in page.rows],
    }
    return TemplateResponse(request, "desk/months/letters.html", context)


def _file(request: HttpRequest, month: Month, calculation: MonthCalculation) -> HttpResponseBase:
    extension = responses.extension_or_404(request)
    name = _("Сверка месяца %(month)s") % {"month": month.code}
    cast("staff.Desk", admin.site).look(request, LookKind.FILE, f"review:{month.code}", name)
    return responses.attachment(name, extension, _sheet(month, calculation), _rows(calculation))


def _sheet(month: Month, calculation: MonthCalculation) -> Sheet:
    sums = [Column(str(GROUPS[kind]), CellKind.MONEY, 18) for kind in ChargeKind]
    former = [
        Column(_("%(month)s, с НДС") % {"month": one.label_title}, CellKind.MONEY, 20)
        for one in (month.shift(-1), month.shift(-2))
    ]
    columns = [
        Column(_("Лицевой счёт"), width=14),
        Column(_("Клиент"), width=40),
        *sums,
        Column(_("Без НДС"), CellKind.MONEY, 16),
        Column(_("НДС"), CellKind.MONEY, 14),
        Column(_("Всего"), CellKind.MONEY, 16),
        *former,
        Column(_("Отметка"), width=18),
        Column(_("Почему"), width=50),
    ]
    rest: list[Cell] = [None] * (len(columns) - len(sums) - 5)
    none: list[Cell] = [None] * len(sums)
    totals = [_("Итого"), None, *none, calculation.net, calculation.vat, calculation.total, *rest]
    return Sheet(_("Сверка"), columns, head=[(_("Месяц"), month.label)], totals=totals)


def _rows(calculation: MonthCalculation) -> Iterator[Sequence[Cell]]:
    for row in month_review.every(calculation):
        yield [row.account.number, row.account.customer.name, *_by_kind(row), row.net, row.vat, row.total,
               row.before, row.earlier, str(DraftMark(row.mark).label), row.why]  # fmt: skip


def _by_kind(row: AccountDraft) -> list[Cell]:
    return [Decimal(row.by_kind.get(kind.value, "0")) for kind in ChargeKind]
