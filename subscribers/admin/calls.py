"""Calls of any subscriber, for staff. Django's admin does not support composite keys, so this is a separate page."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib import clock, money, staff
from sipcabinet.lib.look_kinds import LookKind
from sipcabinet.lib.periods import Month
from subscribers import callers, dialled
from subscribers.admin import pages
from subscribers.models import CallDirection, CallOutcome, Subscriber
from subscribers.selectors import desk

NAME = "subscribers_calls"


def _months() -> list[tuple[str, str]]:
    kept = Month.current().last(settings.CALL_KEEPING_MONTHS + 1)
    return [(month.code, month.label) for month in kept]


class SearchForm(forms.Form):
    """Whose calls to show, and of which month."""

    phone = forms.CharField(
        label=gettext_lazy("Номер абонента"), max_length=40, required=False, help_text=gettext_lazy("Целиком или часть")
    )
    month = forms.ChoiceField(label=gettext_lazy("Месяц"), choices=_months, required=False)
    direction = forms.ChoiceField(
        label=gettext_lazy("Вид"), choices=[("", gettext_lazy("все")), *CallDirection.choices], required=False
    )
    subscriber = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)


def view(request: HttpRequest) -> HttpResponse:
    """The search, the choice between several subscribers of the number, and a keyset page of calls."""
    form = SearchForm(request.GET or None)
    context: dict[str, Any] = {**admin.site.each_context(request), "title": _("Звонки"), "form": form}
    if form.is_valid():
        context |= _found(request, form.cleaned_data)
    return TemplateResponse(request, "admin/subscribers/calls.html", context)


def _found(request: HttpRequest, wanted: dict[str, Any]) -> dict[str, Any]:
    candidates = desk.candidates(wanted["phone"])
    if wanted["subscriber"]:
        candidates = [one for one in candidates if one.pk == wanted["subscriber"]]
    if len(candidates) != 1:
        return {"candidates": candidates, "searched": bool(wanted["phone"])}
    month = Month.parse(wanted["month"]) if wanted["month"] else Month.current()
    page = desk.calls(
        candidates[0],
        month,
        direction=wanted["direction"],
        onward=request.GET.get("onward", ""),
        back=request.GET.get("back", ""),
    )
    _look(request, candidates[0], month)
    rows = [_row(call, request.user) for call in page.rows]
    return {"subscriber": candidates[0], "month": month, "page": page, "rows": rows}


def _look(request: HttpRequest, subscriber: Subscriber, month: Month) -> None:
    """Records whose calls the page shows, and of which month (4.10)."""
    summary = _("Звонки: %(who)s, %(month)s") % {"who": subscriber, "month": month.label}
    subject = f"{subscriber._meta.label_lower}:{subscriber.pk}:{month.code}"
    cast("staff.Desk", admin.site).look(request, LookKind.CALLS, subject, summary, [subscriber.account])


def _row(call: dict[str, Any], user: Any) -> dict[str, Any]:
    """A call as a row of the table; the other party is masked for staff who may not see dialled numbers."""
    return {
        "moment": f"{clock.minsk(call['started_at']):%d.%m.%Y, %H:%M:%S}",
        "direction": CallDirection(call["direction"]).label,
        "other_party": dialled.shown(call["other_party"], user) or "—",
        "caller": callers.words(call["caller"]),
        "destination": call["destination__name"] or "—",
        "outcome": CallOutcome(call["outcome"]).label,
        "duration": call["duration"],
        "talk": call["talk_seconds"],
        "billed": call["billed_seconds"],
        "included": call["included_seconds"],
        "price": money.show_price(call["price_per_minute"]),
        "cost": money.show(call["cost"], 4),
        "call_id": call["call_id"],
        "import_id": call["call_import_id"],
        "file": call["call_import__file_name"],
    }


pages.add(NAME, "calls", gettext_lazy("Звонки"), "view_callrecord", view)
