"""Variables that every template may use beside its view's context: at most one query a minute, for the face."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from operator_profile.selectors import face
from sipcabinet.lib import requests
from sipcabinet.site import theme


def portal(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the operator's face with his contacts (4.16), chosen theme, the idle time after which a
    session ends (1.2), and the view of staff who look at the account as its customer (4.9)."""
    chosen, shown = theme.of(request), face.in_force()
    return {
        "request_id": requests.request_id(request),
        "face": shown,
        "support": shown.support,
        "theme": chosen,
        "theme_cookie": theme.COOKIE,
        "dark_media": theme.DARK_MEDIA[chosen],
        "viewing": getattr(request, "viewing", None),
        "idle_seconds": int(settings.SESSION_IDLE.total_seconds()),
    }
