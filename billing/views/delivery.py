"""«Изменить способ/адрес доставки»: now → method → what → addresses → review with the password (2.3.3).

The review uses the application's database role, because a password attempt must be counted even if the page fails; it
still reads only the tenant's rows. Each step reads and checks anew the answers that the step before passes to it.
"""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts import visitor
from accounts.actor import Actor
from accounts.services import step_up
from accounts.services.step_up import WrongPasswordError
from accounts.services.throttles import ThrottledError
from accounts.visitor import Visitor
from billing.forms.delivery import METHOD, AddressesForm, ConfirmForm, MethodForm, WhatForm
from billing.models import DeliveryChoice, DeliveryMethod
from billing.selectors import delivery
from billing.selectors.delivery import Way
from billing.services import delivery as delivery_services
from sipcabinet.lib import tenancy
from sipcabinet.lib.errors import DomainError

HISTORY_SIZE = 20


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Shows the delivery method and addresses in force, the link «Изменить», and the earlier choices."""
    account = visitor.of(request).account
    history = list(delivery.history(account)[:HISTORY_SIZE])
    context = {
        "now": delivery.way(history[0] if history else None),
        "since": history[0].chosen_at if history else None,
        "history": [(choice, delivery.way(choice), _chosen_by(choice)) for choice in history],
    }
    return render(request, "billing/delivery/index.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest) -> HttpResponse:
    """Step 1: «Получает сам» leads to the review, «E-mail» to the question what to change."""
    now = _now(request)
    form = MethodForm(request.POST if request.method == "POST" else None, now=now)
    if form.is_valid():
        by_email = form.cleaned_data["method"] == DeliveryMethod.EMAIL
        return redirect("billing:delivery_what") if by_email else redirect(_review_of_self_pickup())
    return render(request, "billing/delivery/method.html", {"now": now, "form": form, "cancel_url": _page()})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def what(request: HttpRequest) -> HttpResponse:
    """Step 2 of «E-mail»: change the method or the addresses."""
    now = _now(request)
    form = WhatForm(request.POST if request.method == "POST" else None, now=now)
    if form.is_valid():
        if form.cleaned_data["what"] == METHOD and now.by_email:
            return redirect(_review_of_self_pickup())
        return redirect("billing:delivery_addresses")
    context = {"now": now, "form": form, "back_url": reverse("billing:delivery_change"), "cancel_url": _page()}
    return render(request, "billing/delivery/what.html", context)


@login_required
@require_safe
def addresses(request: HttpRequest) -> HttpResponse:
    """Step 3 of «E-mail»: the new addresses; the form is sent to the review."""
    now = _now(request)
    return _ask_addresses(request, now, AddressesForm(now=now))


@tenancy.exempt
@sensitive_post_parameters("password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables()
def review(request: HttpRequest) -> HttpResponse:
    """Shows the choice before and after; «Сохранить» asks for the password. A POST without `base` comes from the
    addresses step."""
    who = visitor.of(request)
    with tenancy.portal(who.account.pk):
        known = delivery.current(who.account)
    now, base = delivery.way(known), known.pk if known else 0
    if request.method != "POST":
        if request.GET.get("method") != DeliveryMethod.SELF_PICKUP or not now.by_email:
            return redirect("billing:delivery_change")
        return _ask_password(request, now, Way(DeliveryMethod.SELF_PICKUP), base)
    if "back" in request.POST:
        return _ask_addresses(request, now, AddressesForm(now=now, typed=_lines(request.POST.get("addresses", ""))))
    if "base" not in request.POST:
        return _take_addresses(request, now, base)
    return _confirm(request, who, now)


def _take_addresses(request: HttpRequest, now: Way, base: int) -> HttpResponse:
    form = AddressesForm(request.POST, now=now)
    if not form.is_valid():
        return _ask_addresses(request, now, form)
    return _ask_password(request, now, Way(DeliveryMethod.EMAIL, tuple(form.cleaned_data["addresses"])), base)


@sensitive_variables()
def _confirm(request: HttpRequest, who: Visitor, now: Way) -> HttpResponse:
    form = ConfirmForm(request.POST)
    if not form.is_whole:
        return redirect("billing:delivery_change")
    if form.is_valid() and (answer := _save(request, who, form)):
        return answer
    return _review(request, now, form.way, form)


@sensitive_variables()
def _save(request: HttpRequest, who: Visitor, form: ConfirmForm) -> HttpResponse | None:
    try:
        step_up.confirm(request=request, user=who.user, password=form.cleaned_data["password"])
        delivery_services.change(
            account=who.account,
            method=form.way.method,
            addresses=form.way.addresses,
            base=form.cleaned_data["base"],
            by=Actor.of(request),
        )
    except (WrongPasswordError, ThrottledError) as refusal:
        form.add_error("password", refusal.message)
        return None
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Доставка счетов изменена. Мы сообщим об этом письмом."))
    return redirect(_page())


def _ask_addresses(request: HttpRequest, now: Way, form: AddressesForm) -> HttpResponse:
    context = {
        "now": now,
        "form": form,
        "form_action": reverse("billing:delivery_review"),
        "back_url": reverse("billing:delivery_what"),
        "cancel_url": _page(),
    }
    return render(request, "billing/delivery/addresses.html", context)


def _ask_password(request: HttpRequest, now: Way, way: Way, base: int) -> HttpResponse:
    return _review(request, now, way, ConfirmForm.of(way, base))


def _review(request: HttpRequest, now: Way, way: Way, form: ConfirmForm) -> HttpResponse:
    back = {} if way.by_email else {"back_url": reverse("billing:delivery_change")}
    context = {"now": now, "way": way, "form": form, "cancel_url": _page(), **back}
    return render(request, "billing/delivery/review.html", context)


def _now(request: HttpRequest) -> Way:
    return delivery.way(delivery.current(visitor.of(request).account))


def _lines(text: str) -> str:
    return "\n".join(text.split())


def _review_of_self_pickup() -> str:
    return f"{reverse('billing:delivery_review')}?method={DeliveryMethod.SELF_PICKUP.value}"


def _page() -> str:
    return reverse("billing:delivery")


def _chosen_by(choice: DeliveryChoice) -> str:
    """The name of the person who chose; «Оператор» for staff, whom a customer's page cannot see."""
    user = choice.chosen_by
    return _("Оператор") if user is None or user.is_staff else user.get_full_name() or str(user)
