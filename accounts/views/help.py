"""«Помощь»: the operator's contacts and instructions. Open also to visitors who cannot sign in."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import frame, rules_of_temporary_passwords
from accounts.models import User
from sipcabinet.lib import tenancy


@tenancy.exempt
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Shows the same text to signed-in and other visitors; only the base template differs."""
    base = frame(request.user) if isinstance(request.user, User) else "base_sign_in.html"
    context = {
        "frame": base,
        **rules_of_temporary_passwords(),
        "delay": _in_words(settings.CALL_DETAIL_DELAY),
        "link_days": settings.LINK_LIFETIME.days,
        "channel_days": settings.CHANNEL_CHANGE_INTERVAL.days,
        "promise_days": settings.GUARANTEE_LIFETIME.days,
    }
    return render(request, "accounts/help.html", context)


def _in_words(delay: timedelta) -> str:
    """`24 ч`, or `5 мин` for a delay of less than an hour."""
    minutes = max(1, round(delay.total_seconds() / 60))
    return _("%(hours)d ч") % {"hours": minutes // 60} if minutes >= 60 else _("%(minutes)d мин") % {"minutes": minutes}
