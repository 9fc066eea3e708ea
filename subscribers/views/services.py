"""«Услуги абонента»: active services, services that may be added, and former ones (3.2)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import visitor
from sipcabinet.lib.prepared import ask
from subscribers import service_rows
from subscribers.models import Subscriber, SubscriberStatus
from subscribers.selectors import channels, minute_packages, numbers, operations, services
from subscribers.services.service_rules import ByApplicationError, ServiceError
from subscribers.views import chosen


@login_required
@require_safe
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """Assigned and available services, the packages of a «SIP-соединение», and all past changes."""
    account = visitor.of(request).account
    known = [numbers.with_switch_asks(account, pk), services.catalogue_asks()]
    if not request.GET.keys() & {"onward", "back"}:
        known.insert(1, services.history_asks(account, pk))
    ask(*known)
    subscriber = chosen.choose_with_switch_or_404(request, account, pk)
    closed = subscriber.status == SubscriberStatus.CLOSED
    page = services.history(account, subscriber, onward=request.GET.get("onward", ""), back=request.GET.get("back", ""))
    on = services.assigned(services.periods_read(account, subscriber, page))
    minutes = minute_packages.shown(account, subscriber) if subscriber.is_trunk else None
    package = channels.current_with_fee(account, subscriber) if subscriber.is_trunk else None
    offers = [] if closed else services.offers(subscriber, on, services.catalogue())
    context = {
        "subscriber": subscriber,
        "chosen_subscriber": subscriber,
        "closed": closed,
        "assigned_rows": "" if closed else service_rows.assigned(subscriber, on),
        "offer_rows": service_rows.offered(subscriber, offers),
        "package_facts": service_rows.packages(subscriber, package, minutes) if minutes else "",
        "switch": operations.switch_state_read(account, subscriber),
        "page": page,
        "history_rows": service_rows.history(subscriber, page.rows),
    }
    return render(request, "subscribers/services/index.html", context)


def refused(request: HttpRequest, subscriber: Subscriber, refusal: ServiceError, status: int) -> HttpResponse:
    """The page with the reason why a change is refused."""
    context = {
        "subscriber": subscriber,
        "chosen_subscriber": subscriber,
        "refusal": refusal,
        "of_minutes": isinstance(refusal, ByApplicationError) and refusal.of_minutes,
        "on_paper": refusal.service if isinstance(refusal, ByApplicationError) else None,
    }
    return render(request, "subscribers/services/refused.html", context, status=status)
