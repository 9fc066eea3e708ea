"""Calls imported from two sources: lists them, and deletes the copies that staff choose (4.2, 4.4)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account
from sipcabinet.lib import clock, money, phones, staff
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.look_kinds import LookKind
from sipcabinet.lib.periods import Month
from subscribers import dialled
from subscribers.admin import pages
from subscribers.calls import doubles
from subscribers.calls.doubles import TakenOut
from subscribers.models import CallDirection, CallSource
from subscribers.selectors import doubled_calls

NAME = "subscribers_doubled_calls"
MOST_SHOWN = 200
MONTHS = 3  # the current one and earlier ones that may still be open


def _months() -> list[tuple[str, str]]:
    return [(month.code, month.label) for month in Month.current().last(MONTHS)]


class MonthForm(forms.Form):
    """The month that charges the calls."""

    month = forms.ChoiceField(label=gettext_lazy("Месяц"), choices=_months)


class KeepForm(MonthForm):
    """The source whose calls stay."""

    source = forms.ModelChoiceField(
        CallSource.objects.order_by("name"),
        label=gettext_lazy("Оставить звонки источника"),
        empty_label=gettext_lazy("выберите"),
    )


def view(request: HttpRequest) -> HttpResponse:
    """The doubled calls of a month; a POST deletes the copies of all sources but one."""
    if request.method == "POST":
        return _keep(request)
    form = MonthForm(request.GET) if request.GET else MonthForm({"month": Month.current().shift(-1).code})
    context: dict[str, Any] = {**admin.site.each_context(request), "title": _("Повторы звонков"), "form": form}
    if form.is_valid():
        context |= _found(request, Month.parse(form.cleaned_data["month"]))
    return TemplateResponse(request, "admin/subscribers/doubled_calls.html", context)


def _found(request: HttpRequest, month: Month) -> dict[str, Any]:
    found = doubled_calls.of_sources(month)
    _look(request, month, found[:MOST_SHOWN])
    names = {name for call in found for name in call.sources}
    return {
        "month": month,
        "count": len(found),
        "extra": money.show(sum((call.extra for call in found), Decimal(0)), 4),
        "rows": [_row(call, request.user) for call in found[:MOST_SHOWN]],
        "sources": CallSource.objects.filter(name__in=names).order_by("name"),
        "may_act": request.user.has_perm("subscribers.change_callimport"),
    }


def _look(request: HttpRequest, month: Month, calls: Sequence[doubled_calls.DoubledCall]) -> None:
    """Records a look at each account whose calls are shown (4.10)."""
    accounts = Account.objects.filter(pk__in={call.account_id for call in calls})
    summary = _("Повторы звонков за %(month)s") % {"month": month.label}
    desk = cast("staff.Desk", admin.site)
    desk.look(request, LookKind.CALLS, f"subscribers.doubled_calls:{month.code}", summary, accounts)


def _row(call: doubled_calls.DoubledCall, user: Any) -> dict[str, Any]:
    return {
        "moment": f"{clock.minsk(call.started_at):%d.%m.%Y, %H:%M:%S}",
        "phone": phones.display(call.phone),
        "subscriber_id": call.subscriber_id,
        "direction": CallDirection(call.direction).label,
        "other_party": dialled.shown(call.other_party, user) or "—",
        "sources": ", ".join(call.sources),
        "extra": money.show(call.extra, 4),
        "call_id": call.call_id,
    }


def _keep(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("subscribers.change_callimport"):
        raise PermissionDenied
    form = KeepForm(request.POST)
    address = reverse(f"admin:{NAME}")
    if not form.is_valid():
        messages.error(request, _("Выберите месяц и источник, звонки которого остаются"))
        return HttpResponseRedirect(address)
    month, source = Month.parse(form.cleaned_data["month"]), form.cleaned_data["source"]
    try:
        taken = doubles.keep_one(month=month, keep=source)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        _record(request, taken, month, source)
        messages.success(request, _("Убрано повторов: %(count)d") % {"count": sum(taken.calls.values())})
    return HttpResponseRedirect(f"{address}?{urlencode({'month': month.code})}")


def _record(request: HttpRequest, taken: TakenOut, month: Month, source: CallSource) -> None:
    desk = cast("staff.Desk", admin.site)
    for account in Account.objects.filter(pk__in=taken.calls):
        summary = _("Убраны повторы звонков за %(month)s: %(count)d, на %(cost)s BYN без НДС") % {
            "month": month.label, "count": taken.calls[account.pk], "cost": money.show(taken.cost[account.pk], 4),
        }  # fmt: skip
        details = {"month": month.code, "kept": source.name, "calls": taken.calls[account.pk]}
        desk.record(request, account=account, action="call.doubles_removed", summary=summary, details=details)


pages.add(NAME, "doubled-calls", gettext_lazy("Повторы звонков"), "view_callrecord", view)
