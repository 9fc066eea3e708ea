"""Middleware that shows staff the pages of an account as its customer sees them, and lets nothing be written (4.9)."""

from collections.abc import Callable

import psycopg.errors
import structlog
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from accounts.services import customer_views, looks
from accounts.services.customer_views import ViewEndedError, Viewing
from accounts.services.looks import Noted
from sipcabinet.lib import downloads, tenancy
from sipcabinet.lib.look_kinds import LookKind
from sipcabinet.lib.security import SAFE_METHODS

log = structlog.get_logger(__name__)
HTTP_OK = 200
# Pages that belong to the browser's own session, also during a view. Every other page is the customer's.
OWN_NAMESPACES = frozenset({"admin", "demo"})
OWN_PAGES = frozenset(
    {
        *("site:health", "site:alive", "site:ready", "site:security_txt", "site:theme"),
        *("accounts:sign_in", "accounts:second_factor", "accounts:sign_out", "accounts:keep_alive"),
        *("accounts:forgot", "accounts:forgot_sent", "accounts:password_change"),
        *("accounts:security", "accounts:end_session", "accounts:end_other_sessions"),
        *("accounts:second_factor_on", "accounts:second_factor_off", "accounts:recovery_codes"),
    }
)
# Pages and files with the numbers that a customer called, or was called by.
PAGES_OF_DIALLED_NUMBERS = frozenset(
    {"subscribers:calls", "subscribers:calls_export", "billing:order_file", "billing:download"}
)
# How PostgreSQL refuses a write of the viewer: no right, or a transaction that only reads.
REFUSALS = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)


class CustomerViewMiddleware:
    """Runs the customers' pages of a session with an open view behind the viewer's wall, as the account's login.

    The person of the staff stays in the session. A method that may write is refused before any view runs. A GET that
    tries to write is refused by the database; the visitor gets the same page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if customer_views.KEY not in request.session:
            return self.get_response(request)
        page = _page(request)
        if page is None:
            return self.get_response(request)
        try:
            viewing = customer_views.of(request)
        except ViewEndedError as ended:
            return _after_the_end(request, ended)
        if viewing is None:
            return self.get_response(request)
        return self._shown(request, viewing, page)

    def _shown(self, request: HttpRequest, viewing: Viewing, page: str) -> HttpResponseBase:
        request.viewing = viewing  # type: ignore[attr-defined]
        log.info("customer_view.page", view_id=viewing.view.pk, page=page, method=request.method)
        if request.method not in SAFE_METHODS:
            return refused(request, viewing)
        if page in PAGES_OF_DIALLED_NUMBERS and not viewing.sees_dialled_numbers:
            return refused(request, viewing, "accounts/view_without_calls.html")
        with tenancy.viewer(viewing.account.pk):
            request.user = viewing.customer
            try:
                response = self.get_response(request)
            finally:
                request.user = viewing.staff
        if getattr(request, "view_refused", False):
            return refused(request, viewing)
        _record_look(request, viewing, page, response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Notes that a page tried to write. The page of the refusal is made after the transaction has ended."""
        if getattr(request, "viewing", None) is None or not _is_refusal(exception):
            return None
        log.warning("customer_view.write_refused", page=getattr(request.resolver_match, "view_name", ""))
        request.view_refused = True  # type: ignore[attr-defined]
        return HttpResponse(status=403)


def _record_look(request: HttpRequest, viewing: Viewing, page: str, response: HttpResponseBase) -> None:
    """Writes a look at what the page said that it shows (`looks.note`), or at any file that it gives (4.10)."""
    if request.method != "GET" or response.status_code != HTTP_OK:
        return
    shown = looks.noted(request)
    if shown is None and (name := downloads.name_of(response)):
        shown = Noted(LookKind.FILE, f"{page}:{name}", _("Файл: %(name)s") % {"name": name})
    if shown is not None:
        summary = _("Глазами клиента. %(what)s") % {"what": shown.summary}
        looks.record(
            request=request,
            kind=shown.kind,
            subject=f"view:{shown.subject}",
            summary=summary,
            accounts=[viewing.account],
        )


def refused(request: HttpRequest, viewing: Viewing, template: str = "accounts/view_refused.html") -> HttpResponse:
    """403: what the customer could do here, a viewer may not."""
    return render(request, template, {"user": viewing.customer}, status=403)


def _page(request: HttpRequest) -> str | None:
    """The name of the customer's page that is asked for, empty for an unknown URL; None for the own session's pages."""
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return ""
    if OWN_NAMESPACES & set(match.namespaces) or match.view_name in OWN_PAGES:
        return None
    return match.view_name


def _after_the_end(request: HttpRequest, ended: ViewEndedError) -> HttpResponse:
    """Back to the desk, where a new view of the account can begin."""
    messages.warning(request, ended.message)
    if ended.account_id is None:
        return HttpResponseRedirect(reverse("admin:index"))
    return HttpResponseRedirect(reverse("admin:desk_view_as", args=[ended.account_id]))


def _is_refusal(exception: BaseException) -> bool:
    found: BaseException | None = exception
    while found is not None:
        if isinstance(found, (*REFUSALS, tenancy.OnlyViewedError)):
            return True
        found = found.__cause__
    return False
