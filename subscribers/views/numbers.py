"""«Выбор SIP-абонента» and a subscriber's «Персональная информация» (3.0, 3.1)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import visitor
from accounts.models import Account
from sipcabinet.lib.periods import Month
from subscribers import number_rows
from subscribers.forms.numbers import NumberSearchForm
from subscribers.models import CallDirection, Subscriber, SubscriberStatus
from subscribers.selectors import calls, channels, minutes, numbers
from subscribers.views import chosen

NUMBERS_SHOWN = 10
# Query fields that «Далее» without a choice must keep.
KEPT = ("phone", "plan", "status", "trunk", "onward", "back")


@login_required
@require_safe
def select(request: HttpRequest) -> HttpResponse:
    """The found numbers, or all; a whole number that belongs to one subscriber redirects to his page."""
    account = visitor.of(request).account
    picked = request.GET.get("chosen", "")
    if picked.isascii() and picked.isdigit():
        return redirect("subscribers:detail", picked)
    form = NumberSearchForm(account, request.GET)
    # While the user is typing (htmx), a number that is complete by chance must not redirect him.
    live = request.headers.get("HX-Request") == "true"
    if not live and "next" not in request.GET and (subscriber := _named(account, form)):
        return redirect("subscribers:detail", subscriber.pk)
    return render(request, "subscribers/select.html", _listed(request, account, form) | {"live": live})


def _named(account: Account, form: NumberSearchForm) -> Subscriber | None:
    """The subscriber whose whole number was entered, if no other filter was set."""
    if not form.is_valid() or form.wanted != numbers.Wanted(phone=form.wanted.phone):
        return None
    return numbers.only_one(account, form.wanted.phone)


def _listed(request: HttpRequest, account: Account, form: NumberSearchForm) -> dict[str, object]:
    month, chosen_subscriber = Month.current(), chosen.recall(request, account)
    nothing_chosen = form.is_valid() and "next" in request.GET
    context: dict[str, object] = {
        "form": form,
        "month": month,
        "chosen_subscriber": chosen_subscriber,
        "kept": [(name, value) for name in KEPT if (value := request.GET.get(name, ""))],
        "nothing_chosen": nothing_chosen,
        "has_errors": nothing_chosen,
    }
    if form.is_valid():
        page = numbers.page(
            account, form.wanted, month, onward=request.GET.get("onward", ""), back=request.GET.get("back", "")
        )
        shown = _("Показано абонентов: %(count)d") % {"count": len(page.rows)} if page.rows else ""
        rows = number_rows.choice(page.rows, chosen_subscriber.pk if chosen_subscriber else None)
        context |= {"page": page, "shown": shown, "number_rows": rows}
    return context


@login_required
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One subscriber: his data, his minutes (only of a «SIP-соединение»), and a summary of his month."""
    account = visitor.of(request).account
    subscriber, calls_known = chosen.choose_with_calls_or_404(request, account, pk)
    month = Month.current()
    totals = calls.totals_of_month(account, subscriber, month)
    neighbours = numbers.of_trunk(account, subscriber, month, NUMBERS_SHOWN + 1) if subscriber.is_trunk else []
    context = {
        "subscriber": subscriber,
        "chosen_subscriber": subscriber,
        "services": numbers.services_of(account, subscriber),
        "channels": _channels(account, subscriber),
        "tone": numbers.tone(subscriber),
        "minutes": minutes.of_trunk(account, subscriber, month) if subscriber.is_trunk else None,
        "numbers": neighbours[:NUMBERS_SHOWN],
        "number_rows": number_rows.html(neighbours[:NUMBERS_SHOWN]),
        "more_numbers": len(neighbours) > NUMBERS_SHOWN,
        "month": month,
        "calls_known": calls_known,
        "outgoing": totals[CallDirection.OUT],
        "incoming": totals[CallDirection.IN],
    }
    return render(request, "subscribers/detail.html", context)


def _channels(account: Account, subscriber: Subscriber) -> str:
    """The channel package of a subscriber; a «SIP-номер» uses its trunk's."""
    trunk = subscriber.trunk or subscriber
    if SubscriberStatus.CLOSED in {subscriber.status, trunk.status}:
        return ""
    assignment = channels.current(account, trunk)
    return assignment.package.name if assignment else ""
