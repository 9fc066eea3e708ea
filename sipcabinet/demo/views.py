"""The demo's mailbox: people who try the portal read here the letters that it has sent to customers."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from sipcabinet.demo.mailbox import Mailbox, MailboxLetter
from sipcabinet.lib import downloads, tenancy
from sipcabinet.lib.security import CONTENT_SECURITY_POLICY

PER_PAGE = 25
# The policy of a letter's HTML: inline styles apply, links open in a new tab, no script runs and nothing is fetched.
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Page:
    """Numbers of the neighbouring pages for the pager; None if there is no such page."""

    back: int | None
    onward: int | None


@tenancy.exempt
@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    """All letters, the newest first; the parameter `to` keeps only letters whose recipient contains it."""
    wanted = request.GET.get("to", "").strip()
    pages = Paginator(Mailbox(settings.MAILBOX_DIR).entries(wanted), PER_PAGE)
    page = pages.get_page(request.GET.get("back") or request.GET.get("onward"))
    neighbours = _Page(
        back=page.previous_page_number() if page.has_previous() else None,
        onward=page.next_page_number() if page.has_next() else None,
    )
    context = {"letters": page.object_list, "count": pages.count, "wanted": wanted, "page": neighbours}
    return render(request, "demo/letters.html", context)


@tenancy.exempt
@require_safe
def letter(request: HttpRequest, key: str) -> HttpResponse:
    """One letter: its HTML in a frame, its plain text, its files."""
    response = render(request, "demo/letter.html", {"letter": _letter(key)})
    response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return response


@tenancy.exempt
@require_safe
@xframe_options_sameorigin
def letter_html(_request: HttpRequest, key: str) -> HttpResponse:
    """The letter's HTML alone, with a separate content policy, for the frame."""
    html = _letter(key).html
    if not html:
        raise Http404
    response = HttpResponse(_HEAD.sub(r'\g<0><base target="_blank">', html, count=1))
    response.headers["Content-Security-Policy"] = LETTER_POLICY
    return response


@tenancy.exempt
@require_safe
def attachment(_request: HttpRequest, key: str, number: int) -> HttpResponse:
    """One file of a letter, always as a download."""
    files = _letter(key).files
    if number >= len(files):
        raise Http404
    response = HttpResponse(files[number].content, content_type=files[number].content_type)
    response.headers["Content-Disposition"] = downloads.disposition(files[number].name)
    return response


def _letter(key: str) -> MailboxLetter:
    found = Mailbox(settings.MAILBOX_DIR).letter(key)
    if found is None:
        raise Http404
    return found
