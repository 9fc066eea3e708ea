"""Rows that many tests look at, made once for a module. What a test itself writes is undone by its own transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from pytest_django import DjangoDbBlocker


@contextmanager
def kept_rows(blocker: DjangoDbBlocker) -> Iterator[None]:
    """A transaction around the tests of a module, rolled back behind them. Rows are made inside the block."""
    with blocker.unblock():
        block = transaction.atomic()
        # As Django's own TestCase does: «durable» blocks inside it are taken for outermost ones.
        block._from_testcase = True  # type: ignore[attr-defined]
        with block:
            yield
            transaction.set_rollback(True)
