"""What every bench needs: Django, a separate database beside the one of DATABASE_URL, the time of a request."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(_ROOT), str(_ROOT / "bin")]
_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="  # protects nothing: all data of a bench is deleted
for _name, _value in {
    "DJANGO_SETTINGS_MODULE": "sipcabinet.settings",
    "SECRET_KEY": "bench",
    "SIP_KEYS": _KEY,
    "LETTER_KEYS": _KEY,
    "LOG_LEVEL": "WARNING",
}.items():
    os.environ.setdefault(_name, _value)
# No static files are collected for a bench: pages use the original names.
os.environ["STATICFILES_STORAGE"] = "django.contrib.staticfiles.storage.StaticFilesStorage"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402


@contextmanager
def database() -> Iterator[None]:
    """An empty database with all migrations, used in the application's role; dropped at the end."""
    name = connection.settings_dict["NAME"]
    connection.settings_dict["OPTIONS"]["options"] = ""  # no time limit: filling takes longer than a page may
    _act_as(None)
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        _act_as(settings.DATABASE_ROLE)
        yield
    finally:
        _act_as(None)
        connection.creation.destroy_test_db(name, verbosity=0)


def _act_as(role: str | None) -> None:
    connection.close()
    connection.settings_dict["OPTIONS"]["assume_role"] = role


def timed(client: Client, path: str) -> float:
    """Milliseconds of a GET. Ends the benchmark if the page answers anything but 200."""
    begin = time.perf_counter()
    response = client.get(path)
    took = time.perf_counter() - begin
    if response.status_code != 200:
        sys.exit(f"{path} answered {response.status_code}")
    return took * 1000
