"""One number of the pool (4.13): its state and history; reserve it, end a hold before its time."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from desk.forms.pool import EndForm, ReserveForm
from sipcabinet.lib import phones, refusals
from sipcabinet.lib.errors import DomainError
from subscribers.models import HoldKind
from subscribers.selectors import pool
from subscribers.selectors.pool import PoolNumber, PoolState
from subscribers.services import pool as services

RESERVE, END = "subscribers.add_numberhold", "subscribers.change_numberhold"
LENGTH = 12  # digits of a Belarusian number with the country code
ENDS = {
    PoolState.RESERVED: gettext_lazy("Снять резерв"),
    PoolState.QUARANTINE: gettext_lazy("Закончить карантин раньше срока"),
    PoolState.PORTED_OUT: gettext_lazy("Номер вернулся к нам"),
}


def number(request: HttpRequest, digits: int) -> HttpResponse:
    """The page of a number; a POST reserves it or ends its hold (`do`)."""
    phone = f"+{digits}"
    if len(str(digits)) != LENGTH or not str(digits).startswith("375"):
        raise Http404
    found, form = pool.find(phone), None
    if request.method == "POST":
        act, right = (_reserve, RESERVE) if request.POST.get("do") == "reserve" else (_end, END)
        if not request.user.has_perm(right):
            raise PermissionDenied
        form = act(request, found)
        if form is None:
            return redirect("admin:desk_pool_number", digits)
        found = pool.find(phone)
    return TemplateResponse(request, "desk/pool/number.html", _context(request, found, form))


def _context(request: HttpRequest, found: PoolNumber, form: forms.Form | None) -> dict[str, Any]:
    users, holds = pool.history(found.phone)
    may_reserve = found.state == PoolState.FREE and request.user.has_perm(RESERVE)
    may_end = found.state in ENDS and request.user.has_perm(END)
    if form is None and (may_reserve or may_end):
        form = ReserveForm() if may_reserve else EndForm()
    return admin.site.each_context(request) | {
        "title": phones.display(found.phone),
        "number": found,
        "range": pool.range_of(found.phone),
        "users": users,
        "holds": holds,
        "form": form,
        "may_reserve": may_reserve,
        "may_end": may_end,
        "end_label": ENDS.get(found.state, ""),
        "has_errors": bool(form and form.errors),
    }


def _reserve(request: HttpRequest, found: PoolNumber) -> forms.Form | None:
    """Reserves; returns the form with what is wrong, or None."""
    form = ReserveForm(request.POST)

    def work() -> str:
        told = form.cleaned_data
        by = Actor.of(request, token=told["token"])
        held = services.reserve(
            first=found.phone, count=told["count"], until=told["until"], customer=told["unp"], text=told["text"], by=by
        )
        return _("Зарезервировано номеров: %(count)d") % {"count": len(held)}

    return _tried(request, form, work)


def _end(request: HttpRequest, found: PoolNumber) -> forms.Form | None:
    """Ends the hold that the page has shown (`kind`), or tells that its state has changed."""
    form = EndForm(request.POST)
    kind = request.POST.get("kind", "")

    def work() -> str:
        by = Actor.of(request, reason=form.cleaned_data["reason"])
        services.end(phone=found.phone, kind=HoldKind(kind), by=by)
        return _("Готово: номер %(phone)s свободен") % {"phone": phones.display(found.phone)}

    if kind not in HoldKind.values:
        raise BadRequest
    return _tried(request, form, work)


def _tried(request: HttpRequest, form: forms.Form, work: Callable[[], str]) -> forms.Form | None:
    if form.is_valid():
        try:
            messages.success(request, work())
        except DomainError as refusal:
            refusals.show(form, refusal)
        else:
            return None
    return form
