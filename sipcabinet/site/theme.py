"""Colour theme: light, dark, or that of the system. A cookie keeps it, so the first paint has the right colours."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from sipcabinet.lib import tenancy

COOKIE = settings.THEME_COOKIE_NAME
SYSTEM = "system"
YEAR_SECONDS = 365 * 24 * 3600
# The media query for the dark colours of each theme; print is always light.
DARK_MEDIA = {
    "light": "not all",
    "dark": "screen",
    SYSTEM: "screen and (prefers-color-scheme: dark)",
}


def of(request: HttpRequest) -> str:
    """The theme chosen in this browser; any other value of the cookie counts as no choice."""
    chosen = request.COOKIES.get(COOKIE, SYSTEM)
    return chosen if chosen in DARK_MEDIA else SYSTEM


@tenancy.exempt
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Stores the choice and redirects to the page where it was made. Scripts set the same cookie without a reload."""
    chosen = request.POST.get("theme", SYSTEM)
    response = HttpResponseRedirect(_back(request))
    if chosen in DARK_MEDIA:
        response.set_cookie(COOKIE, chosen, max_age=YEAR_SECONDS, samesite="Lax", secure=settings.HTTPS)
    return response


def _back(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    known = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if known else "/"
