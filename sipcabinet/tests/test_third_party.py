"""`docs/third-party.md` lists every shipped package, with the licence that the package names."""

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
LIST = ROOT / "docs/third-party.md"
VENDOR = ROOT / "static/vendor"
PINNED = re.compile(r"^([\w.-]+)==[^;\s]+(?: ;(.*?))?(?: \\)?$", re.MULTILINE)
ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+?) \|", re.MULTILINE)
GENERAL = {"Dual License"}  # values that name no licence


def listed(heading: str, text: str) -> dict[str, str]:
    """The licences under a heading of the list, by the package's name."""
    _before, _heading, rest = text.partition(f"## {heading}\n")
    return dict(ROW.findall(rest.partition("\n## ")[0]))


def pinned() -> dict[str, bool]:
    """The product's packages by name; True if the package is installed only on some systems."""
    found = PINNED.findall((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    return {name: bool(condition) for name, condition in found}


def licence_of(name: str) -> str:
    """The licence in the package's metadata: its expression, else its short licence field, else its classifiers."""
    data = metadata(name)
    said = next((words[0] for key in ("License-Expression", "License") if (words := data.get_all(key))), "")
    if said and "\n" not in said and said not in GENERAL:
        return said
    classifiers = data.get_all("Classifier") or []
    return " or ".join(line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License :: "))


def installed(names: Mapping[str, bool]) -> dict[str, str]:
    """Licences of the installed packages. A package without a condition must be installed."""
    found = {}
    for name, is_conditional in names.items():
        try:
            found[name] = licence_of(name)
        except PackageNotFoundError:
            if not is_conditional:
                raise
    return found


def differing(shipped: Iterable[str], licences: Mapping[str, str], rows: Mapping[str, str]) -> list[str]:
    """Messages about packages that the list lacks, has too much, or names with another licence."""
    names = {*shipped}
    return sorted(
        [f"{name} is shipped, and not in docs/third-party.md" for name in names - {*rows}]
        + [f"{name} of docs/third-party.md is not shipped" for name in {*rows} - names]
        + [
            f"{name}: docs/third-party.md says «{rows[name]}», its metadata «{said}»"
            for name, said in licences.items()
            if name in rows and rows[name] != said
        ]
    )


@pytest.fixture(scope="module")
def text() -> str:
    return LIST.read_text(encoding="utf-8")


def test_packages_are_those_of_the_requirements(text: str) -> None:
    names = pinned()
    assert len(names) > 40
    assert all(installed(names).values())
    assert differing(names, installed(names), listed("Python packages", text)) == []


def test_static_files_are_those_of_the_vendors(text: str) -> None:
    folders = [path.name for path in VENDOR.iterdir() if path.is_dir()]
    assert differing(folders, {}, listed("Static files", text)) == []


def test_each_licence_of_static_files_is_the_one_of_its_file(text: str) -> None:
    words = {"OFL-1.1": "SIL Open Font License, Version 1.1", "0BSD": "Zero-Clause BSD", "ISC": "ISC License"}
    for name, licence in listed("Static files", text).items():
        assert words[licence] in (VENDOR / name / "LICENSE").read_text(encoding="utf-8"), name


def test_fonts_lie_among_the_vendors_alone() -> None:
    """A font outside that folder would be in no list."""
    fonts = [path for path in (ROOT / "static").rglob("*") if path.suffix in {".woff", ".woff2", ".ttf", ".otf"}]
    assert fonts
    assert [str(path) for path in fonts if VENDOR not in path.parents] == []


def test_a_difference_is_named() -> None:
    rows = {"django": "MIT", "gone": "MIT"}
    assert differing(["django", "new"], {"django": "BSD-3-Clause"}, rows) == [
        "django: docs/third-party.md says «MIT», its metadata «BSD-3-Clause»",
        "gone of docs/third-party.md is not shipped",
        "new is shipped, and not in docs/third-party.md",
    ]
