"""Uploaded tables: files of any origin are read within bounds, and every faulty cell is named with its reason (4.3)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from sipcabinet.lib import tables
from sipcabinet.lib.tables import Bounds, Checked, TableColumn, TableFileError, columns
from sipcabinet.tests import table_files

BOUNDS = Bounds()
COLUMNS = (
    TableColumn(key="prefix", title="Префикс", read=columns.digits(15, empty_as="*")),
    TableColumn(key="name", title="Название", read=columns.text(20)),
    TableColumn(key="price", title="Цена", read=columns.amount(4)),
    TableColumn(key="step", title="Шаг", read=columns.whole(1, 60), is_required=False, default=60),
    TableColumn(key="free", title="Бесплатно", read=columns.yes_no, is_required=False, default=False),
    TableColumn(key="since", title="С", read=columns.day, is_required=False),
)
HEAD = [str(column.title) for column in COLUMNS]
ROW = ["4822", "Варшава", "0,8", "30", "да", "01.12.2026"]
VALUES = {
    "prefix": "4822",
    "name": "Варшава",
    "price": Decimal("0.8000"),
    "step": 30,
    "free": True,
    "since": date(2026, 12, 1),
}


def checked(content: bytes) -> Checked:
    return tables.check(tables.read(content, BOUNDS), COLUMNS)


def refusal(content: bytes, bounds: Bounds = BOUNDS) -> str:
    with pytest.raises(TableFileError) as refused:
        tables.check(tables.read(content, bounds), COLUMNS)
    return refused.value.message


@pytest.mark.parametrize(
    "content",
    [
        table_files.csv([HEAD, ROW]),
        b"\xef\xbb\xbf" + table_files.csv([HEAD, ROW]),
        table_files.csv([HEAD, ROW], "cp1251"),
        table_files.csv([HEAD, ROW]).replace(b";", b"\t"),
        table_files.csv([["Прайс"], [], HEAD, [], ROW, []]),
        table_files.csv([list(reversed(HEAD)), list(reversed(ROW))]),
        table_files.csv([[title.upper() for title in HEAD], ["'+48 22", *ROW[1:]]]),
        table_files.xlsx([HEAD, ROW]),
        table_files.xlsx([["Прайс"], [None], HEAD, [4822, "Варшава", 0.8, 30, True, datetime(2026, 12, 1)]]),  # noqa: DTZ001
    ],
    ids=["utf-8", "bom", "cp1251", "tabs", "title", "order", "capitals", "xlsx", "numbers"],
)
def test_a_table_is_read_whoever_wrote_it(content: bytes) -> None:
    found = checked(content)
    assert found.problems == []
    assert [row.values for row in found.rows] == [VALUES]


@pytest.mark.parametrize(
    ("place", "written", "reason"),
    [
        (0, "48x", "нужны только цифры"),
        (0, "3,75297E+11", "Excel записал номер как число"),
        (0, "1" * 16, "не больше 15 цифр"),
        (1, "", "не заполнено"),
        (1, "н" * 21, "не длиннее 20 знаков"),
        (1, "=HYPERLINK(1)", "формула"),
        (2, "-1", "нужно число"),
        (2, "1e3", "нужно число"),
        (2, "NaN", "нужно число"),
        (2, "0,80001", "не больше 4 знаков"),
        (2, "1000000", "меньше 1000000"),
        (3, "0", "от 1 до 60"),
        (3, "1,5", "от 1 до 60"),
        (4, "может быть", "нужно «да» или «нет»"),
        (5, "31.02.2026", "нужна дата"),
    ],
)
def test_a_faulty_cell_is_named_with_its_reason(place: int, written: str, reason: str) -> None:
    faulty = [*ROW[:place], written, *ROW[place + 1 :]]
    found = checked(table_files.csv([HEAD, ROW, faulty]))
    assert len(found.rows) == 1
    (problem,) = found.problems
    assert (problem.row, problem.field, problem.value) == (3, HEAD[place], written)
    assert reason in problem.reason


def test_each_fault_of_a_row_is_told_at_once() -> None:
    found = checked(table_files.csv([HEAD, ["x", "", "y", "z"], [*ROW, "лишнее"]]))
    assert [problem.key for problem in found.problems] == ["prefix", "name", "price", "step", ""]


def test_formulas_of_a_book_are_named_whatever_they_show() -> None:
    found = checked(table_files.xlsx([HEAD, ["4822", "Варшава", "=1+1", "=HYPERLINK(1)", None, None]]))
    assert [(problem.key, problem.reason) for problem in found.problems] == [
        ("price", "формула: вставьте её значение"),
        ("step", "формула: вставьте её значение"),
    ]


MIXED = table_files.csv([HEAD], "cp1251") + table_files.csv([ROW])
ENTITIES = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "пустой"),
        (table_files.csv([HEAD]), "нет ни одной строки"),
        (table_files.csv([["Имя", "Телефон"], ["а", "б"]]), "Не найден заголовок"),
        (table_files.csv([[*HEAD, "Скидка"], ROW]), "«Скидка» не нужна"),
        (table_files.csv([[*HEAD, "Цена"], ROW]), "дважды"),
        (table_files.csv([HEAD[:2], ROW]), "Нет колонок: «Цена»"),
        (MIXED, "в другой кодировке"),
        (table_files.csv([HEAD, ROW], "utf-16"), "UTF-16"),
        (table_files.csv([HEAD, ROW]).replace(b"30", b"3\0"), "нулевые байты"),
        (b"\x89PNG\r\n\x1a\n" + b"\1" * 50, "Это не таблица"),
        (b"%PDF-1.7\n\x01", "Это не таблица"),
        (table_files.csv([HEAD, ['"' + ROW[0], *ROW[1:]]]), "кавычки"),
        (table_files.csv([HEAD, ROW + ["x"] * 300]), "больше 50 колонок"),
        (table_files.csv([HEAD, ["x" * 3000]]), "больше 2000 знаков"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "старого Excel или книга с паролем"),
        (b"PK\x03\x04" + b"\0" * 100, "повреждена"),
        (table_files.xlsx([HEAD, ROW])[:-200], "повреждена"),
        (table_files.packed(b"<worksheet><row>"), "повреждена"),
        (table_files.packed(table_files.sheet_of("<row/>", ENTITIES)), "DOCTYPE"),
        (table_files.packed(b"<a>" * 100_000), "повреждена"),
        (table_files.packed(table_files.sheet_of('<row r="1"><c r="ZZZ1"><v>1</v></c></row>')), "больше 50 колонок"),
        (table_files.bomb(40), "после распаковки больше 32 МБ"),
        (table_files.claiming(4_000_000_000), "после распаковки больше 32 МБ"),
        (table_files.claiming(10), "повреждена"),
        (table_files.claiming_in_zip64(10_000_000_000), "после распаковки больше 32 МБ"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_in_words(content: bytes, reason: str) -> None:
    assert reason in refusal(content)


def test_an_archive_that_is_no_book_is_refused() -> None:
    import io
    import zipfile

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("../../etc/passwd", "root")
    assert "не книга Excel" in refusal(stream.getvalue())


def test_bytes_rows_and_long_shared_texts_are_bounded() -> None:
    many = table_files.csv([HEAD, *[ROW] * 11])
    assert "больше 10 строк" in refusal(many, Bounds(most_rows=10))
    assert "разделите" in refusal(many, Bounds(most_bytes=100))
    texts = f'<sst xmlns="{table_files.SHEET_NAMESPACE}"><si><t>{"x" * 5000}</t></si></sst>'.encode()
    cells = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    assert "больше 2000 знаков" in refusal(table_files.packed(table_files.sheet_of(cells), sharedStrings=texts))


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('<c t="s"><v>0</v></c>', "Минск"),
        ('<c t="s"><v>9</v></c>', ""),
        ('<c t="inlineStr"><is><t>+</t><t>48</t><rPh><t>нет</t></rPh></is></c>', "+48"),
        ("<c><v>0.13020000000000001</v></c>", "0.1302"),
        ("<c><v>3.75297E+5</v></c>", "375297"),
        ("<c><v>1E+300</v></c>", "1E+300"),
        ('<c t="e"><v>#REF!</v></c>', "#REF!"),
        ('<c t="b"><v>0</v></c>', "нет"),
    ],
)
def test_cells_are_read_as_people_see_them(cell: str, shown: str) -> None:
    texts = f'<sst xmlns="{table_files.SHEET_NAMESPACE}"><si><t> Минск </t></si></sst>'.encode()
    content = table_files.packed(table_files.sheet_of(f"<row><c><v>1</v></c>{cell}</row>"), sharedStrings=texts)
    assert [*tables.read(content, BOUNDS)[0].cells[1:]] == ([shown] if shown else [])


def test_what_a_sheet_of_the_portal_says_is_read_back() -> None:
    import io

    from sipcabinet.lib import sheets
    from sipcabinet.lib.sheets import csv, xlsx

    sheet = sheets.Sheet(
        "Цены", [sheets.Column(str(one.title), one.kind) for one in COLUMNS], head=[("Действуют с", "01.12.2026")]
    )
    row: list[Any] = ["4822", "Варшава", Decimal("0.8000"), 30, "да", "01.12.2026"]
    for writer in (csv, xlsx):
        stream = io.BytesIO()
        writer.write(stream, sheet, [row])
        assert [found.values for found in checked(stream.getvalue()).rows] == [VALUES]
