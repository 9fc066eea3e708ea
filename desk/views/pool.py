"""«Номерная ёмкость» (4.13): the ranges with their counts, a new range, the numbers of a range."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.actor import Actor
from desk.forms.pool import EVERY, NumbersFilterForm, RangeForm
from sipcabinet.lib import keyset, refusals
from sipcabinet.lib.errors import DomainError
from subscribers.models import NumberRange
from subscribers.selectors import pool
from subscribers.services import number_ranges

ADD = "subscribers.add_numberrange"
RANGES = 50


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All ranges in order, and how many connected numbers lie outside them."""
    asked = request.GET
    page = keyset.page(
        NumberRange.objects.all(), order=["first"], size=RANGES,
        onward=asked.get("onward", ""), back=asked.get("back", ""),
    )  # fmt: skip
    ported_in, unknown = pool.outside()
    context = admin.site.each_context(request) | {
        "title": _("Номерная ёмкость"),
        "page": page,
        "ranges": pool.counts(page.rows),
        "ported_in": ported_in,
        "unknown": unknown,
        "may_add": request.user.has_perm(ADD),
    }
    return TemplateResponse(request, "desk/pool/index.html", context)


def add(request: HttpRequest) -> HttpResponse:
    """A new range."""
    form = RangeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            added = number_ranges.add(ends=form.ends, by=Actor.of(request))
        except DomainError as refusal:
            refusals.show(form, refusal)
        else:
            messages.success(request, _("Диапазон %(range)s внесён") % {"range": added})
            return redirect("admin:desk_pool_range", added.pk)
    context = admin.site.each_context(request) | {"title": _("Новый диапазон"), "form": form}
    return TemplateResponse(request, "desk/pool/add.html", context)


@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """The numbers of a range, page by page, narrowed by state and pattern."""
    found = get_object_or_404(NumberRange.objects.select_related("added_by").defer("added_by__password"), pk=pk)
    filters = NumbersFilterForm(request.GET)
    context = admin.site.each_context(request) | {
        "title": str(found),
        "counted": pool.counts([found])[0],
        "filters": filters,
        "has_errors": bool(filters.errors),
    }
    if filters.is_valid():
        state, like = filters.cleaned_data["state"], filters.cleaned_data["pattern"]
        asked = request.GET
        context["page"] = pool.page(
            found, state=state, like=like, onward=asked.get("onward", ""), back=asked.get("back", "")
        )
        context["narrowed"] = bool(state) or like != EVERY
    return TemplateResponse(request, "desk/pool/range.html", context)
