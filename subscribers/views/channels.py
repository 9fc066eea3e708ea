"""«SIP-многоканальность»: the package of a trunk, advice, and its change in three steps (3.3)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import visitor
from accounts.actor import Actor
from accounts.models import Account
from sipcabinet.lib import clock, requests, words
from sipcabinet.lib.charts.peaks import PeaksChart
from sipcabinet.lib.errors import DomainError
from subscribers import channel_rows
from subscribers.forms.channels import ConfirmForm, PackageForm, price
from subscribers.models import ChannelAssignment, ChannelPackage, Subscriber, SubscriberStatus
from subscribers.selectors import channels as channel_selectors
from subscribers.selectors import completeness, peaks
from subscribers.selectors.channels import PricedPackage
from subscribers.selectors.completeness import CallsKnown
from subscribers.services import channels
from subscribers.services.channels import ChannelsError
from subscribers.views import chosen

CONFLICT = 409  # a POST whose change is no longer possible: nothing was written
LONGEST_ID = 18


class HistoryLine(NamedTuple):
    """A present or former package of the trunk, as a row of the page."""

    row: ChannelAssignment
    made_by: str


@login_required
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The package and advice; within the interval after a change, the page that says when the next one is possible."""
    account = visitor.of(request).account
    trunk, calls_known = chosen.choose_with_calls_or_404(request, account, pk)
    if not trunk.is_trunk:
        return _refused(request, account, trunk)
    context = _section(account, trunk, calls_known)
    page = "locked" if context["allowed_at"] and not context["closed"] else "detail"
    return render(request, f"subscribers/channels/{page}.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Step 1: choice of a package."""
    account, trunk = chosen.of_visitor_or_404(request, pk)
    try:
        channels.require_open_trunk(trunk)
        had = channel_selectors.of_trunk(trunk)
        channels.require_unlocked(had, clock.now())
    except ChannelsError:
        return _refused(request, account, trunk)
    now = channel_selectors.current_of(had)
    offered = channel_selectors.offered(channel_selectors.catalogue(clock.today()))
    given = request.POST if request.method == "POST" else None
    form = PackageForm(given, offered=offered, now=now, marked=_marked(request))
    if given is not None and form.is_valid():
        return redirect("subscribers:channels_review", trunk.pk, form.cleaned_data["package"])
    context = _of(trunk) | {
        "form": form,
        "now": now,
        "interval": channels.interval(),
        "choice": [one for one in offered if now is None or one.package.pk != now.package_id],
        "cancel_url": reverse("subscribers:channels", args=[trunk.pk]),
    }
    return render(request, "subscribers/channels/change.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int, package_pk: int) -> HttpResponse:
    """Step 2: shows the change; its POST makes the change and redirects to the operation's page."""
    account, trunk = chosen.of_visitor_or_404(request, pk)
    known = {one.package.pk: one for one in channel_selectors.catalogue(clock.today())}
    package = requests.or_404(known.get(package_pk)).package
    if request.method == "POST":
        return _confirm(request, trunk, package)
    moment = clock.now()
    try:
        possible = channels.check(trunk=trunk, package=package, at=moment)
    except ChannelsError as refusal:
        return _refused(request, account, trunk, refusal)
    context = _of(trunk) | _comparison(trunk, known, possible, package, moment)
    return render(request, "subscribers/channels/review.html", context)


def _confirm(request: HttpRequest, trunk: Subscriber, package: ChannelPackage) -> HttpResponse:
    who = visitor.of(request)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return redirect("subscribers:channels_review", trunk.pk, package.pk)
    try:
        by = Actor.of(request, token=form.cleaned_data["token"])
        operation = channels.change(trunk=trunk, package=package, by=by)
    except DomainError as refusal:
        return _refused(request, who.account, trunk, refusal)
    return redirect(reverse("subscribers:operation", args=[trunk.pk, operation.pk]) + "?done=1")


def _refused(
    request: HttpRequest, account: Account, trunk: Subscriber, refusal: DomainError | None = None
) -> HttpResponse:
    """The page with the reason of a refusal, and when or where the change is possible. Without a form."""
    status = CONFLICT if request.method == "POST" else 200
    if not trunk.is_trunk:
        return render(request, "subscribers/channels/number.html", _of(trunk), status=status)
    context = _section(account, trunk, completeness.of(account))
    if context["closed"]:
        return render(request, "subscribers/channels/detail.html", context, status=status)
    if context["allowed_at"]:
        return render(request, "subscribers/channels/locked.html", context, status=status)
    context["refusal"] = refusal.message if refusal else ""
    return render(request, "subscribers/channels/refused.html", context, status=status)


def _of(trunk: Subscriber) -> dict[str, Any]:
    return {"subscriber": trunk, "chosen_subscriber": trunk}


def _section(account: Account, trunk: Subscriber, calls_known: CallsKnown) -> dict[str, Any]:
    """Template context of the section for a trunk, whether its package may be changed now or not."""
    had = channel_selectors.history(account, trunk)
    now = channel_selectors.current_of(had)
    known = channel_selectors.catalogue(clock.today())
    closed = trunk.status == SubscriberStatus.CLOSED
    history = [HistoryLine(row, _made_by(row)) for row in had]
    return {
        **_of(trunk),
        "closed": closed,
        "now": now,
        "now_price": _price(known, now),
        "allowed_at": channel_selectors.locked_by(had, clock.now()),
        "interval": channels.interval(),
        "history": history,
        "history_rows": channel_rows.html(trunk, history),
        "calls_known": calls_known,
        **({} if closed else _peaks(account, trunk, now, channel_selectors.offered(known))),
    }


def _price(known: Iterable[PricedPackage], now: ChannelAssignment | None) -> str:
    """The price of the present package; empty without one."""
    return next((price(one) for one in known if now is not None and one.package.pk == now.package_id), "")


def _peaks(
    account: Account, trunk: Subscriber, now: ChannelAssignment | None, offered: Sequence[PricedPackage]
) -> dict[str, Any]:
    known = peaks.of_trunk(account, trunk, clock.today())
    advice = peaks.advise(known, now.package.channels, offered) if now else None
    better = advice.better if advice else None
    return {
        "peaks": known,
        "peaks_chart": PeaksChart.of(known.days, now.package.channels if now else None),
        "advice": advice,
        "better_price": price(better) if better else "",
        "days_over": _days(advice.days_over) if advice else "",
        "days_looked_at": _days(peaks.DAYS),
        "waiting": _days(known.waiting) if known.waiting else "",
    }


def _comparison(
    trunk: Subscriber,
    listed: Mapping[int, PricedPackage],
    possible: channels.Possible,
    package: ChannelPackage,
    moment: datetime,
) -> dict[str, Any]:
    known = peaks.of_trunk(trunk.account, trunk, clock.minsk(moment).date())
    effect = channel_selectors.effect(possible.had, package, moment)
    return {
        "now": possible.now,
        "now_price": _price(listed.values(), possible.now),
        "package": package,
        "package_price": price(PricedPackage(package, possible.monthly_fee)),
        "effect": effect,
        "effect_days": _days(effect.days) if effect else "",
        "next_at": moment + settings.CHANNEL_CHANGE_INTERVAL,
        "highest": known.highest,
        "days_over": _days(over) if (over := known.days_over(package.channels)) else "",
        "days_looked_at": _days(peaks.DAYS),
        "form": ConfirmForm(),
        "back_url": f"{reverse('subscribers:channels_change', args=[trunk.pk])}?package={package.pk}",
        "cancel_url": reverse("subscribers:channels", args=[trunk.pk]),
    }


def _marked(request: HttpRequest) -> int | None:
    """The package id that «Назад» of the next step passes back."""
    marked = request.GET.get("package", "")
    return int(marked) if marked.isascii() and marked.isdigit() and len(marked) <= LONGEST_ID else None


def _made_by(row: ChannelAssignment) -> str:
    """Who connected the package. Staff are not visible to a customer's page and are not named."""
    user = row.started_by.made_by if row.started_by else None
    return _("Оператор") if user is None or user.is_staff else user.get_full_name() or str(user)


def _days(count: int) -> str:
    return words.counted(count, "день", "дня", "дней")
