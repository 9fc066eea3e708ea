"""«Страница клиента» (4.1): everything about a customer that a telephone call may ask for, on one page."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from desk.forms.customer import NoteForm
from desk.selectors.customer import page
from desk.views.customer import found, waiting


@require_safe
def view(request: HttpRequest, pk: int) -> HttpResponse:
    """The page; each section only for staff who may see its rows in their own table."""
    customer = found.customer_of(request, pk)
    shown = page.of(customer, request.user)
    context = {**admin.site.each_context(request), "title": customer.name, "customer": customer, "shown": shown}
    context |= {"waiting": waiting.of(shown, request.user), "note_form": NoteForm()}
    return TemplateResponse(request, "desk/customer/page.html", context)
