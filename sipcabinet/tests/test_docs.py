"""Files that documents name exist, and links in documents lead to files."""

import re
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
FOLDERS = (
    "accounts",
    "announcements",
    "bench",
    "billing",
    "bin",
    "desk",
    "docs",
    "notifications",
    "operator_profile",
    "sipcabinet",
    "static",
    "subscribers",
    "switch",
    "templates",
)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)#:]+)(?:#[^)]*)?\)")
NAMED = re.compile(r"`([\w./*-]+\.(?:css|html|js|md|py|sql|toml|txt))`")


@pytest.fixture(scope="module")
def files() -> list[str]:
    """Paths of all files of the project from its root, with a leading slash."""
    inside = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    return [f"/{path.relative_to(ROOT).as_posix()}" for path in [*inside, *ROOT.glob("*.*")]]


def missing(text: str, files: Iterable[str]) -> list[str]:
    """Names of files in the text, also patterns, that match the end of no path."""
    return [name for name in NAMED.findall(text) if not any(fnmatch(path, f"*/{name}") for path in files)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(document: Path, files: list[str]) -> None:
    assert missing(document.read_text(encoding="utf-8"), files) == []


def dead_links(text: str, folder: Path) -> list[str]:
    """Links to files that do not exist; pictures and addresses of other sites are not checked."""
    return [target for target in LINK.findall(text) if not (folder / target).is_file()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(document: Path) -> None:
    assert dead_links(document.read_text(encoding="utf-8"), document.parent) == []


def test_a_dead_link_is_told() -> None:
    text = "[a](ui.md#forms), [b](../README.md), [c](gone.md), [d](https://example.org/gone.md), ![e](gone.png)"
    assert dead_links(text, ROOT / "docs") == ["gone.md"]


def test_every_document_is_named_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    linked = {(ROOT / target).resolve() for target in LINK.findall(readme)}
    assert [path.name for path in DOCUMENTS if path not in linked and path.name != "README.md"] == []


def test_a_file_that_is_gone_is_told(files: list[str]) -> None:
    text = "`sipcabinet/urls.py`, `test_docs*.py`, `test_gone*.py` and `lib/no_such.py`"
    assert missing(text, files) == ["test_gone*.py", "lib/no_such.py"]
