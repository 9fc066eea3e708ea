"""Tables of customers' pages on phones: every cell names its column, and the styles define every `data-role`."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates"
STYLES = Path(settings.BASE_DIR) / "static" / "css" / "tables.css"
ELSEWHERE = ("admin", "pdf", "letters")
CELL = re.compile(r"<td\b([^>]*)>\s*(</td>)?")
# A template tag may contain a `>`.
TAG = re.compile(r"\{[%{].*?[%}]\}")
PLAIN = {"components/daily_calls.html", "subscribers/minutes/usage_days.html"}


def pages() -> dict[str, str]:
    found = {str(path.relative_to(TEMPLATES)): path.read_text() for path in TEMPLATES.rglob("*.html")}
    return {name: text for name, text in found.items() if not name.startswith(ELSEWHERE) and "<td" in text}


@pytest.mark.parametrize("name", sorted(pages().keys() - PLAIN))
def test_every_cell_says_its_column(name: str) -> None:
    """Only a cell with a row's actions, with a checkbox, or without content may have no label."""
    for attributes, empty in CELL.findall(TAG.sub("", pages()[name])):
        assert empty or "data-l=" in attributes or "actions" in attributes or "ctl" in attributes


def test_every_role_has_its_style() -> None:
    roles = [role for text in pages().values() for role in re.findall(r'data-role="([^"]*)"', text)]
    used = {word for role in roles for word in TAG.split(role) if word}
    known = set(re.findall(r'\[data-role="(\w+)"\]', STYLES.read_text())) | {"plain"}
    assert used == known


def test_tables_without_rows_of_lines_are_narrow() -> None:
    """A table that is also shown as a table on phones has at most three columns."""
    for name in PLAIN:
        heads = re.findall(r'<th scope="col"', pages()[name])
        assert 1 <= len(heads) <= 3, name
