"""Fixtures for tests of the outbox: a mail server and two kinds of letters."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from pytest_django import Settings

from notifications.models import Letter
from notifications.services import letters
from notifications.tests.smtp_server import SmtpServer

RECIPIENT = "office@customer.example"
SECRET = "Тайна-7Kp2-xyzzy"


@pytest.fixture(autouse=True)
def sample_letters(settings: Settings) -> None:
    """Adds the templates of the letters that only tests write."""
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], Path(__file__).parent / "templates"]}]


@pytest.fixture
def smtp(settings: Settings) -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.LETTER_DEADLINE = timedelta(seconds=5)
        yield server


@pytest.fixture
def write(db: None) -> Callable[..., Letter]:
    """Writes a letter of the kind `sample`."""

    def sample(recipient: str = RECIPIENT, **options: Any) -> Letter:
        context = {"what": "за октябрь", "url": "https://cabinet.example/d/1?a=1&b=2"}
        return letters.write(**{"kind": "sample", "recipient": recipient, "context": context, **options})

    return sample


@pytest.fixture
def write_secret(db: None) -> Callable[..., Letter]:
    """Writes a sealed letter that holds SECRET."""

    def secret(**options: Any) -> Letter:
        sealed: dict[str, Any] = {"kind": "secret", "context": {"password": SECRET}, "sealed": True}
        return letters.write(**{"recipient": RECIPIENT, **sealed, **options})

    return secret


@pytest.fixture
def files(settings: Settings, tmp_path: Path) -> Path:
    """A folder of this test as the default storage."""
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    assert default_storage.path("a") == str(tmp_path / "a")
    return tmp_path
