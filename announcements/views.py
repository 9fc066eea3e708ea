"""«Скрыть» on the banner of an announcement (4.14)."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts import http, visitor
from announcements.services import announcements


@login_required
@require_POST
def hide(request: HttpRequest, announcement_pk: int) -> HttpResponse:
    """Hides the banner for the customer's account and returns to the page that showed the banner."""
    if not announcements.hide(account=visitor.of(request).account, announcement_id=announcement_pk):
        raise Http404
    return redirect(http.safe_next(request) or "site:home")
