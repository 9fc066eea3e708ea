"""Django's own pages of the desk speak Russian: no name of a field or a button is left in English."""

import re
from collections.abc import Iterator
from typing import Any

import lxml.html
import pytest
from django.test import Client

from accounts.models import Account
from sipcabinet.tests.desk.tables import MODELS, everything, pages
from sipcabinet.tests.page_text import source

__all__ = ["everything"]

pytestmark = pytest.mark.django_db
# What names a field, a filter, a button or a place: data in rows may have Latin letters, these may not.
LABELS = "//thead//th | //label | //summary | //legend | //h3 | //button | //fieldset//h2 | //nav//a"
SPOKEN = ("aria-label", "placeholder", "title", "alt")
RUSSIAN, LATIN = re.compile(r"[а-яё]", re.IGNORECASE), re.compile(r"[a-z]{3,}", re.IGNORECASE)
RAW_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")  # people read moments as «10.06.2026, 08:30», Minsk time
NAMES = {"DTMF:", "Message-ID:", "UDP", "TCP", "TLS"}  # are written in Latin letters in Russian too
NAMES |= {"True", "False"}  # Django's pictures of yes and no


def labels(html: str) -> Iterator[str]:
    page: Any = lxml.html.fromstring(html)
    for element in page.xpath(LABELS):
        yield " ".join(element.text_content().split())
    for element in page.iter():
        yield from (element.get(name) or "" for name in SPOKEN)
    yield from page.xpath("//input[@type='submit']/@value")


def english(html: str) -> set[str]:
    """Labels of the page that have a word of Latin letters and no Russian one."""
    return {label for label in labels(html) if LATIN.search(label) and not RUSSIAN.search(label)} - NAMES


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_labels_are_russian(model: Any, desk: Client, everything: Account) -> None:
    found = {}
    for address in pages(model):
        answer = desk.get(address)
        if answer.status_code == 200:
            found[address] = english(source(answer))
            assert not RAW_MOMENT.search(source(answer)), address
    assert found
    assert not any(found.values()), found


def test_an_english_label_is_found() -> None:
    table = "<table><thead><tr><th>Talk seconds</th></tr></thead></table>"
    html = f'<main>{table}<label>номер SIP</label><input type="submit" value="Search"><p>Text</p></main>'
    assert english(html) == {"Talk seconds", "Search"}
