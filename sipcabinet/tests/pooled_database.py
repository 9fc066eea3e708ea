"""A plugin of pytest: the tests use the database of DATABASE_URL as it is, through a pooler (test_pooler.py).

PgBouncer in transaction mode is not what a database is created and migrated through.
"""

from typing import Any

from django.test import utils


def pytest_configure() -> None:
    """pytest-django finds these two by their names when the first test asks for the database."""
    utils.setup_databases = _nothing
    utils.teardown_databases = _nothing  # type: ignore[assignment]


def _nothing(*_words: Any, **_options: Any) -> list[Any]:
    return []
