"""/.well-known/security.txt (RFC 9116): the contact for reports of vulnerabilities in the portal."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from operator_profile.selectors import face
from sipcabinet.lib import clock, tenancy

GOOD_FOR = timedelta(days=180)  # the RFC recommends less than a year
DAY_SECONDS = 24 * 3600


@tenancy.exempt
@require_safe
@cache_control(public=True, max_age=DAY_SECONDS)
def security_txt(request: HttpRequest) -> HttpResponse:
    """Plain text; `Expires` is counted from the moment of the answer, so that the file is never out of date."""
    expires = (clock.now() + GOOD_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    fields = [
        ("Contact", settings.SECURITY_CONTACT or f"mailto:{face.in_force().support.email}"),
        ("Expires", expires.strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("Preferred-Languages", "ru, en"),
        ("Canonical", f"{settings.SITE_URL}{reverse('site:security_txt')}"),
        ("Policy", settings.SECURITY_POLICY_URL),
        ("Encryption", settings.SECURITY_ENCRYPTION_URL),
    ]
    text = "".join(f"{name}: {value}\n" for name, value in fields if value)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
