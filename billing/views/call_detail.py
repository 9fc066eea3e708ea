"""«Детализация на E-mail»: period and type → subscribers → the order's page (2.3.4). The URL carries the answers."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import visitor
from accounts.actor import Actor
from accounts.visitor import Visitor
from billing.forms.call_detail import LONGEST_CHOICE, PeriodForm, SubscribersForm
from billing.selectors import call_detail, order_bounds
from billing.services import orders
from billing.services.order_bounds import BoundError
from billing.views import bounds
from sipcabinet.lib.errors import DomainError
from subscribers.models import Subscriber

_DAY = 24 * 3600


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def period(request: HttpRequest) -> HttpResponse:
    """Step 1. A GET with answers shows the answers again, with their errors."""
    account = visitor.of(request).account
    if not call_detail.has_trunks(account):
        return render(request, "billing/call_detail/no_trunks.html")
    allowed = order_bounds.of(account)
    if not allowed.may_order:
        return bounds.page(request, _title(), allowed, allowed.allowed_at)
    if request.method == "POST":
        form = PeriodForm(request.POST)
        if form.is_valid():
            return redirect(_subscribers_url(form))
    elif "month" in request.GET or "direction" in request.GET:
        form = PeriodForm(request.GET)
    else:
        form = PeriodForm(initial={"month": call_detail.months()[0].code, "direction": "all"})
    context = {"form": form, "delay": _delay(), "cancel_url": _orders_url(), "bounds": allowed}
    return render(request, "billing/call_detail/period.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def subscribers(request: HttpRequest) -> HttpResponse:
    """Step 2. The answers of step 1 are in the URL; invalid answers redirect to step 1."""
    who = visitor.of(request)
    answers = request.POST if request.method == "POST" else request.GET
    terms = PeriodForm(_of_step_one(answers))
    if not terms.is_valid() or "back" in answers:
        return redirect(_period_url(answers))
    allowed = order_bounds.of(who.account)
    given: dict[str, Any] = {"account": who.account, "chosen": terms.chosen_month}
    given["offered"] = call_detail.offered(who.account, terms.chosen_month)
    if request.method == "POST":
        form = SubscribersForm(request.POST, **given)
        if form.is_valid() and (answer := _place(request, who, terms, form)):
            return answer
    elif not allowed.may_order:
        return bounds.page(request, _title(), allowed, allowed.allowed_at)
    else:
        form = SubscribersForm(initial=_marked(request, terms, given["offered"]), **given)
    context = {**_step_two(who, terms, form, len(given["offered"])), "bounds": allowed}
    return render(request, "billing/call_detail/subscribers.html", context)


def _place(request: HttpRequest, who: Visitor, terms: PeriodForm, form: SubscribersForm) -> HttpResponse | None:
    try:
        order = orders.place_call_detail(
            account=who.account,
            month=terms.chosen_month,
            direction=terms.chosen_direction,
            trunks=list(form.cleaned_data["trunks"]),
            by=Actor.of(request, token=terms.chosen_token),
        )
    except BoundError as refusal:
        return bounds.refused(request, _title(), refusal)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return None
    return redirect(reverse("billing:order", args=[order.number]) + "?placed=1")


def _step_two(who: Visitor, terms: PeriodForm, form: SubscribersForm, offered: int) -> dict[str, Any]:
    return {
        "form": form,
        "month": terms.chosen_month,
        "direction": terms.chosen_direction.label,
        "recipient": who.account.cabinet_email,
        "offered": offered,
        "has_numbers": call_detail.has_numbers(who.account),
        "all_url": f"{_subscribers_url(terms, form['token'].value())}&all=1" if offered > 1 else "",
        "cancel_url": _orders_url(),
    }


def _marked(request: HttpRequest, terms: PeriodForm, offered: Sequence[Subscriber]) -> dict[str, Any]:
    """The initial marks of step 2: the earlier marks; with `all`, or if there is only one subscriber, everything."""
    ids = [str(trunk.pk) for trunk in offered]
    before = set(terms.cleaned_data["trunks"].split(","))
    everything = "all" in request.GET or len(ids) == 1
    return {
        "month": terms.chosen_month.code,
        "direction": terms.chosen_direction.value,
        "token": terms.chosen_token,
        "trunks": ids if everything else [pk for pk in ids if pk in before],
    }


def _of_step_one(answers: QueryDict) -> dict[str, str]:
    """The answers of step 1 as one dictionary; marks arrive as one value (step 1) or as many (step 2)."""
    marked = ",".join(mark for mark in map(str, answers.getlist("trunks")) if mark.replace(",", "").isdecimal())
    known = {name: str(answers[name]) for name in ("month", "direction", "token") if name in answers}
    return {**known, "trunks": marked if len(marked) <= LONGEST_CHOICE else ""}


def _period_url(answers: QueryDict) -> str:
    return _with(reverse("billing:call_detail"), _of_step_one(answers))


def _subscribers_url(form: PeriodForm, token: object = None) -> str:
    answers = {name: str(form.cleaned_data[name]) for name in ("month", "direction", "trunks")}
    answers["token"] = str(token or form.chosen_token)
    return _with(reverse("billing:call_detail_subscribers"), answers)


def _with(address: str, answers: dict[str, str]) -> str:
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in answers.items() if value})
    return f"{address}?{query.urlencode()}"


def _delay() -> str:
    """When the report arrives, in the manual's words, or according to CALL_DETAIL_DELAY."""
    seconds = int(settings.CALL_DETAIL_DELAY.total_seconds())
    for size, words in ((3600, _("через %(count)d ч")), (60, _("через %(count)d мин"))):
        if seconds >= size and seconds % size == 0 and seconds != _DAY:
            return words % {"count": seconds // size}
    return _("по истечении суток") if seconds == _DAY else _("через %(count)d с") % {"count": seconds}


def _title() -> str:
    return _("Детализация на E-mail")


def _orders_url() -> str:
    return reverse("billing:orders")
