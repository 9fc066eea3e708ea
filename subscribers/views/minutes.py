"""Minutes to other networks: what used them, and the application for a minute package (2.4, 3.1)."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import visitor
from accounts.models import Account
from operator_profile.selectors import face, requisites
from sipcabinet.lib import clock, pdf, phones
from sipcabinet.lib.prepared import ask
from subscribers import minute_rows
from subscribers.forms.minutes import ApplicationAction, ApplicationForm, MonthForm
from subscribers.models import Subscriber, SubscriberStatus
from subscribers.selectors import minute_packages, minute_usage, minutes
from subscribers.views import chosen

ASKED = {"action", "package"}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """What used a trunk's minutes in a month. Any POST, which could only connect a package, is refused."""
    account = visitor.of(request).account
    subscriber, calls_known = chosen.choose_with_calls_or_404(request, account, pk)
    context = {"subscriber": subscriber, "chosen_subscriber": subscriber, "calls_known": calls_known}
    if request.method == "POST":
        return render(request, "subscribers/minutes/refused.html", context, status=403)
    if not subscriber.is_trunk:
        return render(request, "subscribers/minutes/of_trunk.html", context)
    form = MonthForm(request.GET)
    if form.is_valid():
        context |= _usage(request, account, subscriber, form)
    return render(request, "subscribers/minutes/usage.html", context | {"form": form})


def _usage(request: HttpRequest, account: Account, trunk: Subscriber, form: MonthForm) -> dict[str, Any]:
    month = form.cleaned_data["month"]
    known = [minutes.of_trunk_asks(account, trunk.pk, month), minute_usage.of_month_asks(account, trunk.pk, month)]
    if not request.GET.keys() & {"onward", "back"}:
        known.insert(1, minute_usage.by_number_asks(account, trunk.pk, month))
    ask(*known)
    found = minutes.of_trunk(account, trunk, month)
    page = minute_usage.by_number(
        account, trunk, month, onward=request.GET.get("onward", ""), back=request.GET.get("back", "")
    )
    shown = _("Показано абонентов: %(count)d") % {"count": len(page.rows)} if page.rows else ""
    usage = minute_usage.of_month(account, trunk, month, found.granted_seconds if found else 0)
    return {
        "month": month,
        "minutes": found,
        "usage": usage,
        "day_rows": minute_rows.days(usage.days),
        "destination_rows": minute_rows.destinations(usage.destinations),
        "number_rows": minute_rows.numbers(page.rows, month),
        "page": page,
        "shown": shown,
    }


@login_required
@require_safe
def application(request: HttpRequest, pk: int) -> HttpResponse:
    """How a package is connected, which packages there are, and the form for the application."""
    account, subscriber = chosen.of_visitor_or_404(request, pk)
    if refusal := _no_application(request, subscriber):
        return refusal
    return _ask(request, subscriber, _application_of(account, subscriber, None))


@login_required
@require_safe
def application_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The application as a PDF: filled as chosen or, without a query, blank for filling by hand."""
    account, subscriber = chosen.of_visitor_or_404(request, pk)
    if refusal := _no_application(request, subscriber):
        return refusal
    asked = request.GET if request.GET.keys() & ASKED else None
    context = _application_of(account, subscriber, asked)
    if asked is not None and not context["form"].is_valid():
        return _ask(request, subscriber, context)
    return pdf.attachment(_file_name(subscriber), _document(account, subscriber, context))


def _no_application(request: HttpRequest, subscriber: Subscriber) -> HttpResponse | None:
    """The page shown instead of the application to subscribers who cannot apply; None for the others."""
    context = {"subscriber": subscriber, "chosen_subscriber": subscriber}
    if not subscriber.is_trunk:
        return render(request, "subscribers/minutes/of_trunk.html", context)
    if subscriber.status == SubscriberStatus.CLOSED:
        return render(request, "subscribers/minutes/closed.html", context)
    return None


def _application_of(account: Account, trunk: Subscriber, asked: Any) -> dict[str, Any]:
    offers = minute_packages.offers()
    held = minute_packages.held(account, trunk)
    current = held.now.package if held.now else None
    form = ApplicationForm(asked, offers=offers, current=current)
    return {"offers": offers, "held": held, "current": current, "form": form}


def _ask(request: HttpRequest, subscriber: Subscriber, context: dict[str, Any]) -> HttpResponse:
    shared = {
        "subscriber": subscriber,
        "chosen_subscriber": subscriber,
        "covered": minute_packages.covered(),
        "form_method": "get",
    }
    return render(request, "subscribers/minutes/application.html", shared | context)


def _document(account: Account, trunk: Subscriber, context: dict[str, Any]) -> bytes:
    form = context["form"]
    filled, operator = form.is_bound, requisites.on(clock.today())
    shared = {
        "account": account,
        "customer": account.customer,
        "trunk": trunk,
        "covered": minute_packages.covered(),
        "actions": ApplicationAction,
        "action": form.cleaned_data["action"] if filled else "",
        "offer": form.offer if filled else None,
        "made_on": clock.today(),
        "operator": operator,
        "support": face.in_force().support,
    }
    title = _("Заявление на пакет минут")
    return pdf.render("pdf/minutes_application.html", shared | context, title=title, author=operator.name)


def _file_name(trunk: Subscriber) -> str:
    return _("Заявление на пакет минут %(phone)s") % {"phone": phones.display(trunk.phone)}
