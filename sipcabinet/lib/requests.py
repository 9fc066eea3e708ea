"""The request's number and the client's address, which are found before the user is identified."""

import secrets
from collections.abc import Callable
from ipaddress import ip_address
from typing import TypeVar

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase

log = structlog.get_logger(__name__)
T = TypeVar("T")
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_request_id() -> str:
    """Ten characters that can be read out over the telephone."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(10))


def request_id(request: HttpRequest) -> str:
    """The number that error pages show and logs carry."""
    return getattr(request, "request_id", "")


class RequestIdMiddleware:
    """Gives each request a number, puts it on every log line and into the `X-Request-Id` header of the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        number = new_request_id()
        request.request_id = number  # type: ignore[attr-defined]
        with structlog.contextvars.bound_contextvars(request_id=number):
            response = self.get_response(request)
        response.headers["X-Request-Id"] = number
        return response


def client_address(request: HttpRequest) -> str:
    """The client's IP address. Of X-Forwarded-For only the last TRUSTED_PROXIES entries are trusted (1.2)."""
    address = str(request.META.get("REMOTE_ADDR") or "")
    if settings.TRUSTED_PROXIES:
        chain = [part.strip() for part in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if part.strip()]
        if len(chain) >= settings.TRUSTED_PROXIES:
            address = chain[-settings.TRUSTED_PROXIES]
    try:
        return _bare(address)
    except ValueError:
        log.warning("requests.address_unknown", trusted_proxies=settings.TRUSTED_PROXIES)
        return "0.0.0.0"  # noqa: S104 - a placeholder for "unknown", nothing listens on it


def _bare(address: str) -> str:
    """The plain IP address out of what proxies write: with a port, in brackets, or IPv4 within IPv6.

    Raises ValueError.
    """
    host = address
    if address.startswith("["):
        host = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        host = address.partition(":")[0]
    parsed = ip_address(host.partition("%")[0])  # PostgreSQL's inet cannot hold the zone of a link-local address
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def or_404(found: T | None) -> T:
    """What was found; raises Http404 for None, which stands for a missing row and for another account's alike."""
    if found is None:
        raise Http404
    return found


def user_agent(request: HttpRequest) -> str:
    return str(request.META.get("HTTP_USER_AGENT", ""))[:300]
