"""Uploaded pictures: what is refused, with which words, and that what is kept holds nothing hidden."""

import io
import struct
import tracemalloc
import zlib
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from sipcabinet.lib import pictures
from sipcabinet.lib.pictures import PictureError

START = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" viewBox="0 0 64 64">'
SHAPE = '<path d="M0 0h64v64z" fill="#123456"/>'
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {two} "{f"&{one};" * 10}">' for one, two in zip("abcdefgh", "bcdefghi", strict=True))
    + f"]>{START}<title>&i;</title></svg>"
)
OUTSIDE = '<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + START + "<title>&e;</title></svg>"


def svg(inside: str) -> bytes:
    return f"{START}{inside}</svg>".encode()


def read(content: bytes, *, accepts_svg: bool = True) -> pictures.Picture:
    return pictures.read(io.BytesIO(content), len(content), accepts_svg=accepts_svg)


def png(width: int = 64, height: int = 64, **saved: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGBA", (width, height), (20, 80, 184, 128)).save(file, "PNG", **saved)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def huge(width: int, height: int) -> bytes:
    """A small file that says it is a huge picture: 20 KB of zeros that unpack to 20 MB."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(20_000_000), 9)) + chunk(b"IEND", b"")


HOSTILE = {
    "script": (svg("<script>alert(1)</script>"), "скрипт"),
    "script of another kind": (svg('<h:SCRIPT xmlns:h="http://www.w3.org/1999/xhtml">1</h:SCRIPT>'), "скрипт"),
    "handler": (svg('<path d="" onload="alert(1)"/>'), "обработчик события «onload»"),
    "handler in capitals": (svg('<path d="" OnClick="alert(1)"/>'), "обработчик"),
    "foreign content": (svg("<foreignObject><p/></foreignObject>"), "foreignObject"),
    "animation": (svg('<path d=""><animate attributeName="d" to="x"/></path>'), "animate"),
    "a link": (svg('<a href="#x"><path d=""/></a>'), "«a»"),
    "a picture inside": (svg('<image href="https://e.example/x.png"/>'), "image"),
    "use": (svg('<use x:href="#a"/>'), "use"),
    "a stylesheet": (svg("<style>@import url(https://e.example)</style>"), "style"),
    "text": (svg("<text>Заря</text>"), "преобразуйте его в контуры"),
    "a script as an address": (svg('<path d="" x:href="javascript:alert(1)"/>'), "внешний файл"),
    "an address in a fill": (svg('<path d="" fill="url(https://e.example/#a)"/>'), "внешний файл"),
    "an address in a style": (svg('<path d="" style="fill:u\\72l(https://e.example)"/>'), "внешний файл"),
    "an entity bomb": (BOMB.encode(), "DOCTYPE"),
    "an entity of a file": (OUTSIDE.encode(), "DOCTYPE"),
    "a stylesheet of the document": (b'<?xml-stylesheet href="https://e.example"?>' + svg(SHAPE), "инструкции"),
    "another encoding": (svg(SHAPE).decode().encode("utf-16"), "Это не PNG и не SVG"),
    "deep": (svg("<g>" * 40 + "</g>" * 40), "слишком сложный"),
    "very deep": (svg("<g>" * 9000 + "</g>" * 9000), "повреждён"),
    "many elements": (svg("<g/>" * 2500), "слишком сложный"),
    "20,000 px SVG": (START.replace("64 64", "20000 20000").encode() + b"</svg>", "20000 × 20000"),
    "20,000 px by width": (START.replace("viewBox", 'width="20000" height="9" viewBox').encode() + b"</svg>", "20000"),
    "a size of infinity": (START.replace("64 64", "1e999 64").encode() + b"</svg>", "Размер SVG"),
    "no size": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "не указан размер"),
    "cut off": (svg(SHAPE)[:-8], "повреждён"),
    "a page": (b"<html><script>alert(1)</script></html>", "не SVG"),
    "another format": (b"GIF89a" + bytes(50), "Это не PNG и не SVG"),
    "a program": (b"MZ" + bytes(50), "Это не PNG и не SVG"),
    "nothing": (b"", "пуст"),
    "200 KB": (svg("<!--" + "x" * 250_000 + "-->"), "больше 200 КБ"),
    "20,000 px PNG": (huge(20_000, 20_000), "20000 × 20000"),
    "2,001 px PNG": (huge(2001, 64), "2001 × 64"),
    "a point": (png(8, 8), "слишком мала"),
    "a PNG cut off": (png()[:50], "повреждён"),
    "a PNG without a head": (b"\x89PNG\r\n\x1a\n" + bytes(40), "повреждён"),
    "only the start of a PNG": (b"\x89PNG\r\n\x1a\n", "повреждён"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_clear_words_and_little_memory(name: str) -> None:
    content, words = HOSTILE[name]
    tracemalloc.start()
    try:
        with pytest.raises(PictureError, match=words.replace("(", r"\(")):
            read(content)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_file_that_is_too_large_is_not_read() -> None:
    class Unread(io.BytesIO):
        def read(self, *_args: Any) -> bytes:
            raise AssertionError

    with pytest.raises(PictureError, match="200 КБ"):
        pictures.read(Unread(), 500_000_000, accepts_svg=True)


def test_a_facsimile_is_a_png() -> None:
    with pytest.raises(PictureError, match="Это не PNG:"):
        read(svg(SHAPE), accepts_svg=False)


def test_a_logo_of_shapes_is_kept_and_written_anew() -> None:
    inside = (
        '<title>Заря</title><defs><linearGradient id="a"><stop offset="0" style="stop-color:#fff"/></linearGradient>'
        "</defs>"
        f'<!-- comment --><metadata>author</metadata><g style="fill:url(#a); -inkscape-x: 1">{SHAPE}</g>'
    )
    kept = read(svg(inside))
    written = kept.content.decode()
    assert (kept.content_type, kept.width, kept.height) == ("image/svg+xml", 64, 64)
    for part in ("Заря", "linearGradient", 'stop-color="#fff"', 'fill="url(#a)"', 'fill="#123456"'):
        assert part in written, part
    for part in ("comment", "metadata", "author", "inkscape", "style="):
        assert part not in written, part
    assert read(kept.content).content == kept.content


def test_a_picture_is_kept_without_what_it_hides() -> None:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "hidden words", zip=True)
    kept = read(png(pnginfo=told) + b"<script>alert(1)</script>")
    assert (kept.content_type, kept.width, kept.height) == ("image/png", 64, 64)
    assert b"script" not in kept.content
    assert b"Comment" not in kept.content
    with Image.open(io.BytesIO(kept.content)) as found:
        assert found.convert("RGBA").getpixel((5, 5)) == (20, 80, 184, 128)
