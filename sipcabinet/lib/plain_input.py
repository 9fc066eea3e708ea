"""Refuses text and numbers that UTF-8 or PostgreSQL cannot hold, before a view gets them.

`PlainInputMiddleware` answers 400 for text and 404 for ids in URLs. Code that decodes values later (tokens of pages,
sealed forms) calls `is_plain` and `fits_bigint`.
"""

import codecs
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError

log = structlog.get_logger(__name__)
BIGINT = 2**63 - 1
# Headers that the portal stores, shows or compares.
HEADERS = ("HTTP_USER_AGENT", "HTTP_REFERER", "HTTP_X_FORWARDED_FOR", "HTTP_HOST", "HTTP_X_REQUESTED_WITH")
COOKIES = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "MESSAGES_COOKIE_NAME", "THEME_COOKIE_NAME")
_REPLACED = "\ufffd"  # Django decodes bytes that are not UTF-8 to this character


def is_plain(text: str) -> bool:
    """Whether PostgreSQL can hold the text: no NUL and no lone surrogate."""
    if "\0" in text:
        return False
    if not text.isascii():
        try:
            text.encode()  # several times faster than looking for surrogates
        except UnicodeEncodeError:
            return False
    return True


def fits_bigint(number: int) -> bool:
    return -BIGINT <= number <= BIGINT


class PlainRequest(WSGIRequest):
    """A request that sets `is_broken` when its Content-Type cannot be parsed, instead of raising.

    Django parses this header before any middleware runs, so an exception would give no error page.
    """

    is_broken = False

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except (ValueError, TypeError, LookupError):
            self.is_broken = True
            self.content_type, self.content_params = "", {}


class PlainInputMiddleware:
    """Refuses a request whose text cannot be stored: 400 with the error page and the request's number.

    Query string, path, our cookies and the headers are checked before the view is found. Form fields and file names are
    checked after that, so that a POST to a URL without a view is not parsed. A number in a URL that is too large for
    any id gives 404.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        _check_head(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: Any, arguments: dict[str, Any]
    ) -> HttpResponse | None:
        for value in arguments.values():
            if isinstance(value, int) and not fits_bigint(value):
                raise Http404
        if request.method == "POST":
            _check_body(request)
        return None


def _check_head(request: HttpRequest) -> None:
    meta = request.META
    if getattr(request, "is_broken", False) or not is_plain(request.path_info):
        raise _refusal("path or content type")
    query = meta.get("QUERY_STRING", "")
    if query and ("%" in query or "\0" in query or not query.isascii()):
        if not query.isascii() and not _is_utf8(query):  # Django would read Latin-1 instead
            raise _refusal("query")
        _check_fields(request.GET.lists(), query)
    for name in HEADERS:
        if (value := meta.get(name)) and not is_plain(value):
            raise _refusal("header")
    # A quoted cookie may hold octal escapes: "\000".
    if "\\" in (cookies := meta.get("HTTP_COOKIE", "")) or not is_plain(cookies):
        _check_cookies(request.COOKIES)
    if charset := (request.content_params or {}).get("charset"):
        _check_charset(charset)


def _refusal(what: str) -> BadRequest:
    """Logs which part of the request is refused, but not its content, which may be private."""
    log.warning("input.refused", what=what)
    return BadRequest(what)


def _check_cookies(cookies: dict[str, str]) -> None:
    for name in COOKIES:
        if not is_plain(cookies.get(getattr(settings, name), "")):
            raise _refusal("cookie")


def _check_charset(charset: str) -> None:
    """Refuses charsets but UTF-8 and ASCII: Django accepts any codec of Python, and `unicode_escape` can produce NUL
    and surrogates from plain ASCII."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        name = ""
    if name not in {"utf-8", "ascii"}:
        raise _refusal("charset")


def _check_body(request: HttpRequest) -> None:
    try:
        fields, files = request.POST, request.FILES
    except (ValueError, TypeError, LookupError, UnreadablePostError) as error:  # headers of a part, or a lost client
        raise _refusal("body") from error
    is_multipart = request.content_type == "multipart/form-data"
    _check_fields(fields.lists(), None if is_multipart else request)
    for name, uploads in files.lists():
        if not all(map(_is_whole, [name, *(upload.name or "" for upload in uploads)])):
            raise _refusal("file name")


def _check_fields(fields: Iterable[tuple[str, list[Any]]], raw: "str | HttpRequest | None") -> None:
    """Refuses fields that cannot be stored. `raw` is the undecoded source of the fields: it shows whether a replacement
    character was typed by the visitor or replaced bytes that are not UTF-8."""
    text = "\n".join([part for name, values in fields for part in (name, *values)])
    if not is_plain(text):
        raise _refusal("field")
    if _REPLACED in text and not _is_utf8(raw):
        raise _refusal("encoding")


def _is_utf8(raw: "str | HttpRequest | None") -> bool:
    if raw is None:  # a multipart body is not kept
        return False
    sent = raw.encode("latin-1") if isinstance(raw, str) else raw.body
    try:
        unquote_to_bytes(sent).decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_whole(text: str) -> bool:
    return _REPLACED not in text and is_plain(text)
