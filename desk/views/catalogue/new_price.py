"""«Новая цена с …»: a form writes a table of one or more rows, which is reviewed and applied as any other (4.3)."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor
from desk.forms.catalogue.new_price import MODELS, DestinationRateForm, FeeForm, NewPriceForm, RateForm
from desk.imports import KINDS, running
from desk.imports.fees import OF_PLAN, PLAN, SOURCES
from desk.selectors import catalogue
from sipcabinet.lib import money, phones
from subscribers.models import Destination, PlanTerms, Rate

READ = ["GET", "HEAD", "POST"]
FEE, RATE = "subscribers.add_planterms", "subscribers.add_rate"


@require_http_methods(READ)
def fee(request: HttpRequest, what: str, pk: int) -> HttpResponse:
    """The monthly price of a plan, a service or a package."""
    if what not in MODELS:
        raise Http404
    owner: Any = get_object_or_404(MODELS[what], pk=pk)
    price = SOURCES[what].prices._default_manager.filter(**{SOURCES[what].owner: owner}).order_by("valid_from").last()
    initial = {}
    if isinstance(price, PlanTerms):
        initial = {name: getattr(price, name) for name in OF_PLAN}
    form = FeeForm(what, owner, request.POST or None, initial=initial)
    context = {"title": _("Новая цена: %(name)s") % {"name": owner}, "form": form, "what": what, "owner": owner}
    context["history"] = [_period(one, money.show(one.monthly_fee)) for one in _prices(what, owner)]
    return _answer(request, form, context, pk if what == PLAN else None)


@require_http_methods(READ)
def rate(request: HttpRequest) -> HttpResponse:
    """The rate of a prefix."""
    initial = {"prefix": request.GET.get("prefix", "")[:20]}
    form = RateForm(request.POST or None, initial=initial)
    return _answer(request, form, {"title": _("Новый тариф на звонки"), "form": form, "what": "rate"})


@require_http_methods(READ)
def destination(request: HttpRequest, pk: int) -> HttpResponse:
    """One price for all prefixes of a destination."""
    place = get_object_or_404(Destination, pk=pk)
    form = DestinationRateForm(place, request.POST or None)
    rates = Rate.objects.filter(destination=place).order_by("-valid_from", "prefix")[:20]
    context = {"title": _("Новая цена: %(name)s") % {"name": place}, "form": form, "what": "destination"}
    context["history"] = [_period(one, money.show_price(one.price_per_minute), _prefix(one)) for one in rates]
    return _answer(request, form, context)


def _answer(request: HttpRequest, form: NewPriceForm, context: dict[str, Any], plan: int | None = None) -> HttpResponse:
    """The form, or the way to the review of the table that it has written."""
    if not request.user.has_perms(form.kind.permissions):
        raise PermissionDenied
    if form.is_valid():
        table = running.keep(
            kind=form.kind,
            content=form.content,
            file_name=str(context["title"]),
            day=form.cleaned_data["day"],
            actor=Actor.of(request),
            origin=running.FORM,
        )
        return redirect("admin:desk_table_import", table.pk)
    context |= {"kind": KINDS[form.kind_code], "plan_pk": plan}
    return TemplateResponse(request, "desk/catalogue/new_price.html", admin.site.each_context(request) | context)


def _prices(what: str, owner: Any) -> Any:
    source = SOURCES[what]
    return source.prices._default_manager.filter(**{source.owner: owner}).order_by("-valid_from")


def _prefix(one: Rate) -> str:
    return one.prefix if one.is_short else phones.display(f"+{one.prefix}")


def _period(one: Any, price: str, name: str = "") -> tuple[str, str, catalogue.PriceRow]:
    fee = getattr(one, "monthly_fee", None) or getattr(one, "price_per_minute", None)
    return name, price, catalogue.PriceRow(fee or money.KOPECK, one.valid_from, one.valid_until)
