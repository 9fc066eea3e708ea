"""«Сколько стоит звонок»: the price of one call with each step of its rating (4.3, 4.5)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from desk.forms.catalogue.call_price import CallPriceForm
from desk.selectors import call_steps
from sipcabinet.lib.errors import DomainError
from subscribers.calls import quotes


@require_safe
def view(request: HttpRequest) -> HttpResponse:
    """The form, and below it the price. Nothing is written, so the address can be sent to a colleague."""
    form = CallPriceForm(request.GET) if request.GET else CallPriceForm()
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Сколько стоит звонок"),
        "form": form,
        "has_errors": bool(request.GET and form.errors),
    }
    if request.GET and form.is_valid():
        told = form.cleaned_data
        try:
            quote = quotes.quote(called=told["called"], talked=told["length"], moment=form.moment)
        except DomainError as refusal:
            form.add_error("called", refusal.message)
            context["has_errors"] = True
        else:
            context |= {"quote": quote, "steps": call_steps.of(quote, told["day"], told["plan"])}
    return TemplateResponse(request, "desk/catalogue/call_price.html", context)
