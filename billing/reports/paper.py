"""Documents of money on paper: the PDF of a template, with the logo and the facsimiles that its supplier names."""

from collections.abc import Mapping
from typing import Any

from operator_profile.selectors import pictures
from sipcabinet.lib import pdf

LOGO, FACSIMILES = "logo", ("signature", "stamp")


def render(template: str, context: Mapping[str, Any], *, title: str, seconds: float = pdf.SECONDS) -> bytes:
    """The document as PDF. `context["supplier"]` is the operator as stored with the document, or of its day; it is the
    author in the file's metadata. Raises PdfError."""
    supplier = context["supplier"]
    shown = {name: pk for name in (LOGO, *FACSIMILES) if (pk := supplier.get(name))}
    found = pictures.by_id(shown.values())
    drawn = {name: bytes(found[pk].content) for name, pk in shown.items() if pk in found}
    urls = {name: pdf.picture_url(name) for name in drawn}
    whole = {**context, "logo": urls.pop(LOGO, ""), "facsimiles": urls}
    return pdf.render(template, whole, title=title, author=supplier["name"], seconds=seconds, pictures=drawn)
