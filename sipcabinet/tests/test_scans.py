"""A scan is a PDF, JPEG or PNG by its content, does nothing when opened, and needs little memory (4.2)."""

import struct
import tracemalloc
import zlib
from io import BytesIO

import pytest
from PIL import Image

from sipcabinet.lib import pdf_content, scans

HEAD, TAIL = b"%PDF-1.5\n", b"\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def picture(kind: str, size: tuple[int, int] = (30, 40), mode: str = "RGB") -> bytes:
    stream = BytesIO()
    Image.new(mode, size).save(stream, kind)
    return stream.getvalue()


def pdf(*objects: bytes) -> bytes:
    return HEAD + b"\n".join(objects) + TAIL


def packed(content: bytes, head: bytes = b"/Type /ObjStm /Filter /FlateDecode") -> bytes:
    return b"7 0 obj\n<< " + head + b" >>\nstream\n" + zlib.compress(content) + b"\nendstream\nendobj"


def png_of_size(width: int, height: int) -> bytes:
    """A small PNG whose head announces this size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def check(content: bytes, name: str = "scan.pdf") -> scans.Scan:
    return scans.checked(BytesIO(content), name=name, size=len(content))


@pytest.mark.parametrize(
    ("content", "content_type", "name"),
    [
        (pdf(b"1 0 obj << /Type /Catalog /OpenAction [3 0 R /Fit] >> endobj"), "application/pdf", "скан.pdf"),
        (pdf(packed(b"1 0 << /Type /Catalog >>"), packed(b"q 1 0 0 1", b"/Length 9")), "application/pdf", "скан.pdf"),
        (picture("JPEG"), "image/jpeg", "скан.jpg"),
        (picture("PNG", mode="RGBA"), "image/png", "скан.png"),
    ],
)  # fmt: skip
def test_the_three_formats_are_taken_by_their_content(content: bytes, content_type: str, name: str) -> None:
    scan = check(content, "скан.html")
    assert (scan.content_type, scan.name) == (content_type, name)
    assert scan.stream.read() == content


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\я\\скан.PDF", "скан.pdf"),
        ("a\u202efdp.exe\r\n", "a fdp.pdf"),
        (".htaccess", "file.pdf"),
        ("", "file.pdf"),
        ("д" * 400 + ".pdf", "д" * 150 + ".pdf"),
    ],
)
def test_the_name_loses_folders_and_signs(name: str, kept: str) -> None:
    assert check(pdf(), name).name == kept


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Файл пустой"),
        (b"%PDF-1.4" + b" " * scans.MOST_BYTES, "больше 10 МБ"),
        (b"GIF89a" + b"\0" * 100, "нет PDF, JPEG или PNG"),
        (b"MZ\x90\0", "нет PDF, JPEG или PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "нет PDF, JPEG или PNG"),
        (b"<html><script>alert(1)</script></html>", "нет PDF, JPEG или PNG"),
        (b" \n%PDF-1.4\n%%EOF", "нет PDF, JPEG или PNG"),
        (picture("PNG") + b"<SCRIPT>alert(1)</SCRIPT>", "посторонний код"),
        (picture("JPEG") + b"<!DOCTYPE html><html >", "посторонний код"),
        (picture("PNG")[:60], "повреждена"),
        (picture("JPEG", (300, 300))[:400], "повреждена"),
        (b"\x89PNG\r\n\x1a\n" + picture("JPEG"), "повреждена"),
        (b"\xff\xd8\xff", "повреждена"),
        (png_of_size(20_000, 20_000), "слишком велика"),
        (png_of_size(20_000, 100), "слишком велика"),
        (png_of_size(9_000, 9_000), "слишком велика"),
        (png_of_size(12_000, 9_000), "слишком велика"),
        (HEAD + b"no end", "файл обрезан"),
    ],
)
def test_what_is_no_scan_is_refused_with_a_reason(content: bytes, reason: str) -> None:
    with pytest.raises(scans.ScanError, match=reason):
        check(content, "scan.png")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (pdf(b"<< /S /JavaScript /JS (app.alert(1)) >>"), "JavaScript"),
        (pdf(b"<< /S /J#61vaScr#69pt /JS (x) >>"), "JavaScript"),
        (pdf(b"<< /S /Launch /F (cmd.exe) >>"), "Launch"),
        (pdf(b"<< /Names << /EmbeddedFiles 4 0 R >> >>"), "EmbeddedFiles"),
        (pdf(b"<< /Type /EmbeddedFile >>"), "EmbeddedFile"),
        (pdf(b"<< /S /SubmitForm >>"), "SubmitForm"),
        (pdf(b"<< /AcroForm << /XFA [ (a) 1 0 R ] >> >>"), "XFA"),
        (pdf(packed(b"<< /S /JavaScript /JS (x) >>")), "JavaScript"),
        (pdf(packed(b"<< /S /L#61unch >>")), "Launch"),
        (pdf(packed(b" " * 262_140 + b"/JavaScript ")), "JavaScript"),
        (pdf(b"% >> stream\n<< /S /JavaScript >>\n% endstream"), "JavaScript"),
        (pdf(packed(b"x", b"/Subtype /Image"), packed(b"/S /Launch ", b"/Subtype /Image /X 1")), "Launch"),
    ],
)  # fmt: skip
def test_a_pdf_that_acts_is_refused_and_the_act_is_named(content: bytes, found: str) -> None:
    with pytest.raises(scans.ScanError, match=f"действия или вложения \\({found}\\)"):
        check(content)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (pdf(b"<< /Encrypt 5 0 R >>"), "защищён паролем"),
        (pdf(packed(b"x", b"/Type /ObjStm /Filter [/ASCII85Decode /FlateDecode]")), "упакованы необычно"),
        (pdf(packed(b"x", b"/Type /Obj#53tm /DecodeParms << /Predictor 12 >>")), "упакованы необычно"),
    ],
)
def test_a_pdf_that_cannot_be_searched_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(scans.ScanError, match=why):
        check(content)


def test_without_the_search_in_streams_a_packed_script_would_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_content, "_unpacked", lambda _content, _start: iter(()))
    assert check(pdf(packed(b"<< /S /JavaScript /JS (x) >>"))).extension == ".pdf"


def test_a_bomb_is_refused_in_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_content, "MOST_UNPACKED", 32 * scans.MIB)
    bomb = pdf(packed(b"\0" * (40 * scans.MIB)))
    tracemalloc.start()
    with pytest.raises(scans.ScanError, match="слишком велико"):
        check(bomb)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * scans.MIB


def test_a_name_divided_between_two_pieces_is_found() -> None:
    for shift in range(1, 14):
        text = b" " * (pdf_content._PIECE - shift) + b"/JavaScript >>"
        assert pdf_content.active(pdf(packed(text))) == "JavaScript"
