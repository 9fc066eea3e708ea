"""«Начисления за текущий период»: the charges, and the preliminary invoice of the account or of a list (2.3.5)."""

from collections.abc import Iterable

import structlog
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import visitor
from accounts.actor import Actor
from accounts.visitor import Visitor
from billing.forms.documents import PreliminaryForm
from billing.selectors import current_charges, order_bounds
from billing.selectors.current_charges import CurrentCharges
from billing.selectors.invoice_lines import SubscriberSum
from billing.services import preliminary
from billing.services.order_bounds import BoundError
from billing.views import bounds
from sipcabinet.lib import money, phones
from sipcabinet.lib.charts import grouped
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.keyset import Page
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import ask
from sipcabinet.lib.templates import urls
from subscribers import charge_rows
from subscribers.charge_rows import Column, Row
from subscribers.models import PlanKind
from subscribers.selectors import completeness

log = structlog.get_logger(__name__)

PAGE_SIZE = 25


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The charges so far and the form of the preliminary invoice; «Далее» orders it and redirects to the order's
    page."""
    who, month = visitor.of(request), Month.current()
    if request.method != "POST":
        ask(order_bounds.asks(who.account), completeness.asks(who.account))
    try:
        found = current_charges.counted(who.account, month)
    except DomainError as refusal:
        return _unknown(request, who, month, refusal)
    form = PreliminaryForm(request.POST if request.method == "POST" else None, account=who.account, month=month)
    if found.charges and form.is_valid() and (answer := _place(request, who, form)):
        return answer
    allowed, page = order_bounds.of(who.account), _page(found, request)
    context = {
        "form": form,
        "charges": found,
        "month": month,
        "calls_known": completeness.of(who.account),
        "vat_rate": money.show_percent(found.vat_percent),
        "page": page,
        "group_rows": _group_rows(found),
        "subscriber_rows": _subscriber_rows(page.rows, month),
        "recipient": who.account.cabinet_email,
        "cancel_url": reverse("billing:invoices"),
        **bounds.context(allowed),
    }
    return render(request, "billing/current_charges.html", context)


def _place(request: HttpRequest, who: Visitor, form: PreliminaryForm) -> HttpResponse | None:
    try:
        order = preliminary.place(
            account=who.account,
            subscriber_ids=form.subscriber_ids,
            by=Actor.of(request, token=form.cleaned_data["token"]),
        )
    except BoundError as refusal:
        return bounds.refused(request, _("Предварительный счёт на E-mail"), refusal)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return None
    return redirect(reverse("billing:order", args=[order.number]) + "?placed=1")


def _unknown(request: HttpRequest, who: Visitor, month: Month, refusal: DomainError) -> HttpResponse:
    """The catalogue lacks a price. This is the operator's error, so it is logged; no sum is shown instead of a wrong
    one."""
    log.error("charges.unknown", account_id=who.account.pk, month=month.code, code=refusal.code)
    return render(request, "billing/current_charges_unknown.html", {"month": month, "refusal": refusal})


def _group_rows(found: CurrentCharges) -> SafeString:
    """The charges by kind, with the sum of all; a group of one line has no sums of its own."""
    second = Column(_("Номеров"), "num")
    bodies = []
    for group in found.groups:
        rows = (Row(line.title, grouped(line.subscribers), line) for line in group.lines)
        bodies.append(charge_rows.group(group.title, group if len(group.lines) > 1 else None, rows, second))
    return SafeString("".join([*bodies, charge_rows.foot(found)]))


def _subscriber_rows(found: Iterable[SubscriberSum], month: Month) -> SafeString:
    second, asked = Column(_("Тарифный план"), role="plain"), f"?month={month.code}"
    kinds = {kind.value: str(kind.label) for kind in PlanKind}  # translated once
    rows = (
        Row(
            phones.display(one.subscriber.phone),
            kinds[one.subscriber.kind],
            one,
            urls.url("subscribers:charges", [one.subscriber.pk]) + asked,
            note=one.subscriber.label or None,
        )
        for one in found
    )
    return charge_rows.html(rows, second, link_css="nw")


def _page(found: CurrentCharges, request: HttpRequest) -> Page[SubscriberSum]:
    """A page of the list. All charges are counted at once, so the page's token is a position in the list."""
    count = len(found.charges)
    asked = request.GET.get("onward") or request.GET.get("back") or ""
    start = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 8 else 0
    start = start if start < count else 0
    back = str(max(0, start - PAGE_SIZE)) if start else ""
    onward = str(start + PAGE_SIZE) if start + PAGE_SIZE < count else ""
    rows = current_charges.by_subscriber(found, slice(start, start + PAGE_SIZE))
    return Page(rows, back=back, onward=onward)
