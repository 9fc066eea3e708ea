"""What a page shows when the account has reached a limit of orders."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billing.selectors.order_bounds import OrderBounds
from billing.services.order_bounds import BoundError, reason


def context(bounds: OrderBounds) -> dict[str, object]:
    """Context for `billing/orders_left.html` and `billing/orders_bound_words.html`."""
    return {"bounds": bounds, "bound_reason": reason(bounds), "allowed_at": bounds.allowed_at}


def page(
    request: HttpRequest, title: str, bounds: OrderBounds, allowed_at: datetime | None, *, status: int = 200
) -> HttpResponse:
    """The page shown instead of a form: why nothing can be ordered now, and from when ordering is possible."""
    told = {"bound_reason": reason(bounds), "allowed_at": allowed_at, "bound_title": title}
    return render(request, "billing/orders_bound.html", told, status=status)


def refused(request: HttpRequest, title: str, refusal: BoundError) -> HttpResponse:
    """The page after a form or a press that arrived when the limit was already reached."""
    return page(request, title, refusal.bounds, refusal.allowed_at, status=409)
