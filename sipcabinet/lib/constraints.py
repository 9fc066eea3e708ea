"""Turns violations of database constraints into refusals that the customer can read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from sipcabinet.lib.errors import DomainError


@contextmanager
def refused(refusal: Callable[[], DomainError], *names: str) -> Iterator[None]:
    """Raises `refusal()` when one of the named constraints refuses a write in the block.

    The block is a savepoint, so that the caller's transaction goes on. Every other IntegrityError is raised unchanged.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if _name(error) not in names:
            raise
        raise refusal() from None


def _name(error: IntegrityError) -> str:
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""
