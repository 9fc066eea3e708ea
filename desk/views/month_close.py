"""The confirmation of a month's close: what will happen, what cannot be undone, what stands in the way (4.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actor import Actor
from billing.services import closing, month_issues
from billing.services.closing import CloseError
from desk.forms.months import CloseForm, OverrideForm
from desk.selectors import month_letters
from desk.selectors.months import Standing
from desk.views import months
from sipcabinet.lib.errors import DomainError

OVERRIDE = "billing.close_despite_rejects"
WAYS = {  # the page on which staff settle an obstacle, by its code
    "close.imports": ("admin:subscribers_callimport_changelist", "?state__exact=waiting"),
    "close.unrated": ("admin:subscribers_rate_changelist", ""),
    "close.doubled": ("admin:subscribers_doubled_calls", ""),
    "close.held": ("admin:subscribers_heldcall_changelist", "?state__exact=waiting"),
    "close.rejects": ("admin:subscribers_callreject_changelist", "?state__exact=waiting"),
    "vat_missing": ("admin:subscribers_vatrate_changelist", ""),
}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why the month may not be closed now; `url` leads to what must be done, `may_be_overridden` by this person."""

    text: str
    url: str
    may_be_overridden: bool


def close(request: HttpRequest, code: str) -> HttpResponse:
    """Asks before the close; a POST closes the month and orders its invoices."""
    month = months.month_or_404(code)
    standing = months.standing_or_404(month)
    obstacles = _obstacles(request, standing)
    blocked = [one for one in obstacles if not one.may_be_overridden]
    form = None if blocked else _form(request, standing, is_overridden=bool(obstacles))
    if form is not None and form.is_valid() and _closed(request, standing, form):
        return redirect(months.PAGE, month.code)
    context = {
        **admin.site.each_context(request),
        "title": _("Закрыть %(month)s") % {"month": month.label},
        "standing": standing,
        "form": form,
        "obstacles": obstacles,
        **_sums(standing),
        "back_url": reverse(months.PAGE, args=[month.code]),
    }
    return TemplateResponse(request, "desk/months/close.html", context)


def _sums(standing: Standing) -> dict[str, Any]:
    """What is still to be issued: the calculation without the invoices that exist already."""
    found, issued = standing.calculation, standing.issued
    if found is None:
        return {}
    return {
        "invoices": max(0, found.charged - issued.count),
        "net": found.net - issued.net,
        "total": found.total - issued.total,
        "letters": month_letters.expected(found),
    }


def _obstacles(request: HttpRequest, standing: Standing) -> Sequence[Obstacle]:
    if standing.is_closed:
        return [Obstacle(_("Месяц уже закрыт"), "", may_be_overridden=False)]
    found = [_obstacle(request, one) for one in closing.obstacles(standing.month)]
    if standing.is_over and (standing.calculation is None or standing.is_partial):
        url = reverse(months.PAGE, args=[standing.month.code])
        found.append(Obstacle(_("Месяц не рассчитан: сначала рассчитайте его и посмотрите сверку"), url, False))
    return found


def _obstacle(request: HttpRequest, refusal: DomainError) -> Obstacle:
    view, query = WAYS.get(refusal.code, ("", ""))
    can = isinstance(refusal, CloseError) and refusal.may_be_overridden and request.user.has_perm(OVERRIDE)
    return Obstacle(refusal.message, reverse(view) + query if view else "", can)


def _form(request: HttpRequest, standing: Standing, *, is_overridden: bool) -> CloseForm:
    kind = OverrideForm if is_overridden else CloseForm
    shown = {"calculation": standing.calculation.pk} if standing.calculation else {}
    return kind(request.POST if request.method == "POST" else None, initial=shown)


def _closed(request: HttpRequest, standing: Standing, form: CloseForm) -> bool:
    told: dict[str, Any] = form.cleaned_data
    by = Actor.of(request, reason=told.get("reason", ""))
    try:
        month_issues.close(month=standing.month, by=by, calculation_id=told["calculation"])
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return False
    messages.success(request, _("%(month)s закрыт, счета выставляются.") % {"month": standing.month.label_title})
    return True
