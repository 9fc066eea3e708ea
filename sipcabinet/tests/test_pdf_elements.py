"""Documents use only elements whose defaults `pdf-elements.css` has: any other one would be laid out as plain text."""

import re
from pathlib import Path

from django.conf import settings

PLAIN = {"span"}  # needs no defaults
ELEMENT = re.compile(r"<([a-z][a-z0-9]*)")


def known() -> set[str]:
    text = (Path(settings.STATICFILES_DIRS[0]) / "css/pdf-elements.css").read_text("utf-8")
    selectors = re.findall(r"^([^@{}/*]+)\{", text, re.MULTILINE)
    return PLAIN | {word for selector in selectors for word in re.findall(r"[a-z][a-z0-9]*", selector)}


def unknown(templates: list[str]) -> set[str]:
    return {name for text in templates for name in ELEMENT.findall(text)} - known()


def test_every_element_of_the_documents_has_its_defaults() -> None:
    folder = Path(settings.TEMPLATES[0]["DIRS"][0]) / "pdf"
    templates = [path.read_text("utf-8") for path in folder.glob("*.html")]
    assert len(templates) > 10
    assert unknown(templates) == set()


def test_an_element_without_defaults_is_named() -> None:
    assert unknown(["<p>a</p><blockquote>b</blockquote>"]) == {"blockquote"}
