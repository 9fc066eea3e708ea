"""WeasyPrint. A process reads stylesheets and fonts once; this module is imported only with the first document."""

import functools
import gc
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname
from xml.etree.ElementTree import TreeBuilder

from cssselect2 import ElementWrapper
from django.conf import settings
from lxml import etree
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from sipcabinet.lib.pdf.errors import PdfError
from sipcabinet.lib.pdf.pictures import PICTURE

ELEMENTS, STYLESHEETS = "css/pdf-elements.css", ("css/tokens.css", "css/pdf.css")
VARIANT = "pdf/ua-1"
PNG, SVG, PNG_START = "image/png", "image/svg+xml", b"\x89PNG"
_ALONE = threading.Lock()  # Pango's font maps are not thread-safe


class StaticFilesOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint is not typed
    """Lets documents read the portal's static files and their own `pictures`; any other URL ends the rendering."""

    def __init__(self, root: Path) -> None:
        super().__init__(allowed_protocols=["file"], allow_redirects=False, fail_on_errors=True)
        self.root = root.resolve()
        self.pictures: Mapping[str, bytes] = {}

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        parts = urlsplit(url)
        if parts.scheme == PICTURE and parts.path in self.pictures:
            content = self.pictures[parts.path]
            kind = PNG if content.startswith(PNG_START) else SVG
            return URLFetcherResponse(url, content, {"Content-Type": kind})
        path = Path(url2pathname(parts.path)).resolve()
        if parts.scheme != "file" or parts.netloc or not path.is_relative_to(self.root) or not path.is_file():
            raise ValueError(f"not a static file: {url[:200]}")
        return super().fetch(path.as_uri(), headers)


class Deadline(logging.Filter):
    """A filter on WeasyPrint's log of steps and pages: a record after the deadline ends the rendering (PdfError)."""

    def __init__(self) -> None:
        super().__init__()
        self.until = float("inf")

    def filter(self, record: logging.LogRecord) -> bool:
        if time.monotonic() > self.until:
            raise PdfError("the document takes too long")
        return False  # no other handler gets the record of the step


class _Builder(TreeBuilder):
    """Makes elements of the standard library, as WeasyPrint's own parser does."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> Any:
        return super().start(tag, dict(attributes))


class _Page(HTML):  # type: ignore[misc]
    """A document whose HTML is read by libxml2, and with our own defaults of elements: WeasyPrint's parser and its list
    of defaults cost a third of the time of a long table."""

    def __init__(self, html: str, engine: "_Engine") -> None:
        target: Any = _Builder()
        root: Any = etree.fromstring(html, etree.HTMLParser(target=target))
        self.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = self.wrapper_element.etree_element
        self.base_url, self.url_fetcher, self.media_type = engine.base_url, engine.fetcher, "print"

    def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
        return [_elements()]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector, which would walk again and again through all boxes while they are being made."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@dataclass(frozen=True, slots=True)
class _Engine:
    fetcher: StaticFilesOnly
    fonts: Any
    stylesheets: list[Any]
    deadline: Deadline
    base_url: str


@functools.cache
def _elements() -> Any:
    return CSS(Path(settings.STATICFILES_DIRS[0]) / ELEMENTS)


@functools.cache
def _engine() -> _Engine:
    root = Path(settings.STATICFILES_DIRS[0])
    fetcher, fonts, deadline = StaticFilesOnly(root), FontConfiguration(), Deadline()
    stylesheets = [CSS(root / name, url_fetcher=fetcher, font_config=fonts) for name in STYLESHEETS]
    progress = logging.getLogger("weasyprint.progress")
    progress.setLevel(logging.INFO)
    progress.addFilter(deadline)
    return _Engine(fetcher, fonts, stylesheets, deadline, f"{root.resolve().as_uri()}/")


def write(html: str, seconds: float, pictures: Mapping[str, bytes]) -> bytes:
    """The PDF of a whole HTML document with its own pictures. Raises PdfError."""
    until = time.monotonic() + seconds
    if not _ALONE.acquire(timeout=seconds):
        raise PdfError("other documents take too long")
    try:
        with _uncollected():
            return _written(html, until, pictures)
    except FatalURLFetchingError as refusal:
        raise PdfError(f"{refusal}: {refusal.__cause__}") from None
    finally:
        _ALONE.release()


def _written(html: str, until: float, pictures: Mapping[str, bytes]) -> bytes:
    engine = _engine()
    engine.deadline.until, engine.fetcher.pictures = until, pictures
    try:
        document = _Page(html, engine)
        made: bytes = document.write_pdf(
            stylesheets=engine.stylesheets, font_config=engine.fonts, pdf_variant=VARIANT, optimize_images=True
        )
    finally:
        engine.deadline.until, engine.fetcher.pictures = float("inf"), {}
    return made
