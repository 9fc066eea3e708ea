"""«Начисления за период»: asks for the month, shows its charges, exports them as a file (3.5)."""

from collections.abc import Collection
from dataclasses import dataclass

import structlog
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import visitor
from accounts.models import Account
from sipcabinet.lib import money
from sipcabinet.lib.charts.bars import Amount, BarsChart
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from sipcabinet.lib.sheets import responses
from subscribers import charge_rows, sheets
from subscribers.charge_rows import Column, Row
from subscribers.charges import ChargeKind, ChargeLine, Charges
from subscribers.forms.charges import ChargesForm
from subscribers.models import Subscriber
from subscribers.selectors import calls, charges
from subscribers.selectors.charges import TrunkSum
from subscribers.views import chosen

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Counted:
    charges: Charges
    trunk_sum: TrunkSum | None = None


@login_required
@require_safe
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the month; when it is given, shows the charges."""
    account = visitor.of(request).account
    subscriber, calls_known = chosen.choose_with_calls_or_404(request, account, pk)
    asked = request.GET if "month" in request.GET else None
    form = ChargesForm(subscriber, asked, compact=True)
    if not form.is_valid():
        return _ask(request, subscriber, ChargesForm(subscriber, asked))
    month: Month = form.cleaned_data["month"]
    try:
        counted = _counted(account, subscriber, month)
    except DomainError as refusal:
        return _unknown(request, subscriber, month, refusal)
    context = {
        "subscriber": subscriber,
        "chosen_subscriber": subscriber,
        "month": month,
        "running": month == Month.current(),
        "calls_known": calls_known,
        "filters": form,
        "charges": counted.charges,
        "vat_rate": money.show_percent(counted.charges.vat_percent),
        "free": [line for line in counted.charges.lines if line.is_free],
        "trunk_sum": counted.trunk_sum,
        "chart": _chart(counted.charges),
        "charge_rows": _rows(subscriber, counted.charges),
    }
    return render(request, "subscribers/charges.html", context)


@login_required
@require_safe
def export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The charges of the month as XLSX or CSV."""
    account, subscriber = chosen.of_visitor_or_404(request, pk)
    extension = responses.extension_or_404(request)
    form = ChargesForm(subscriber, request.GET)
    if not form.is_valid():
        return _ask(request, subscriber, form)
    month: Month = form.cleaned_data["month"]
    try:
        counted = charges.of_subscriber(account, subscriber, month)
    except DomainError as refusal:
        return _unknown(request, subscriber, month, refusal)
    sheet = sheets.charges(account, subscriber, counted)
    rows = map(sheets.charge_row, counted.lines)
    return responses.attachment(sheets.charges_file_name(subscriber, counted), extension, sheet, rows)


def _counted(account: Account, subscriber: Subscriber, month: Month) -> _Counted:
    if subscriber.is_trunk:
        return _Counted(*charges.of_trunk(account, subscriber, month))
    return _Counted(charges.of_subscriber(account, subscriber, month))


def _ask(request: HttpRequest, subscriber: Subscriber, form: ChargesForm) -> HttpResponse:
    context = {"subscriber": subscriber, "chosen_subscriber": subscriber, "form": form, "form_method": "get"}
    return render(request, "subscribers/charges_period.html", context)


def _unknown(request: HttpRequest, subscriber: Subscriber, month: Month, refusal: DomainError) -> HttpResponse:
    """The page for a missing price in the catalogue: the operator's error, so it is logged; no wrong sum is shown."""
    log.error("charges.unknown", subscriber_id=subscriber.pk, month=month.code, code=refusal.code)
    context = {"subscriber": subscriber, "chosen_subscriber": subscriber, "month": month, "refusal": refusal}
    return render(request, "subscribers/charges_unknown.html", context)


def _rows(subscriber: Subscriber, counted: Charges) -> SafeString:
    """The table's bodies and foot: each group without what is free; a group of one line has no sums of its own."""
    second, seen = Column(_("За что"), "muted", "wide"), calls.months()
    bodies = []
    for group in counted.groups:
        if paid := group.paid:
            rows = (_row(subscriber, counted.month, line, seen) for line in paid)
            bodies.append(charge_rows.group(group.title, group.taxed if len(paid) > 1 else None, rows, second))
    return SafeString("".join([*bodies, charge_rows.foot(counted.taxed)]))


def _row(subscriber: Subscriber, month: Month, line: ChargeLine, seen: Collection[Month]) -> Row:
    """`seen`: months whose calls may be seen."""
    made_in, url = line.month or month, ""
    if line.kind is ChargeKind.CALLS and made_in in seen:
        url = charge_rows.calls_url(subscriber.pk, line.key, made_in=made_in, charged_in=month)
    return Row(line.name, line.detail, line, url, badge=_("поступили позже") if line.late_of else "")


def _chart(counted: Charges) -> BarsChart:
    """The chart: fees by group and calls by destination, with VAT."""
    names = {"out": _("Абонентская плата и услуги"), "in": _("Звонки")}
    fees = [Amount(group.title, group.gross, "out") for group in counted.groups if group.kind is not ChargeKind.CALLS]
    made = [Amount(_bar(line), line.gross, "in") for line in counted.lines if line.kind is ChargeKind.CALLS]
    return BarsChart.of([*fees, *made], names)


def _bar(line: ChargeLine) -> str:
    """The bar's label; late calls get their month, to differ from the month's own calls to the same destination."""
    return f"{line.name}, {line.month.label}" if line.month else line.name
