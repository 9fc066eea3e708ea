"""PDF documents of the portal: one renderer; files are tagged for screen readers (PDF/UA-1) and contain their fonts.

A document is a template that extends `pdf/base.html`. The same context gives the same bytes: a file does not contain
the time or place of its creation, unless the template writes them.
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
SECONDS = 30.0  # for one document, including the wait for another document of the same process


def render(template: str, context: Mapping[str, Any], *, title: str, seconds: float = SECONDS) -> bytes:
    """The document as PDF, with `title` in its metadata. A process renders its documents one after another.

    Raises PdfError after about `seconds` (checked on every page), and for a template that refers to files other than
    our static files: an incomplete document must not be sent to a customer.
    """
    from sipcabinet.lib.pdf import engine

    html = render_to_string(template, {**context, "title": title, "operator_name": settings.OPERATOR_NAME})
    return engine.write(html, seconds)


def attachment(name: str, document: bytes) -> FileResponse:
    """The document as a download `name.pdf`."""
    return downloads.attachment(BytesIO(document), f"{name}.pdf", MIME)
