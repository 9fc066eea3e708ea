"""Error pages: Russian, with the request's number, never a trace. They need neither a database nor a session."""

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext as _

from sipcabinet.lib import requests
from sipcabinet.site import theme
from sipcabinet.site.context import support

log = structlog.get_logger(__name__)
RETRY_SECONDS = 30  # after «too busy»: a burst is over by then, or the visitor is told the same again


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400."""
    return _page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403. The log gets the name of the page, as an address may hold a token."""
    log.warning("access.refused", page=getattr(request.resolver_match, "view_name", ""))
    return _page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404."""
    return _page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: falls back to a page without templates, should those be what broke."""
    try:
        return _page(request, 500)
    except Exception:  # the last page before a bare connection reset
        log.exception("error_page.broken")
        return HttpResponseServerError(_bare(requests.request_id(request)))


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: maintenance, or a part that the page cannot do without is down."""
    response = _page(request, 503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def too_large(request: HttpRequest) -> HttpResponse:
    """413: more was sent than the page takes."""
    return _page(request, 413)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: mostly an old tab, so it says what to do instead of «forbidden»."""
    log.warning("csrf.refused", reason=reason)
    return _page(request, 403, "csrf")


def _page(request: HttpRequest, status: int, name: str = "") -> HttpResponse:
    chosen = theme.of(request)
    context = {
        "code": status,
        "request_id": requests.request_id(request),
        "support": support(),
        "theme": chosen,
        "dark_media": theme.DARK_MEDIA[chosen],
    }
    # Without the request no context processor runs, so nothing asks the database who this is.
    return HttpResponse(render_to_string(f"errors/{name or status}.html", context), status=status)


def _bare(request_id: str) -> str:
    return format_html(
        '<!DOCTYPE html><html lang="ru"><meta charset="utf-8"><title>{title}</title>'
        "<h1>{title}</h1><p>{text} {number}</p>",
        title=_("Что-то пошло не так"),
        text=_("Ошибка на нашей стороне. Номер запроса:"),
        number=request_id,
    )
