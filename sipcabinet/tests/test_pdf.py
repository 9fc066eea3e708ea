"""The renderer of documents: tagged files, fonts included, the same bytes each time, no files from outside."""

import functools
import re
import threading
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from weasyprint import CSS
from weasyprint.text.fonts import FontConfiguration

from sipcabinet.lib import pdf
from sipcabinet.lib.pdf import PdfError, engine

TEXT = "Заявление № 12 от 22.11.2026: SIP «1 000 минут» — 70,00 BYN × −5, Ўў Іі Ёё"


@pytest.fixture(autouse=True)
def template(tmp_path: Path, settings: Any) -> Path:
    """The path of `document.html`; each test writes its body."""
    settings.TEMPLATES = [{**portal.TEMPLATES[0], "DIRS": [tmp_path, *portal.TEMPLATES[0]["DIRS"]]}]
    return tmp_path / "document.html"


def made(template: Path, body: str, **context: Any) -> bytes:
    template.write_text(
        f'{{% extends "pdf/base.html" %}}{{% block document %}}{body}{{% endblock document %}}', encoding="utf-8"
    )
    return pdf.render("document.html", context, title="Счёт № 7 <за октябрь>")


STREAM = re.compile(rb"(\d+) 0 obj\s*(<<.*?>>)\s*stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def opened(document: bytes) -> bytes:
    """The file's bytes with its compressed streams unpacked."""
    return document + b"\n".join(_inflated(stream) for _, _, stream in STREAM.findall(document))


def text_of(document: bytes) -> str:
    """The text that a reader can copy from the pages: glyphs, decoded by the ToUnicode maps of their fonts."""
    objects, streams = _parts(document)
    fonts = _fonts(objects, streams)
    found = []
    for stream in streams.values():
        current: dict[str, str] = {}
        for font, glyphs in re.findall(rb"/(\S+) [\d.]+ Tf|<([0-9a-fA-F]+)>", stream):
            if font:
                current = fonts.get(font, {})
            elif current:
                codes = [glyphs[at : at + 4].decode().lower() for at in range(0, len(glyphs), 4)]
                found.append("".join(current.get(code, "\ufffd") for code in codes))
    return "".join(found)


def _parts(document: bytes) -> tuple[dict[bytes, bytes], dict[bytes, bytes]]:
    """Objects and unpacked streams, by their numbers; the file keeps objects together in object streams."""
    objects: dict[bytes, bytes] = {}
    streams = {}
    for number, head, packed in STREAM.findall(document):
        streams[number] = _inflated(packed)
        first = re.search(rb"/First (\d+)", head)
        if b"/ObjStm" in head and first:
            begin = int(first[1])
            places = streams.pop(number)[:begin].split()
            body = _inflated(packed)[begin:]
            starts = [int(place) for place in places[1::2]]
            for name, start, end in zip(places[::2], starts, [*starts[1:], None], strict=True):
                objects[name] = body[start:end]
    return objects, streams


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def _fonts(objects: dict[bytes, bytes], streams: dict[bytes, bytes]) -> dict[bytes, dict[str, str]]:
    """Maps from glyph code to text, by the name that pages use for the font."""
    maps = {}
    for name, number in set(re.findall(rb"/(\S+) (\d+) 0 R", b"\n".join(objects.values()))):
        if pointer := re.search(rb"/ToUnicode (\d+) 0 R", objects.get(number, b"")):
            pairs = re.findall(rb"<([0-9a-fA-F]{4})> <([0-9a-fA-F]+)>", streams[pointer[1]])
            maps[name] = {
                code.decode().lower(): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs
            }
    return maps


def test_the_file_is_tagged_and_says_what_it_is(template: Path) -> None:
    whole = opened(made(template, "<h1>Счёт</h1><table><tr><th>Итого</th><td>5</td></tr></table>"))
    for part in (b"/StructTreeRoot", b"/MarkInfo", b"/Lang (ru)", b"/DisplayDocTitle true", b"/H1", b"/TD"):
        assert part in whole, part
    assert b"pdfuaid:part" in whole
    assert "Счёт № 7 &lt;за октябрь&gt;" in whole.decode("utf-8", "replace")


def test_the_author_is_the_operator(template: Path) -> None:
    template.write_text("{% extends 'pdf/base.html' %}", encoding="utf-8")
    document = pdf.render("document.html", {}, title="Счёт", author="ООО «Голос»")
    assert "ООО «Голос»" in opened(document).decode("utf-8", "replace")


def test_two_makings_are_the_same_bytes(template: Path) -> None:
    assert made(template, f"<h1>{TEXT}</h1>") == made(template, f"<h1>{TEXT}</h1>")


def test_letters_and_digits_are_of_our_own_font_and_can_be_copied(template: Path) -> None:
    document = made(template, f"<p>{TEXT}</p><p><strong>{TEXT}</strong></p>")
    names = set(re.findall(rb"/FontName /[A-Z]{6}\+([\w-]+)", opened(document)))
    assert names == {b"Golos-Latin", b"Golos-Cyrillic", b"Golos-Latin-Semi-Bold", b"Golos-Cyrillic-Semi-Bold"}
    assert opened(document).count(b"/FontFile2") == 4
    assert text_of(document).replace("\u00a0", " ").count(TEXT) == 2


def test_under_one_name_the_parts_of_the_font_would_mix(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Why the stylesheet gives the parts separate names: else glyphs with equal numbers in two files are confused."""
    path = Path(portal.STATICFILES_DIRS[0]) / "css/pdf.css"
    mixed = re.sub(r'"Golos (Latin|Cyrillic)"', '"Golos Text"', path.read_text(encoding="utf-8"))
    warm = engine._engine()
    fonts = FontConfiguration()
    sheets = [CSS(string=mixed, base_url=path.as_uri(), url_fetcher=warm.fetcher, font_config=fonts)]
    broken = engine._Engine(warm.fetcher, fonts, sheets, warm.deadline, warm.base_url)
    monkeypatch.setattr(engine, "_engine", lambda: broken)
    body = "<p><strong>Жирный bold 123</strong></p>"
    text = text_of(made(template, body))
    assert "Жирный" in text
    assert "bold 123" not in text
    monkeypatch.undo()
    assert "Жирный bold 123" in text_of(made(template, body))


def test_our_stylesheets_say_nothing_that_is_not_understood(
    template: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_engine", functools.cache(engine._engine.__wrapped__))
    made(template, f"<h1>{TEXT}</h1>")
    assert [record.getMessage() for record in caplog.records] == []


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1/x.svg",
        "https://operator.example/x.svg",
        "ftp://192.0.2.1/x.svg",
        "file:///etc/passwd",
        "file://192.0.2.1/etc/passwd",
        "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=",
        "/etc/passwd",
        "../manage.py",
        "css/%2e%2e/%2e%2e/manage.py",
        "css/",
        "css/nothing.css",
    ],
)
def test_nothing_is_read_but_our_static_files(template: Path, url: str) -> None:
    with pytest.raises(PdfError):
        made(template, f'<img alt="" src="{url}">')
    with pytest.raises(PdfError):
        made(template, f'<link rel="stylesheet" href="{url}">')


def test_a_link_out_of_the_static_files_is_refused(template: Path, tmp_path: Path) -> None:
    root = tmp_path / "static"
    root.mkdir()
    (tmp_path / "secret.svg").write_text("<svg/>")
    (root / "link.svg").symlink_to(tmp_path / "secret.svg")
    fetcher = engine.StaticFilesOnly(root)
    with pytest.raises(ValueError, match="not a static file"):
        fetcher.fetch((root / "link.svg").as_uri())


def test_our_own_picture_is_taken(template: Path) -> None:
    assert made(template, '<img alt="Знак" src="favicon.svg">').startswith(b"%PDF-1.7")


def test_a_document_that_takes_too_long_is_given_up_between_pages(template: Path) -> None:
    body = "<p>{{ line }}</p>" * 400
    template.write_text(f'{{% extends "pdf/base.html" %}}{{% block document %}}{body}{{% endblock document %}}')
    started = time.monotonic()
    with pytest.raises(PdfError, match="too long"):
        pdf.render("document.html", {"line": TEXT * 3}, title="Долгий", seconds=0.2)
    assert time.monotonic() - started < 5
    assert made(template, "<p>Следующий</p>").startswith(b"%PDF")


def test_a_document_waits_for_another_one_no_longer_than_its_time(template: Path) -> None:
    template.write_text('{% extends "pdf/base.html" %}')
    with engine._ALONE, pytest.raises(PdfError, match="other documents"):
        pdf.render("document.html", {}, title="Второй", seconds=0.05)


def test_threads_make_one_document_after_another(template: Path) -> None:
    template.write_text('{% extends "pdf/base.html" %}{% block document %}<p>{{ line }}</p>{% endblock document %}')
    alone = pdf.render("document.html", {"line": TEXT}, title="Т")
    results: list[bytes] = []

    def make() -> None:
        results.append(pdf.render("document.html", {"line": TEXT}, title="Т"))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [alone] * 4


def test_a_cyrillic_name_travels_with_the_download() -> None:
    answer = pdf.attachment("Счёт за октябрь", b"%PDF-1.7")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "filename*=utf-8''%D0%A1%D1%87%D1%91%D1%82" in answer.headers["Content-Disposition"]
    assert b"".join(answer.streaming_content) == b"%PDF-1.7"  # type: ignore[arg-type]


def test_the_library_is_not_loaded_before_the_first_document() -> None:
    import subprocess
    import sys

    code = "import sys, sipcabinet.lib.pdf; sys.exit('weasyprint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=portal.BASE_DIR, check=False).returncode == 0
