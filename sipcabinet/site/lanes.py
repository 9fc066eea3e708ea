"""The portal's lanes, and the error page for requests that a lane refuses."""

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse

from operator_profile.selectors import face
from sipcabinet.lib.lanes import BUSY, TOO_LARGE, Application, Environ, Lane, Lanes, StartResponse
from sipcabinet.lib.requests import new_request_id
from sipcabinet.lib.security import SecurityHeadersMiddleware
from sipcabinet.site import errors, theme
from subscribers.services import call_intake, sip_links

MIB = 1024 * 1024
SPARE_THREADS = 4  # of the server, for requests that are refused at once
NUMBER_PLACE = "NUMBERPLACE"  # placeholder in the page that is rendered once; replaced by each request's number


def lanes() -> list[Lane]:
    """The lanes; the first match takes a request. The numbers of threads are settings (docs/security.md, «Bounds»)."""
    threads = settings.WEB_THREADS
    return [
        # Never waits for the database, so that a supervisor does not end a process for its sake.
        Lane("alive", 1, re.compile("^/healthz$"), room=3, wait_seconds=3, uses_database=False),
        Lane("health", 1, re.compile("^/(health/|readyz$)"), room=3, wait_seconds=3),
        Lane("static", 2, re.compile(f"^{re.escape(settings.STATIC_URL)}"), room=6, wait_seconds=5),
        # Staff upload files of calls of up to half a gigabyte.
        Lane(
            "desk",
            threads["desk"],
            re.compile("^/admin/"),
            room=8,
            wait_seconds=5,
            bodies=4,
            largest_body=520 * MIB,
        ),
        # PDF, XLSX, CSV: each takes seconds, and a process renders its PDFs one after another.
        Lane(
            "documents",
            threads["documents"],
            re.compile(
                r"^/d/|/(export|file|pdf|resend)/$|/files/[^/]+/$|/documents/corrections/|/services/\d+/application/$"
            ),
            room=6,
            wait_seconds=5,
        ),
        # Records of calls that switches send: the body of a stranger is not read.
        Lane(
            "records",
            1,
            re.compile(f"^{call_intake.PATH}"),
            room=8,
            wait_seconds=3,
            largest_body=call_intake.MOST_BYTES,
            admit=call_intake.admits,
            body_seconds=10,
        ),
        # Settings that telephones fetch: strangers who try addresses take no thread of the pages.
        Lane("phones", 1, re.compile(f"^/{sip_links.PATH}"), room=20, wait_seconds=5, largest_body=1024),
        Lane("pages", threads["pages"], re.compile(""), room=threads["room"], wait_seconds=settings.WEB_WAIT_SECONDS),
    ]


def server_threads() -> int:
    """How many threads the server needs to keep every lane full and still refuse further requests at once."""
    return sum(lane.most for lane in lanes()) + SPARE_THREADS


def behind_lanes(application: Application) -> Lanes:
    """The portal's WSGI application, wrapped in the lanes."""
    return Lanes(application, lanes(), _refuse)


def _refuse(status: int) -> Application:
    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        refusal = _refusal(status, theme.of(WSGIRequest(environ)), face.known().version)
        number = new_request_id()
        headers = [*refusal.headers, ("X-Request-Id", number)]
        start_response(refusal.status_line, headers)
        return [refusal.body.replace(NUMBER_PLACE.encode(), number.encode())]

    return application


def _unproved(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=UNPROVED, headers={"WWW-Authenticate": call_intake.CHALLENGE})


UNPROVED = 401
# Any other refusal is for a program.
_PAGES = {TOO_LARGE: errors.too_large, BUSY: errors.unavailable, UNPROVED: _unproved}


@dataclass(frozen=True, slots=True)
class _Refusal:
    status_line: str
    headers: Sequence[tuple[str, str]]
    body: bytes


@functools.cache
def _refusal(status: int, chosen_theme: str, _version: int) -> _Refusal:
    """The error page, rendered once for each version of the face.

    In a burst the processors must be free for the requests that are accepted."""
    request = HttpRequest()
    request.COOKIES[theme.COOKIE] = chosen_theme
    request.request_id = NUMBER_PLACE  # type: ignore[attr-defined]
    page = _PAGES.get(status, lambda _request: HttpResponse(status=status))
    response = SecurityHeadersMiddleware(page)(request)
    line = f"{response.status_code} {response.reason_phrase}"
    return _Refusal(line, tuple(response.items()), b"".join(cast("Iterable[bytes]", response)))
