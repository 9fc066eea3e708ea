"""«Просмотр детализации»: asks for month and direction, shows the calls, exports them as a file (3.6)."""

from dataclasses import replace

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import visitor
from accounts.models import Account
from accounts.services import looks
from sipcabinet.lib.charts import grouped
from sipcabinet.lib.look_kinds import LookKind
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import ask
from sipcabinet.lib.sheets import responses
from subscribers import call_rows, sheets
from subscribers.forms.calls import CallFilterForm, CallsForm
from subscribers.models import CallDirection, Subscriber
from subscribers.names import DIRECTIONS, NO_DIRECTIONS
from subscribers.selectors import calls, completeness, numbers
from subscribers.selectors.calls import CallTotals, Selection
from subscribers.selectors.completeness import CallsKnown
from subscribers.views import chosen

PERIOD = {"month", "kind"}  # of the query; other fields narrow or lead to another page


@login_required
@require_safe
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for month and direction; when both are given, shows the calls."""
    account, filters = visitor.of(request).account, CallFilterForm(request.GET)
    if (period := filters.period()) is not None:
        _ask_ahead(request, account, pk, *period)
    subscriber, calls_known = chosen.choose_with_calls_or_404(request, account, pk)
    if period is None:
        asked = PERIOD & request.GET.keys()
        return _ask(request, subscriber, CallsForm(request.GET if asked else None))
    whole = Selection(account, subscriber, *period)
    destinations, totals = calls.by_destination(whole)
    filters.offer_places(destinations)
    context = _heading(whole, filters, calls_known)
    if filters.is_valid():
        _note(request, whole)
        selection = calls.looked_up(replace(whole, **filters.narrowing))
        context |= _found(request, selection, calls.totals(selection) if selection.is_narrowed else totals)
    return render(request, "subscribers/calls.html", context)


def _ask_ahead(request: HttpRequest, account: Account, pk: int, month: Month, direction: CallDirection) -> None:
    known = [
        numbers.with_calls_known_asks(account, pk),
        calls.by_destination_asks(account, pk, month, direction),
    ]
    if request.GET.keys() <= PERIOD:
        known.append(calls.page_asks(account, pk, month, direction))
    ask(*known)


def _heading(selection: Selection, filters: CallFilterForm, calls_known: CallsKnown) -> dict[str, object]:
    return {
        "filters": filters,
        "has_errors": bool(filters.errors),
        "subscriber": selection.subscriber,
        "chosen_subscriber": selection.subscriber,
        "month": selection.month,
        "kind": selection.direction.value,
        "kind_name": DIRECTIONS[selection.direction],
        "of_kind": NO_DIRECTIONS[selection.direction],
        "calls_known": calls_known,
    }


def _found(request: HttpRequest, selection: Selection, totals: CallTotals) -> dict[str, object]:
    page = calls.page(selection, onward=request.GET.get("onward", ""), back=request.GET.get("back", ""))
    lines = [call_rows.line(call) for call in page.rows]
    return {
        "narrowed": selection.is_narrowed,
        "page": page,
        "lines": lines,
        "rows": call_rows.html(lines),
        "totals": totals,
        "has_held": any(call.is_held for call in page.rows),
        "shown": _shown(len(page.rows), totals.calls),
    }


@login_required
@require_safe
def export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All pages of the calls selected by the same query, as XLSX or CSV; written within the page's transaction."""
    account, subscriber = chosen.of_visitor_or_404(request, pk)
    extension = responses.extension_or_404(request)
    filters = CallFilterForm(request.GET)
    if (period := filters.period()) is None:
        return _ask(request, subscriber, CallsForm(request.GET))
    whole = Selection(account, subscriber, *period)
    filters.offer_places(calls.destinations(whole))
    if not filters.is_valid():
        return render(request, "subscribers/calls.html", _heading(whole, filters, completeness.of(account)))
    _note(request, whole)
    selection = calls.looked_up(replace(whole, **filters.narrowing))
    sheet = sheets.calls(selection, calls.totals(selection))
    rows = map(sheets.row, calls.stream(selection))
    return responses.attachment(sheets.file_name(selection), extension, sheet, rows)


def _note(request: HttpRequest, selection: Selection) -> None:
    """Whose calls are shown, and of which month (4.10), without what they were narrowed to."""
    subscriber, month = selection.subscriber, selection.month
    summary = _("Звонки: %(who)s, %(month)s") % {"who": subscriber, "month": month.label}
    looks.note(request, LookKind.CALLS, f"{subscriber._meta.label_lower}:{subscriber.pk}:{month.code}", summary)


def _ask(request: HttpRequest, subscriber: Subscriber, form: CallsForm) -> HttpResponse:
    context = {"subscriber": subscriber, "chosen_subscriber": subscriber, "form": form, "form_method": "get"}
    return render(request, "subscribers/calls_period.html", context)


def _shown(count: int, whole: int) -> str:
    if not count:
        return ""
    return _("Показано звонков: %(count)d из %(whole)s") % {"count": count, "whole": grouped(whole)}
