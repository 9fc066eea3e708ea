"""Middleware: security headers of every answer, and the refusal of writes that come from another site."""

from collections.abc import Callable

import structlog
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

log = structlog.get_logger(__name__)
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self' data:; "
    "font-src 'self'; "
    "connect-src 'self'; "
    "manifest-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'"
)
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class SecurityHeadersMiddleware:
    """Sets a strict Content-Security-Policy on every answer, also on static files; `no-store` on answers of views."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers["Server"] = "portal"  # else the server puts its own name there
        # Static files have their own Cache-Control; every other answer is private or soon out of date.
        response.headers.setdefault("Cache-Control", "no-store")
        return response


SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SameOriginMiddleware:
    """Refuses a write that another site began, as the browser reports (Sec-Fetch-Site): raises PermissionDenied.

    Older browsers do not send this header; there only the CSRF token protects. A sibling host (`same-site`) counts as
    another site: no page of a sibling host writes to the portal.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        site = request.META.get("HTTP_SEC_FETCH_SITE", "")
        if site in {"cross-site", "same-site"} and request.method not in SAFE_METHODS:
            log.warning("request.of_another_site", site=site)
            raise PermissionDenied
        return self.get_response(request)
