"""«Просмотр кабинета глазами клиента»: the reason is asked, then the customer's own pages open read-only (4.9)."""

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Account, CustomerView, ViewEnd
from accounts.services import customer_views
from desk.forms.customer_view import CustomerViewForm
from sipcabinet.lib import requests
from sipcabinet.lib.errors import DomainError


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, account_pk: int) -> HttpResponse:
    """Asks for the reason; then begins the view and opens the customer's home page."""
    account = requests.or_404(Account.objects.select_related("customer").filter(pk=account_pk).first())
    form = CustomerViewForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            customer_views.begin(request=request, account=account, reason=form.cleaned_data["reason"])
        except DomainError as refusal:
            form.add_error("reason", refusal.message)
        else:
            return redirect("site:home")
    context = {
        **admin.site.each_context(request),
        "title": _("Просмотр кабинета глазами клиента"),
        "account": account,
        "form": form,
        "open": customer_views.still_open(request),
        "minutes": round(settings.CUSTOMER_VIEW_LIFETIME.total_seconds() / 60),
    }
    return render(request, "desk/view_as.html", context)


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """«Закончить просмотр»: back to the account at the desk, or to its first page without the right to see accounts."""
    view = customer_views.end(request=request, how=ViewEnd.BUTTON)
    if view is None:
        messages.info(request, _("Просмотр кабинета уже закончен."))
        return redirect("admin:index")
    messages.success(request, _words(view))
    if request.user.has_perm("accounts.view_account") or request.user.has_perm("accounts.change_account"):
        return redirect("admin:accounts_account_change", view.account_id)
    return redirect("admin:index")


def _words(view: CustomerView) -> str:
    return _("Просмотр кабинета закончен: л/с %(number)s, %(name)s.") % {
        "number": view.account.number,
        "name": view.account.customer.name,
    }
