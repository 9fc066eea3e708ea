"""The stylesheet is served as one file, complete and in the right order; pages are compressed."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.test import RequestFactory, override_settings

from sipcabinet.lib import static_files
from sipcabinet.lib.compression import PageCompressionMiddleware
from sipcabinet.lib.pdf import engine

STATIC = Path(settings.BASE_DIR) / "static"
CSS = STATIC / "css"
TEMPLATES = Path(settings.BASE_DIR) / "templates"


def test_parts_stand_in_their_place_and_print_in_its_medium() -> None:
    files = {
        "css/all.css": '/* all */\n@import url("a.css");\n@import url("b.css") print;\np { margin: 0; }\n',
        "css/a.css": "a { color: red; }\n",
        "css/b.css": "b { color: red; }\n",
    }
    assert static_files.flattened("css/all.css", files.__getitem__) == (
        "/* all */\na { color: red; }\n@media print {\nb { color: red; }\n}\np { margin: 0; }\n"
    )


def test_collected_stylesheet_asks_for_fonts_alone(tmp_path: Path) -> None:
    source = FileSystemStorage(STATIC)
    names = [str(path.relative_to(STATIC)) for path in [*CSS.glob("*.css"), *STATIC.glob("vendor/golos-*/*")]]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((STATIC / name).read_bytes())
    with override_settings(DEBUG=False):
        list(static_files.PortalStaticFilesStorage(tmp_path, "/static/").post_process({n: (source, n) for n in names}))

    (sheet,) = (path for path in (tmp_path / "css").glob("portal.*.css"))
    css = sheet.read_text(encoding="utf-8")
    assert "@import" not in css
    assert css.count("@font-face") == 6
    for target in re.findall(r'url\("([^"]+)"\)', css):
        assert (sheet.parent / target).resolve().is_file()
    assert sheet.with_name(sheet.name + ".gz").is_file()


def test_every_stylesheet_is_part_of_the_whole_or_linked_by_a_page() -> None:
    imported = set(re.findall(r'@import url\("([^"]+)"\)', (CSS / "portal.css").read_text(encoding="utf-8")))
    pages = "".join(page.read_text(encoding="utf-8") for page in TEMPLATES.rglob("*.html"))
    linked = set(re.findall(r"{% static 'css/([^']+)' %}", pages))
    printed = {path.removeprefix("css/") for path in (engine.ELEMENTS, *engine.STYLESHEETS)}
    assert imported | linked | printed == {path.name for path in CSS.glob("*.css")}


@pytest.mark.parametrize(("content_type", "packed"), [("text/html; charset=utf-8", True), ("application/pdf", False)])
def test_pages_are_compressed_and_files_are_not(content_type: str, packed: bool) -> None:
    body = b"<p>0123456789</p>" * 100

    def view(_request: HttpRequest) -> HttpResponseBase:
        return HttpResponse(body, content_type=content_type)

    request = RequestFactory().get("/", headers={"accept-encoding": "gzip"})
    response = PageCompressionMiddleware(view)(request)
    assert isinstance(response, HttpResponse)
    assert response.has_header("Content-Encoding") is packed
    assert (gzip.decompress(response.content) if packed else response.content) == body
