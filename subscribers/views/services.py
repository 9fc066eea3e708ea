"""«Услуги абонента»: active services, services that may be added, and former ones (3.2)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from subscribers.models import Subscriber, SubscriberStatus
from subscribers.selectors import channels, minute_packages, operations, prices, services
from subscribers.services.service_rules import ByApplicationError, ServiceError
from subscribers.views import chosen


@login_required
@require_safe
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """Assigned and available services, the packages of a «SIP-соединение», and all past changes."""
    account, subscriber = chosen.of_visitor_or_404(request, pk)
    closed = subscriber.status == SubscriberStatus.CLOSED
    on = services.assigned(account, subscriber)
    minutes = minute_packages.held(account, subscriber) if subscriber.is_trunk else None
    package = channels.current(account, subscriber) if subscriber.is_trunk else None
    context = {
        "subscriber": subscriber,
        "chosen_subscriber": subscriber,
        "closed": closed,
        "assigned": on,
        "offers": [] if closed else services.offers(subscriber, on),
        "minutes": minutes,
        "minutes_fee": prices.price_on(minutes.now.package) if minutes and minutes.now else None,
        "minute_offers": services.minute_offers() if subscriber.is_trunk and not closed else [],
        "package": package,
        "package_fee": prices.price_on(package.package) if package else None,
        "switch": operations.switch_state(account, subscriber),
        "page": services.history(
            account, subscriber, onward=request.GET.get("onward", ""), back=request.GET.get("back", "")
        ),
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
