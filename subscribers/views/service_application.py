"""The application for a service that is connected and disconnected only on paper (3.2)."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from operator_profile.selectors import face, requisites
from sipcabinet.lib import clock, pdf, phones
from subscribers.models import SubscriberStatus
from subscribers.selectors import prices, services
from subscribers.views import chosen


@login_required
@require_safe
def file(request: HttpRequest, pk: int, paper_service_pk: int) -> HttpResponseBase:
    """A PDF filled with the account's requisites: to connect the service, or to disconnect it if it is active."""
    account, subscriber = chosen.of_visitor_or_404(request, pk)
    service = services.on_paper(subscriber, paper_service_pk)
    is_on = any(one.service == service for one in services.assigned(services.periods(account, subscriber)))
    if service is None or subscriber.status == SubscriberStatus.CLOSED or not (is_on or service.is_offered):
        raise Http404
    operator = requisites.on(clock.today())
    context = {
        "account": account,
        "customer": account.customer,
        "subscriber": subscriber,
        "service": service,
        "is_on": is_on,
        "fee": prices.price_on(service),
        "made_on": clock.today(),
        "operator": operator,
        "support": face.in_force().support,
    }
    names = {"service": service.name, "phone": phones.display(subscriber.phone)}
    title = _("Заявление на услугу")
    name = _("Заявление на услугу «%(service)s» %(phone)s") % names
    document = pdf.render("pdf/service_application.html", context, title=title, author=operator.name)
    return pdf.attachment(name, document)
