"""Helpers for views: redirect targets, the cookie of known devices, base templates."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User
from accounts.services import known_devices


class SignedInRequest(HttpRequest):
    """A request behind `login_required`."""

    user: User


def safe_next(request: HttpRequest) -> str:
    """The local page in the parameter `next`, or an empty string; never another site (no open redirect)."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    local = target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return target if local else ""


def devices(request: HttpRequest) -> str:
    """The value of the browser's cookie of known devices, for services."""
    return str(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""))


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Makes the browser a known device of the login that is signed in there (1.2)."""
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        known_devices.remember(user=user, cookie=devices(request)),
        max_age=settings.KNOWN_DEVICE_LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def landing(user: User) -> str:
    """The page after signing in without `next`: the home page for customers, the desk for staff."""
    return resolve_url("admin:index" if user.is_staff else "site:home")


def frame(user: User) -> str:
    """The base template of a page that customers and staff share: staff have no side navigation."""
    return "accounts/desk.html" if user.is_staff else "base_portal.html"


def rules_of_temporary_passwords() -> dict[str, int]:
    """The limits of temporary passwords, for the text of pages (1.1b)."""
    return {
        "password_hours": int(settings.TEMPORARY_PASSWORD_LIFETIME.total_seconds() // 3600),
        "passwords_per_hour": settings.TEMPORARY_PASSWORDS_PER_HOUR,
    }
