"""PDF documents of the portal: one renderer; files are tagged for screen readers (PDF/UA-1) and contain their fonts.

A document is a template that extends `pdf/base.html`. The same context gives the same bytes: a file does not contain
the time or place of its creation, unless the template writes them.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.http import FileResponse
from django.template.loader import render_to_string

from sipcabinet.lib import downloads
from sipcabinet.lib.pdf.errors import PdfError
from sipcabinet.lib.pdf.pictures import picture_url

__all__ = ["MIME", "SECONDS", "PdfError", "attachment", "picture_url", "render"]

MIME = "application/pdf"
SECONDS = 30.0  # for one document, including the wait for another document of the same process


def render(
    template: str,
    context: Mapping[str, Any],
    *,
    title: str,
    author: str = "",
    seconds: float = SECONDS,
    pictures: Mapping[str, bytes] | None = None,
) -> bytes:
    """The document as PDF, with `title` and `author` in its metadata. A process renders its documents one after
    another. The template may show `pictures`, PNG or SVG by name, at their `picture_url`.

    Raises PdfError after about `seconds` (checked on every page), and for a template that refers to files other than
    our static files and these pictures: an incomplete document must not be sent to a customer.
    """
    from sipcabinet.lib.pdf import engine

    html = render_to_string(template, {**context, "title": title, "author": author})
    return engine.write(html, seconds, pictures or {})


def attachment(name: str, document: bytes) -> FileResponse:
    """The document as a download `name.pdf`."""
    return downloads.attachment(BytesIO(document), f"{name}.pdf", MIME)
