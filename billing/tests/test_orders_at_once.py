"""Fifty forms sent at one moment make no more orders than the limit allows (2.3, 2.5)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.models import Account, User
from billing.models import DocumentOrder
from billing.selectors import order_bounds as order_bound_selectors
from billing.services import order_bounds
from billing.services.order_bounds import BoundError
from billing.tests.bounds import bound, place


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_fifty_forms_at_once_make_no_more_than_the_bound(
    account: Account, owner: User, settings: Settings, monkeypatch: pytest.MonkeyPatch, *, guarded: bool
) -> None:
    """Without the lock, all forms would count the orders before any of them is written."""
    bound(settings, at_work=10, a_day=40)
    threads = 12 if not guarded else 50
    gate = threading.Barrier(threads)
    if not guarded:
        count = order_bound_selectors.of

        def after_all_others(of: Account) -> Any:
            found = count(of)
            gate.wait(timeout=60)
            return found

        monkeypatch.setattr(order_bounds, "lock", lambda _account: None)
        monkeypatch.setattr(order_bound_selectors, "of", after_all_others)

    def one(number: int) -> bool:
        try:
            connection.ensure_connection()
            if guarded:
                gate.wait(timeout=60)
            place(account, owner, f"t{number}")
        except BoundError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(threads) as pool:
        placed = sum(pool.map(one, range(threads)))
    assert placed == DocumentOrder.objects.count() == (10 if guarded else 12)
