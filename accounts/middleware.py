"""Middleware of every request: the session, and the steps required before any page."""

from collections.abc import Callable
from typing import Any

from django.contrib import auth
from django.contrib.auth.middleware import AuthenticationMiddleware as DjangoAuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode

from accounts.backends import read_with_session
from accounts.services import sessions
from accounts.sessions import Origin
from sipcabinet.lib import requests

BACKGROUND_HEADER = "X-Background"
SERVER_ERROR = 500  # from this status on, Django does not save a session
# Pages that stay open before the code is entered or the temporary password is changed.
ALWAYS_OPEN = frozenset(
    {"accounts:sign_out", "accounts:keep_alive", "accounts:help", "site:theme", "site:security_txt"}
)


class SessionMiddleware(DjangoSessionMiddleware):
    """Django's middleware, which also records the time and address of a session's last use (1.2, 1.3).

    Requests that a page sends by itself (header `X-Background: 1`, e.g. an order's progress) do not count as use.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        sessions.store(request).origin = Origin(requests.client_address(request), requests.user_agent(request))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.headers.get(BACKGROUND_HEADER) != "1":
            is_saved_next = request.session.modified and response.status_code < SERVER_ERROR
            sessions.store(request).touch(is_saved_next=is_saved_next)
        return super().process_response(request, response)


class AuthenticationMiddleware(DjangoAuthenticationMiddleware):
    """Django's middleware. The login comes with its session's row, in one query; Django's checks stay."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _login(request))  # type: ignore[assignment]


def _login(request: HttpRequest) -> Any:
    request.session.get(auth.SESSION_KEY)  # reads the session's row
    row = sessions.store(request).row
    with read_with_session(row.user if row is not None and row.user_id else None):
        return auth.get_user(request)


class PasswordChangeMiddleware:
    """Redirects every page of an incomplete session to the missing step: a code, then a new password (1.1c)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        first = _required_first(request)
        match = request.resolver_match
        if not first or match is None or match.view_name in {first, *ALWAYS_OPEN}:
            return None
        query = urlencode({"next": request.get_full_path()}) if request.method in {"GET", "HEAD"} else ""
        return HttpResponseRedirect(reverse(first) + (f"?{query}" if query else ""))


def _required_first(request: HttpRequest) -> str:
    if not request.user.is_authenticated:
        return ""
    if sessions.second_factor_due(request):
        return "accounts:second_factor"
    return "accounts:password_change" if sessions.must_change_password(request) else ""
