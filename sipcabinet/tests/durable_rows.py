"""Rows of durable work for tests: letters stand for any durable job."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import connection

from notifications.models import Letter
from sipcabinet.lib import durable

LEASE = timedelta(minutes=2)


def job(**fields: Any) -> Letter:
    return Letter.objects.create(**{"kind": "job", "recipient": "a@b.example", "message_id": uuid4().hex, **fields})


def claim() -> Letter:
    row = durable.claim(Letter, lease=LEASE, max_claims=3)
    assert row is not None
    return row


def run_out(row: Letter) -> None:
    """Ends the lease of the row, by PostgreSQL's clock."""
    Letter.objects.filter(pk=row.pk).update(claimed_until=durable.ClockTimestamp() - timedelta(seconds=1))


def now(row: Letter) -> Letter:
    return Letter.objects.get(pk=row.pk)


def in_threads(count: int, work: Callable[[int], Any]) -> list[Any]:
    def closing(number: int) -> Any:
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(closing, range(count)))
