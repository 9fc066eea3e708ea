"""Locks by name: one holder at a time, until the holder's transaction ends."""

import threading

import pytest
from django.db import connection, transaction

from sipcabinet.lib import locks

pytestmark = pytest.mark.django_db(transaction=True)


def is_free(name: str) -> bool:
    """Whether another connection could take the lock now."""
    found = []

    def look() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_try_advisory_xact_lock({locks.KEY})", [name])
            found.append(bool(cursor.fetchone()[0]))
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join(10)
    return found[0]


def test_a_name_is_held_until_the_transaction_ends() -> None:
    with transaction.atomic():
        locks.hold("money of account 1")
        assert not is_free("money of account 1")
        assert is_free("money of account 2")
    assert is_free("money of account 1")


def test_the_key_of_a_name_is_the_one_of_earlier_releases() -> None:
    """Processes of two releases may run at the same moment, so they must use the same keys."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('bank statements', 0))")
        assert not is_free("bank statements")
