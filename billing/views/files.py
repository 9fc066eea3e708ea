"""Downloads of files: by a signed link from a letter, or from «Мои заказы» (2.3.2, 2.5)."""

from typing import Protocol

import structlog
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import visitor
from billing.selectors import documents
from billing.services.order_letters import LINK_PURPOSE
from sipcabinet.lib import downloads, files, links
from sipcabinet.lib.errors import DomainError

log = structlog.get_logger(__name__)


@login_required
@require_safe
def download(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file of a link in a letter, only for its own account; for another account the answer is as for a missing
    file."""
    account = visitor.of(request).account
    try:
        document = documents.by_id(account, links.read(LINK_PURPOSE, token))
    except links.LinkExpiredError as refusal:
        return refused(request, refusal, status=410)
    except links.LinkTamperedError as refusal:
        return refused(request, refusal, status=404)
    if document is None:
        raise Http404
    return download_of(request, document)


class Stored(Protocol):
    """The row of a file in the default storage."""

    pk: int
    path: str
    file_name: str
    content_type: str


def download_of(request: HttpRequest, document: Stored) -> HttpResponseBase:
    """A document as an attachment, streamed from the disk; streaming needs no database."""
    try:
        stream = files.open_stored(document.path)
    except FileNotFoundError:
        log.error("document.missing", document_id=document.pk)  # noqa: TRY400 - the path says nothing more
        refusal = DomainError(_("Файл временно недоступен."), code="document.missing")
        return refused(request, refusal, status=404)
    return downloads.attachment(stream, document.file_name, document.content_type)


def refused(request: HttpRequest, refusal: DomainError, *, status: int) -> HttpResponse:
    """The page that says why a link or a file is not available."""
    context = {"refusal": refusal.message, "expired": isinstance(refusal, links.LinkExpiredError)}
    return render(request, "billing/link_refused.html", context, status=status)
