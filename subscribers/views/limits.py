"""«Лимиты расходов» of a trunk: what is used, the limits, and the way to lift a bar (16.6).

Pages that change something run as the application's database role: the attempts with a password must be counted even if
the page fails. They still find their trunk only within the tenant's account.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts import visitor
from accounts.actor import Actor
from accounts.forms.password import PasswordForm
from accounts.services import step_up
from accounts.services.step_up import WrongPasswordError
from accounts.services.throttles import ThrottledError
from sipcabinet.lib import tenancy
from sipcabinet.lib.errors import DomainError
from subscribers import limit_rows
from subscribers.forms.limits import LimitsForm
from subscribers.models import BarCause, Bound, LimitOwner, Subscriber, SubscriberStatus, TrunkBar
from subscribers.selectors import limits
from subscribers.selectors.limit_words import amount, kind_name, why
from subscribers.services import limit_rules, limit_usage
from subscribers.services import limits as limit_services
from subscribers.services.limits import LimitError
from subscribers.views import chosen

HOT = 80  # percent from which a bar looks hot
LONGEST_METER = 100


@dataclass(frozen=True, slots=True)
class BoundLine:
    """A bound that holds, with what is used of it; `percent` may be above 100, `filled` may not."""

    title: str
    used: str
    amount: str
    percent: int
    is_operators: bool

    @property
    def filled(self) -> int:
        return min(self.percent, LONGEST_METER)

    @property
    def is_hot(self) -> bool:
        return self.percent >= HOT


@dataclass(frozen=True, slots=True)
class BarLine:
    """A bar with its reason in words."""

    row: TrunkBar
    why: str


@login_required
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Used and left today and this month, what bars the trunk, and the history."""
    account = visitor.of(request).account
    trunk, calls_known = chosen.choose_with_calls_or_404(request, account, pk)
    context: dict[str, Any] = {"subscriber": trunk, "chosen_subscriber": trunk}
    if not trunk.is_trunk:
        return render(request, "subscribers/limits/number.html", context)
    usage = limit_usage.of([trunk.pk])[trunk.pk]
    in_force = limits.limits_in_force(trunk)
    bars, past_bars = limits.bars(trunk)
    context |= {
        "closed": trunk.status == SubscriberStatus.CLOSED,
        "usage": usage,
        "lines": [_line(bound, usage) for bound in limits.lowest(in_force).values()],
        "own": in_force.get(LimitOwner.CUSTOMER),
        "operators": in_force.get(LimitOwner.OPERATOR),
        "bars": [BarLine(row, why(row)) for row in bars],
        "lifted_rows": limit_rows.lifted(past_bars),
        "crossing_rows": limit_rows.crossings(limits.crossings(trunk)),
        "calls_known": calls_known,
    }
    return render(request, "subscribers/limits/detail.html", context)


@tenancy.exempt
@sensitive_post_parameters("password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables()
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Sets, changes or removes the customer's own limit, with his password."""
    page = _Page(request, pk)
    if page.refusal:
        return redirect(page.url)
    own = limits.limits_in_force(page.trunk).get(LimitOwner.CUSTOMER)
    form = LimitsForm(request.POST if request.method == "POST" else None, present=own)
    if form.is_valid() and _done(form, lambda: page.save(form)):
        messages.success(request, _("Лимиты сохранены"))
        return redirect(page.url)
    return page.render("subscribers/limits/change.html", form=form, usage=limit_usage.of([pk])[pk])


@tenancy.exempt
@sensitive_post_parameters("password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables()
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Opens the paid directions that the customer's own limit has closed, until midnight, with his password."""
    page = _Page(request, pk)
    bars = {bar.cause: bar for bar in limits.bars_in_force(page.trunk)}
    own = bars.pop(BarCause.CUSTOMER, None)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if own is None and request.method != "POST":
        return redirect(page.url)
    if form.is_valid() and _done(form, lambda: page.lift(form)):
        messages.success(request, _("Закрытие снято до полуночи"))
        return redirect(page.url)
    return page.render("subscribers/limits/lift.html", form=form, bar=own, why=why(own) if own else "", others=bars)


class _Page:
    """A page with a password, of one trunk of the visitor's account; raises Http404 for any other subscriber."""

    def __init__(self, request: HttpRequest, pk: int) -> None:
        self.request = request
        self.user, account = visitor.of(request)
        with tenancy.portal(account.pk):
            self.trunk: Subscriber = chosen.choose_or_404(request, account, pk)
        self.url = reverse("subscribers:limits", args=[pk])

    @property
    def refusal(self) -> bool:
        return not self.trunk.is_trunk or self.trunk.status == SubscriberStatus.CLOSED

    def save(self, form: LimitsForm) -> None:
        self._prove(form)
        limit_services.set_limits(
            trunk=self.trunk, owner=LimitOwner.CUSTOMER, amounts=form.amounts, by=Actor.of(self.request)
        )

    def lift(self, form: Form) -> None:
        self._prove(form)
        limit_services.lift(trunk=self.trunk, cause=BarCause.CUSTOMER, by=Actor.of(self.request))

    def render(self, template: str, **context: Any) -> HttpResponse:
        context |= {"subscriber": self.trunk, "chosen_subscriber": self.trunk, "cancel_url": self.url}
        return render(self.request, template, context)

    def _prove(self, form: Form) -> None:
        step_up.confirm(request=self.request, user=self.user, password=form.cleaned_data["password"])


def _done(form: Form, work: Callable[[], object]) -> bool:
    """Whether `work` succeeded; if not, the error stands beside the field that is at fault."""
    try:
        work()
    except (WrongPasswordError, ThrottledError) as refusal:
        form.add_error("password", refusal.message)
    except LimitError as refusal:
        form.add_error(refusal.field or None, refusal.message)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
    return not form.errors


def _line(bound: Bound, usage: limits.Usage) -> BoundLine:
    used = usage.used(bound.period, bound.measure)
    return BoundLine(
        title=kind_name(bound.period, bound.measure),
        used=amount(bound.measure, used),
        amount=amount(bound.measure, bound.amount),
        percent=limit_rules.percent(used, bound.amount),
        is_operators=bound.owner == LimitOwner.OPERATOR,
    )
