"""PDF documents of the portal: one renderer, tagged for screen readers (PDF/UA-1), its fonts inside.

A document is a template that extends `pdf/base.html`. The same context gives the same bytes: nothing in a file tells
when or where it was made, unless the template does.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.conf import settings
from django.http import FileResponse
from django.template.loader import render_to_string

from sipcabinet.lib import downloads
from sipcabinet.lib.pdf.errors import PdfError

__all__ = ["MIME", "SECONDS", "PdfError", "attachment", "render"]

MIME = "application/pdf"
SECONDS = 30.0  # for one document, the wait for another one of the same process included


def render(template: str, context: Mapping[str, Any], *, title: str, seconds: float = SECONDS) -> bytes:
    """The document as PDF, `title` in its metadata. Documents of one process are made one after another.

    Raises PdfError after about `seconds` (looked at on every page), and for a template that refers to anything but
    our own static files: a document that lacks a part is not sent to a customer.
    """
    from sipcabinet.lib.pdf import engine

    html = render_to_string(template, {**context, "title": title, "operator_name": settings.OPERATOR_NAME})
    return engine.write(html, seconds)


def attachment(name: str, document: bytes) -> FileResponse:
    """The document as a download `name.pdf`."""
    return downloads.attachment(BytesIO(document), f"{name}.pdf", MIME)
