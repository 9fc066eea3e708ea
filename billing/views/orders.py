"""«Мои заказы» and the page of an order (2.5)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import visitor
from accounts.models import Account
from billing import kinds
from billing.selectors import documents, order_bounds, orders
from billing.selectors.orders import OrderView
from billing.services import orders as order_services
from billing.services.order_bounds import BoundError
from billing.views import bounds, files, order_rows
from billing.views.progress import Progress
from sipcabinet.lib import requests
from sipcabinet.lib.errors import DomainError


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All orders, newest first."""
    tokens = {name: request.GET.get(name, "") for name in ("onward", "back")}
    page = orders.page(visitor.of(request).account, **tokens)
    token = get_token(request)
    context = {"rows": order_rows.html(page.rows, token), "page": page, "csrf_token": token}
    return render(request, "billing/orders.html", context)


@login_required
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One order: what was ordered, its stage, when it arrives. The last page of the wizard that placed it."""
    order = _order_or_404(visitor.of(request).account, number)
    kind = kinds.of(order.order)
    extra = {
        "facts": kind.facts(order.order),
        "steps": kind.steps() if "placed" in request.GET else [],
        "again": kind.again(),
    }
    return render(request, "billing/order.html", {**_context(order), **extra})


@require_safe
def status(request: HttpRequest, number: str) -> HttpResponse:
    """The changing part of an order's page, or with `row` its row in the list. Answers 204 while nothing has changed,
    so that a screen reader reads nothing twice."""
    if not request.user.is_authenticated and "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})  # the session is over: the page asks to sign in
    return _status_of_known(request, number)


@login_required
def _status_of_known(request: HttpRequest, number: str) -> HttpResponse:
    order = _order_or_404(visitor.of(request).account, number)
    if request.GET.get("seen") == order.fingerprint:
        return HttpResponse(status=204)
    if "row" in request.GET:
        return HttpResponse(order_rows.html([order], get_token(request)))
    return render(request, "billing/order_status.html", _context(order))


@login_required
@require_POST
def resend(request: HttpRequest, number: str) -> HttpResponse:
    """«Отправить ещё раз»."""
    who = visitor.of(request)
    order = _order_or_404(who.account, number).order
    try:
        letter = order_services.resend(order=order, user=who.user, address=requests.client_address(request))
    except BoundError as refusal:
        return bounds.refused(request, _("Отправить ещё раз"), refusal)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Письмо поставлено в очередь на %(address)s") % {"address": letter.recipient})
    return redirect("billing:order", number)


@login_required
@require_safe
def file(request: HttpRequest, number: str) -> HttpResponseBase:
    """The created document."""
    document = requests.or_404(documents.of_order(visitor.of(request).account, number))
    return files.download_of(request, document)


def _order_or_404(account: Account, number: str) -> OrderView:
    return requests.or_404(orders.by_number(account, number))


def _context(order: OrderView) -> dict[str, object]:
    allowed = order_bounds.of(order.order.account) if order.may_resend else None
    return {"order": order, "progress": Progress(order), "bounds": allowed}
