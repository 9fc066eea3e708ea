"""Stored files appear completely or not at all."""

import hashlib
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import IO

import pytest
from django.conf import LazySettings
from django.core.exceptions import SuspiciousFileOperation

from sipcabinet.lib import files
from sipcabinet.tests.stored import sha256_of


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: LazySettings) -> Path:
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    return tmp_path


def test_a_stored_file_is_known_by_its_content(folder: Path) -> None:
    stored = files.store("documents/a.bin", lambda file: file.write(b"abc"))
    assert stored == files.StoredFile("documents/a.bin", hashlib.sha256(b"abc").hexdigest(), 3)
    assert (folder / "documents/a.bin").read_bytes() == b"abc"
    assert sha256_of(stored.path) == stored.sha256
    with files.open_stored(stored.path) as file:
        assert file.read() == b"abc"


def test_what_was_rewritten_inside_the_file_is_in_the_digest() -> None:
    def write(file: IO[bytes]) -> None:
        file.write(b"abcdef")
        file.seek(1)
        file.write(b"-")

    stored = files.store("a.bin", write)
    assert (stored.sha256, stored.size) == (hashlib.sha256(b"a-cdef").hexdigest(), 6)


def test_a_failure_leaves_nothing(folder: Path) -> None:
    def write(file: IO[bytes]) -> None:
        file.write(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        files.store("documents/a.bin", write)
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_nothing_bears_the_name_before_it_is_whole(folder: Path) -> None:
    def write(file: IO[bytes]) -> None:
        file.write(b"half")
        assert not (folder / "a.bin").exists()

    files.store("a.bin", write)
    assert (folder / "a.bin").exists()


def test_the_file_and_its_name_are_synced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def watching(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watching)
    files.store("new/a.bin", lambda file: file.write(b"abc"))
    assert synced[0] == str(folder)
    assert synced[1].endswith(files.PART)
    assert synced[2] == str(folder / "new")


@pytest.mark.parametrize("path", ["../a.bin", "/etc/passwd", "a/../../b"])
def test_a_path_never_leads_outside(path: str) -> None:
    with pytest.raises(SuspiciousFileOperation):
        files.location(path)


def test_paths_are_made_by_the_server() -> None:
    first, second = files.new_path("documents", ".xlsx"), files.new_path("documents", ".xlsx")
    assert first != second
    assert first.startswith("documents/20")


def test_only_what_has_lain_long_enough_is_forgotten(folder: Path) -> None:
    for name in ("old.xlsx", "old.xlsx.1.part", "fresh.xlsx"):
        files.store(f"documents/2026/{name}", lambda file: file.write(b"x"))
    yesterday = time.time() - 90_000
    for name in ("old.xlsx", "old.xlsx.1.part"):
        os.utime(folder / "documents/2026" / name, (yesterday, yesterday))
    found = list(files.forgotten("documents", older_than=timedelta(days=1)))
    assert found == ["documents/2026/old.xlsx", "documents/2026/old.xlsx.1.part"]
    files.remove(found[0])
    files.remove(found[0])
    assert not (folder / found[0]).exists()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Детализация, октябрь 2026.xlsx", "Детализация, октябрь 2026.xlsx"),
        ("a\r\nSet-Cookie: b.xlsx", "a Set-Cookie b.xlsx"),
        ("../../etc/passwd.txt", "etc passwd.txt"),
        ('кавычки"<b>.xlsx', "кавычки b.xlsx"),
        ("\u202excod.xlsx", "xcod.xlsx"),
        (".htaccess", "file.htaccess"),
        ("", "file"),
        ("я" * 300 + ".xlsx", "я" * 150 + ".xlsx"),
    ],
)
def test_names_are_safe_in_headers_and_folders(name: str, safe: str) -> None:
    assert files.safe_name(name) == safe
