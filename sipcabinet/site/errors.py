"""Error pages: in Russian, with the request's number, without a trace. They need no database and no session."""

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext as _

from operator_profile.selectors import face
from sipcabinet.lib import requests
from sipcabinet.site import theme

log = structlog.get_logger(__name__)
RETRY_SECONDS = 30  # after «too busy»: most bursts end within this time; otherwise the visitor gets 503 again


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400."""
    return _page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403. Logs the page's name and not its URL, which may hold a token."""
    log.warning("access.refused", page=getattr(request.resolver_match, "view_name", ""))
    return _page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404."""
    return _page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: falls back to a page without templates, in case the templates are broken."""
    try:
        return _page(request, 500)
    except Exception:  # without this page the visitor would get a connection reset
        log.exception("error_page.broken")
        return HttpResponseServerError(_bare(requests.request_id(request)))


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: maintenance, no free thread, or a service that the page needs is down."""
    response = _page(request, 503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def too_large(request: HttpRequest) -> HttpResponse:
    """413: the request's body is larger than the page accepts."""
    return _page(request, 413)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: the cause is mostly an old tab, so the page says what to do instead of «forbidden»."""
    log.warning("csrf.refused", reason=reason)
    return _page(request, 403, "csrf")


def _page(request: HttpRequest, status: int, name: str = "") -> HttpResponse:
    chosen, shown = theme.of(request), face.known()
    context = {
        "code": status,
        "request_id": requests.request_id(request),
        "face": shown,
        "support": shown.support,
        "theme": chosen,
        "dark_media": theme.DARK_MEDIA[chosen],
    }
    if viewing := getattr(request, "viewing", None):  # its banner needs no query: the view is loaded already
        context |= {"viewing": viewing, "csrf_token": get_token(request)}
    # Rendering without the request runs no context processor, so nothing queries the database for the user.
    return HttpResponse(render_to_string(f"errors/{name or status}.html", context), status=status)


def _bare(request_id: str) -> str:
    return format_html(
        '<!DOCTYPE html><html lang="ru"><meta charset="utf-8"><title>{title}</title>'
        "<h1>{title}</h1><p>{text} {number}</p>",
        title=_("Что-то пошло не так"),
        text=_("Ошибка на нашей стороне. Номер запроса:"),
        number=request_id,
    )
