"""A switch's file uploaded at the desk, and its import, for tests of both."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from sipcabinet.tests.signed_in import signed_in
from subscribers.calls import imports, partitions
from subscribers.models import CallImport, CallSource
from subscribers.tests.factories import CallSourceFactory
from subscribers.tests.price_list import Cast, cast
from subscribers.tests.switch_files import Line

NOON = datetime(2026, 10, 5, 12)  # noqa: DTZ001 - a switch writes local time
NEW = "+375447112099"
UPLOAD = "/admin/calls/imports/new/"
GROUPS = "/admin/calls/rejects/"


@pytest.fixture(autouse=True)
def people(at: Callable[[str], Any], db: None) -> Cast:
    at("2026-10-20 12:00")
    partitions.open_ahead()
    return cast()


@pytest.fixture
def desk(staff: User) -> Client:
    return signed_in(staff)


@pytest.fixture
def stored_files(tmp_path: Path, settings: LazySettings) -> Path:
    """A separate default storage for each test."""
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    return tmp_path


@pytest.fixture
def source() -> CallSource:
    found: CallSource = CallSourceFactory.create(format="freeswitch")
    return found


LINES: list[Line | str] = [
    Line("u-1", NOON),
    Line("u-2", NOON, calling=NEW),
    Line("u-3", NOON, calling=NEW, talked=30),
    Line("u-4", NOON, called="89021234567"),
    "garbage\n",
]


def content(*lines: Line | str) -> bytes:
    return "".join(str(line) for line in lines or LINES).encode()


def sent(desk: Client, source: CallSource, *lines: Line | str) -> Any:
    file = SimpleUploadedFile("cdr.csv", content(*lines))
    return desk.post(UPLOAD, {"source": source.pk, "file": file}, follow=True)


def imported(desk: Client, source: CallSource, *lines: Line | str) -> CallImport:
    check = sent(desk, source, *lines)
    desk.post(check.request["PATH_INFO"])
    imports.drain()
    return CallImport.objects.get()
