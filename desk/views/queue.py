"""The way from one waiting row of a queue to the next (4.2)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from desk.queues import BY_NAME
from desk.selectors import turns, waiting
from sipcabinet.lib import plain_input


@require_safe
def next_row(request: HttpRequest, queue: str) -> HttpResponse:
    """Leads to the waiting row after `?after=` (a primary key), else to the oldest; to the list if no other waits."""
    found = BY_NAME.get(queue)
    if found is None:
        raise Http404
    part = next((one for one in found.parts if one.item), None)
    if part is None:
        raise Http404
    if not part.may_decide(request.user):
        raise PermissionDenied
    waiting.forget()  # a decision has probably just been taken: the navigation must not show the row any more
    following = turns.after(part, _key(request.GET.get("after", "")))
    if following is None:
        messages.info(request, _("В очереди «%(queue)s» больше ничего не ждёт.") % {"queue": found.title})
        return redirect(part.list_url)
    return redirect(part.item_url(following))


def _key(text: str) -> int | None:
    """The primary key in the address; anything else counts as none."""
    key = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
    return key if key is not None and plain_input.fits_bigint(key) else None
