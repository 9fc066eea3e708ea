"""A test lays out every paper document at all lengths: a new template cannot be forgotten."""

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
FOLDER = ROOT / "templates/pdf"
BASE = '{% extends "pdf/base.html" %}'
# Documents without rows that a page break could separate.
PLACES = "PAPERS (billing/tests/papers.py, or test_paper.py of its app)"
OR_ELSE = "nor, without rows, a reason in WITHOUT_ROWS (sipcabinet/tests/test_papers.py)"
WITHOUT_ROWS = {"pdf/service_application.html": "one service, one page"}


def documents() -> list[str]:
    """Templates of whole documents; the other templates are parts of documents."""
    files = [path for path in sorted(FOLDER.glob("*.html")) if path.read_text(encoding="utf-8").startswith(BASE)]
    return [f"pdf/{path.name}" for path in files]


def laid_out() -> str:
    """The source of the modules that create contexts and of the tests of layouts."""
    files = [*ROOT.glob("*/tests/papers.py"), *ROOT.glob("*/tests/test_paper.py")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def forgotten(names: Iterable[str], source: str) -> list[str]:
    return [
        f"templates/{name} has no context in {PLACES}, {OR_ELSE}"
        for name in names
        if f'"{name}"' not in source and name not in WITHOUT_ROWS
    ]


def test_every_document_is_laid_out() -> None:
    found = documents()
    assert len(found) > 5
    assert {*WITHOUT_ROWS} <= {*found}
    assert forgotten(found, laid_out()) == []


def test_a_forgotten_document_is_named() -> None:
    assert forgotten([*documents(), "pdf/new.html"], laid_out()) == [
        f"templates/pdf/new.html has no context in {PLACES}, {OR_ELSE}"
    ]
