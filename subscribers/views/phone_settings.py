"""Where a telephone fetches its settings: the address with its secret is all that it shows (3.4)."""

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from accounts.services.throttles import ThrottledError
from sipcabinet.lib import requests, tenancy
from subscribers.services import sip_links
from subscribers.services.sip_links import NoSettingsError

log = structlog.get_logger(__name__)


@tenancy.exempt
@require_safe
@sensitive_variables()
def fetch(request: HttpRequest, rest: str) -> HttpResponse:
    """The settings, or the same 404 for each thing that is wrong. Over http there is nothing if the portal has https.

    The secret is part of the path, so nothing here may write the path anywhere (`logs.masked`).
    """
    secret, _slash, file_name = rest.partition("/")
    if settings.HTTPS and not request.is_secure():
        return _missing()
    try:
        file = sip_links.fetch(secret=secret, file_name=file_name, address=requests.client_address(request))
    except NoSettingsError:
        return _missing()
    except ThrottledError as refusal:
        log.warning("phones.throttled")
        response = _answer("Too many requests\n", status=429)
        response.headers["Retry-After"] = str(refusal.seconds)
        return response
    return _answer(file.text, mime=file.mime)


def _missing() -> HttpResponse:
    return _answer("Not found\n", status=404)


def _answer(text: str, *, status: int = 200, mime: str = "text/plain") -> HttpResponse:
    response = HttpResponse(text, status=status, content_type=f"{mime}; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
