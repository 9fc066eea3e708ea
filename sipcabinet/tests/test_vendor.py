"""Vendored files are those that were reviewed: each file is listed with its hash, and no listed file is missing."""

import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings

VENDOR = Path(settings.BASE_DIR) / "static" / "vendor"
SUMS = "SHA256SUMS"


def listed(root: Path) -> dict[str, str]:
    lines = (root / SUMS).read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def present(root: Path) -> dict[str, str]:
    files = [path for path in root.rglob("*") if path.is_file() and path.name != SUMS]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_every_vendored_file_is_as_listed() -> None:
    assert present(VENDOR) == listed(VENDOR)


@pytest.mark.parametrize("fault", ["changed", "added", "removed"])
def test_a_fault_is_seen(tmp_path: Path, fault: str) -> None:
    file = tmp_path / "lib-1" / "lib.js"
    file.parent.mkdir()
    file.write_text("let a = 1;\n", encoding="utf-8")
    (tmp_path / SUMS).write_text(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  lib-1/lib.js\n", encoding="utf-8")
    assert present(tmp_path) == listed(tmp_path)

    if fault == "changed":
        file.write_text("let a = 2;\n", encoding="utf-8")
    elif fault == "added":
        (tmp_path / "lib-1" / "more.js").write_text("", encoding="utf-8")
    else:
        file.unlink()

    assert present(tmp_path) != listed(tmp_path)


def test_each_vendored_thing_has_its_licence_and_version() -> None:
    folders = [path for path in VENDOR.iterdir() if path.is_dir()]
    assert folders
    for folder in folders:
        assert re.fullmatch(r"[a-z-]+-\d+\.\d+\.\d+", folder.name)
        assert (folder / "LICENSE").stat().st_size > 100


def test_stylesheets_ask_only_for_files_that_exist() -> None:
    css = Path(settings.BASE_DIR) / "static" / "css"
    for sheet in css.glob("*.css"):
        for target in re.findall(r'url\("([^"]+)"\)', sheet.read_text(encoding="utf-8")):
            assert (sheet.parent / target).resolve().is_file(), f"{sheet.name}: {target}"


def test_icons_that_templates_name_are_in_the_sprite() -> None:
    base = Path(settings.BASE_DIR)
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (base / "static" / "icons.svg").read_text(encoding="utf-8")))
    named: set[str] = set()
    for page in (base / "templates").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        named |= set(re.findall(r'{% icon "([\w-]+)"', text)) | set(re.findall(r'symbol="([\w-]+)"', text))
    assert named
    assert named <= drawn
