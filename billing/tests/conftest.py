from pathlib import Path

import pytest
from django.conf import LazySettings


@pytest.fixture(autouse=True)
def stored_files(tmp_path: Path, settings: LazySettings) -> Path:
    """A default storage of each test's own."""
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    return tmp_path
