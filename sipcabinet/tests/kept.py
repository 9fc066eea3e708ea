"""Rows that many tests read, created once for a module. The transaction of each test undoes the test's own writes."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from pytest_django import DjangoDbBlocker


@contextmanager
def kept_rows(blocker: DjangoDbBlocker) -> Iterator[None]:
    """A transaction around the tests of a module, rolled back after them. Create the rows inside the block."""
    with blocker.unblock():
        block = transaction.atomic()
        # As in Django's TestCase: «durable» blocks inside are then treated as outermost ones.
        block._from_testcase = True  # type: ignore[attr-defined]
        with block:
            yield
            transaction.set_rollback(True)
