"""Ranges of numbers from a file: shown before, added whole or not at all, the same file twice adds nothing (4.13)."""

import io
import re
import zipfile
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from desk.forms.pool_file import BOUNDS, COLUMNS
from desk.tests.cast import clerk
from sipcabinet.lib.tables import TableFileError, check, read
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.page_text import words
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import NumberRange
from subscribers.tests.factories import NumberRangeFactory

pytestmark = pytest.mark.django_db
URL = reverse("admin:desk_pool_load")
HEAD = "Первый номер;Последний номер;Примечание\n"
TWO = "17 270-00-00;17 270-00-09;\n44 711-20-00;44 711-20-99;Первая сотня\n"


@pytest.fixture
def network(db: None) -> Client:
    return signed_in(clerk("subscribers.view_numberrange", "subscribers.add_numberrange"))


def upload(client: Client, content: bytes | str, name: str = "ranges.csv") -> str:
    data = content.encode() if isinstance(content, str) else content
    return client.post(URL, {"file": SimpleUploadedFile(name, data)}).content.decode()


def sealed(page: str) -> str:
    found = re.search(r'name="sealed" value="([^"]+)"', page)
    assert found
    return found[1]


def book(*rows: tuple[str, ...]) -> bytes:
    workbook, stream = Workbook(), io.BytesIO()
    for row in rows:
        workbook.active.append(row)  # type: ignore[union-attr]
    workbook.save(stream)
    return stream.getvalue()


def test_a_file_is_shown_and_then_added(network: Client) -> None:
    NumberRangeFactory.create()
    page = upload(network, HEAD + TWO)
    assert "Внести диапазоны" in page
    assert NumberRange.objects.count() == 1
    assert "Внесено диапазонов: 1" in words(network.post(URL, {"sealed": sealed(page)}, follow=True))
    assert NumberRange.objects.get(note="Первая сотня").size == 100
    assert "Все диапазоны файла уже внесены" in upload(network, HEAD + TWO)


def test_a_workbook_is_read_as_well(network: Client) -> None:
    content = book(("Первый номер", "Последний номер"), ("375172700000", "375172700009"))
    network.post(URL, {"sealed": sealed(upload(network, content, "ranges.xlsx"))})
    assert NumberRange.objects.get().size == 10


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("слово;17 270-00-09;", "Введите номер телефона"),
        ("17 270-00-09;17 270-00-00;", "меньше первого"),
        ("17 270-00-00;17 270-00-09;\n17 270-00-05;17 270-00-20;", "есть и в строке 2"),
        ("44 700-00-05;44 700-00-20;", "уже есть в диапазоне"),
        (";17 270-00-09;", "не заполнено"),
    ],
)
def test_a_row_with_a_fault_is_told_and_nothing_is_added(row: str, told: str, network: Client) -> None:
    NumberRangeFactory.create(first=375447000000, last=375447000009)
    page = upload(network, f"{HEAD}{row}\n")
    assert told in page
    assert "Внести диапазоны" not in page
    assert NumberRange.objects.count() == 1


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 40_000_000)
    return stream.getvalue()


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n", b"a\0b", b"PK\x03\x04", b"x" * 1_100_000, b"a;b\n1;2\n"])
def test_what_is_no_table_of_ranges_is_refused_in_words(content: bytes, network: Client) -> None:
    assert "Ошибка:" in upload(network, content)
    assert not NumberRange.objects.exists()


def test_a_zip_bomb_is_refused(network: Client) -> None:
    assert "Ошибка:" in upload(network, bomb(), "ranges.xlsx")


def test_what_was_not_shown_is_not_added(network: Client) -> None:
    assert "Проверка устарела" in words(network.post(URL, {"sealed": "x"}, follow=True))
    page = upload(network, HEAD + TWO)
    NumberRangeFactory.create(first=375447112050, last=375447112060)
    assert "Ничего не внесено" in words(network.post(URL, {"sealed": sealed(page)}, follow=True))
    assert NumberRange.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_load_one_file_at_once_the_other_is_told() -> None:
    people = [signed_in(clerk("subscribers.view_numberrange", "subscribers.add_numberrange")) for _ in range(2)]
    pages = [sealed(upload(person, HEAD + TWO)) for person in people]

    def added(person: Client, page: str) -> str:
        return words(person.post(URL, {"sealed": page}, follow=True))

    answers = at_once([partial(added, *one) for one in zip(people, pages, strict=True)])
    assert [("Внесено диапазонов: 2" in one, "Всё уже внесено" in one) for one in sorted(answers)] in (
        [(False, True), (True, False)],
        [(True, False), (False, True)],
    )
    assert NumberRange.objects.count() == 2


def test_others_may_not(db: None) -> None:
    reader = signed_in(clerk("subscribers.view_numberrange"))
    assert reader.get(URL).status_code == 403
    assert reader.post(URL, {"sealed": "x"}).status_code == 403


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_the_template_has_the_columns_that_the_load_needs(network: Client, extension: str) -> None:
    address = reverse("admin:desk_pool_template")
    assert f"{address}?format={extension}" in network.get(URL).content.decode()
    answer = network.get(address, {"format": extension})
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    with pytest.raises(TableFileError, match="ни одной строки"):
        check(read(content, BOUNDS), COLUMNS)
    assert network.get(address).status_code == 404
    assert signed_in(clerk("subscribers.view_numberrange")).get(address, {"format": extension}).status_code == 403
