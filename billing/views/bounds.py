"""What a page says where an account has ordered as much as it may for now."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billing.selectors.order_bounds import OrderBounds
from billing.services.order_bounds import BoundError, reason


def context(bounds: OrderBounds) -> dict[str, object]:
    """For `billing/orders_left.html` and `billing/orders_bound_words.html`."""
    return {"bounds": bounds, "bound_reason": reason(bounds), "allowed_at": bounds.allowed_at}


def page(
    request: HttpRequest, title: str, bounds: OrderBounds, allowed_at: datetime | None, *, status: int = 200
) -> HttpResponse:
    """Instead of a form: why nothing can be ordered, and from when on it can."""
    told = {"bound_reason": reason(bounds), "allowed_at": allowed_at, "bound_title": title}
    return render(request, "billing/orders_bound.html", told, status=status)


def refused(request: HttpRequest, title: str, refusal: BoundError) -> HttpResponse:
    """After a form or a press that came too late."""
    return page(request, title, refusal.bounds, refusal.allowed_at, status=409)
