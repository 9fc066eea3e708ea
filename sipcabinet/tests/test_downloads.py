"""Names of files in ASCII, and the header that carries both names."""

from io import BytesIO

import pytest

from sipcabinet.lib import downloads
from sipcabinet.lib.file_names import LONGEST, ascii_name, safe_name


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Счёт № 7.pdf", "Schyot_No_7.pdf"),
        ("Детализация за октябрь 2026, «Полесские сети».xlsx", "Detalizatsiya_za_oktyabr_2026_Polesskie_seti.xlsx"),
        ("Акт сверки 01.10.2026 – 31.10.2026.xlsx", "Akt_sverki_01.10.2026_-_31.10.2026.xlsx"),
        ("Ўў Іі Ёё ЩУКА.PDF", "Uu_Ii_Yoyo_ShchUKA.PDF"),
        ("a b;c\"d'.csv", "a_b_c_d.csv"),
        ("../../etc/passwd", "etc_passwd"),
        ("x.pdf\r\nX-Evil: 1", "x.pdf_X-Evil_1"),
        ("中文.csv", "file.csv"),
        ("..", "file"),
        ("", "file"),
        ("ы" * 500 + ".csv", "y" * LONGEST + ".csv"),
    ],
)
def test_a_name_in_ascii(name: str, plain: str) -> None:
    assert ascii_name(name) == plain


def test_a_download_carries_both_names() -> None:
    answer = downloads.attachment(BytesIO(b"1"), "Счёт № 7.pdf", "application/pdf")
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"Schyot_No_7.pdf\"; filename*=utf-8''%D0%A1%D1%87%D1%91%D1%82%20%E2%84%96%207.pdf"
    )
    assert b"".join(answer.streaming_content) == b"1"  # type: ignore[arg-type]


def test_a_plain_name_stands_alone() -> None:
    assert downloads.disposition("calls-2026.csv") == 'attachment; filename="calls-2026.csv"'


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Россия/Казахстан: «все»?.csv", "Россия Казахстан «все» .csv"),
        ("a\r\nb.csv", "a b.csv"),
        ("ы" * 300 + ".xlsx", "ы" * 117 + ".xlsx"),
        ("без расширения", "без расширения"),
        ("ы" * 300, "ы" * 120),
        ("..", "file"),
        ("", "file"),
    ],
)
def test_a_name_that_any_disk_takes(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert len(safe.encode()) <= 240
