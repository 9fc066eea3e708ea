"""The CSV of names as spreadsheets write it: encodings, separators, apostrophes (3.0). No database."""

import pytest

from subscribers.labels import Line, unguarded
from subscribers.services import label_files
from subscribers.services.label_files import LabelFileError

PAIR = ["+375 44 711-20-30", "Приёмная"]


def read(text: str) -> list[Line]:
    return label_files.read(text.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize("header", ["", "Номер{0}Название\r\n", "number{0}label\n", "\r\n"])
def test_every_file_of_a_spreadsheet_is_read(encoding: str, separator: str, header: str) -> None:
    text = header.format(separator) + separator.join(PAIR) + "\r\n"
    [line] = label_files.read(text.encode(encoding))
    assert line.cells == PAIR
    assert line.place == 1 + bool(header)


def test_lines_are_counted_as_the_file_has_them() -> None:
    lines = read('Номер;Название\n\n711;"две\nстроки"\n;;\n712;"а;б ""в"""\n713;г;;')
    assert lines == [Line(3, ["711", "две\nстроки"]), Line(6, ["712", 'а;б "в"']), Line(7, ["713", "г", "", ""])]


def test_what_is_written_is_read_back_to_the_sign() -> None:
    labels = ["", "Касса", "=1+1", "+7", "-2", "@x", "'", "'=1", "''=1", "'а", " =1", "а;б", 'а"б"', "1,5"]
    content = label_files.write((f"+3754471120{serial:02d}", label) for serial, label in enumerate(labels))
    assert content.startswith(b"\xef\xbb\xbf\xd0\x9d")
    assert b"+375 44 711-20-00;" in content
    lines = label_files.read(content)
    assert [unguarded(line.cells[1]) for line in lines] == labels
    cells = [line.cells[1] for line in lines]
    assert not [cell for cell in cells if cell.strip().startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "ни одной строки"),
        ("Номер;Название\r\n;\r\n".encode(), "ни одной строки"),
        (b"PK\x03\x04rest", "книга Excel"),
        (b"\xd0\xcf\x11\xe0rest", "книга Excel"),
        (b"711;\x98", "не похож на CSV в кодировке"),
        (b"711;a\x00b", "не похож на CSV в кодировке"),
        ("711;а".encode("utf-16"), "не похож на CSV в кодировке"),
        (b"711;" + b"a" * 140_000, "проверьте кавычки"),
        (b"711;a\n" * 12_001, "больше 12000 строк"),
        (b"1" * (2 * 1024 * 1024 + 1), "больше 2 МБ"),
    ],
)
def test_what_is_no_file_of_names_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(LabelFileError) as refusal:
        label_files.read(content)
    assert reason in refusal.value.message


def test_twelve_thousand_rows_are_read() -> None:
    assert len(label_files.read(b"711;a\n" * 12_000)) == 12_000


def test_lines_that_end_with_cr_alone_are_lines() -> None:
    lines = read("Номер;Название\r+375 44 711-20-30;Приёмная\r+375 44 711-20-31;Склад\r")
    assert [(line.place, line.cells[1]) for line in lines] == [(2, "Приёмная"), (3, "Склад")]
