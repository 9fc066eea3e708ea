"""Variables that every template may use beside its view's context. This module makes no database query."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from sipcabinet.lib import phones, requests
from sipcabinet.site import theme


@dataclass(frozen=True, slots=True)
class Support:
    """The operator's contacts for customers."""

    phone: str
    phone_shown: str
    email: str
    hours: str


def support() -> Support:
    return Support(
        phone=settings.SUPPORT_PHONE,
        phone_shown=phones.display(settings.SUPPORT_PHONE),
        email=settings.SUPPORT_EMAIL,
        hours=settings.SUPPORT_HOURS,
    )


def portal(request: HttpRequest) -> dict[str, Any]:
    """Context processor: operator's contacts, chosen theme, the idle time after which a session ends
    (1.2), and the view of staff who look at the account as its customer (4.9)."""
    chosen = theme.of(request)
    return {
        "request_id": requests.request_id(request),
        "operator_name": settings.OPERATOR_NAME,
        "support": support(),
        "theme": chosen,
        "theme_cookie": theme.COOKIE,
        "dark_media": theme.DARK_MEDIA[chosen],
        "viewing": getattr(request, "viewing", None),
        "idle_seconds": int(settings.SESSION_IDLE.total_seconds()),
    }
