from pathlib import Path

import pytest
from django.conf import LazySettings

from billing.tests import bank_days


@pytest.fixture
def statements_are_complete(db: None) -> None:
    """Every day of the bank is read, whatever the clock says."""
    bank_days.read()


@pytest.fixture(autouse=True)
def stored_files(tmp_path: Path, settings: LazySettings) -> Path:
    """A default storage of each test's own."""
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    return tmp_path
