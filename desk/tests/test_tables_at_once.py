"""Two people who apply tables at the same moment: one wins, the other is told and nothing of his is written (4.3)."""

from collections.abc import Callable
from datetime import date
from threading import Barrier
from typing import Any

import pytest

from accounts.actor import Actor
from accounts.tests.factories import StaffFactory
from desk.imports import KINDS, running
from desk.imports.kind import TableImportError
from desk.models import TableImport
from desk.tests.price_tables import kept, rate, rates_file, rates_of
from sipcabinet.tests.at_once import at_once
from subscribers.models import Rate

pytestmark = pytest.mark.django_db(transaction=True)
RATES = KINDS["rates"]
DECEMBER = date(2026, 12, 1)


@pytest.fixture(autouse=True)
def _catalogue(at: Callable[[str], Any], transactional_db: None) -> None:
    at("2026-11-22 10:00")
    rate("48", "0.8")


def applied(table: TableImport, actor: Actor, fingerprint: str) -> str:
    try:
        running.apply(table=table, kind=RATES, fingerprint=fingerprint, actor=actor)
    except TableImportError as refusal:
        return refusal.code
    return "applied"


def each_applies(tables: list[TableImport]) -> list[str]:
    """What each of them is told; each has seen the check of his table before any is applied."""
    people = [Actor(StaffFactory.create()) for _ in tables]
    seen = [running.compared(table, RATES).fingerprint for table in tables]
    works = zip(tables, people, seen, strict=True)
    return at_once([lambda work=work: applied(*work) for work in works])  # type: ignore[misc]


def test_one_table_is_applied_by_one_of_two() -> None:
    table = kept(rates_file(["48", "poland", "0,62"]), DECEMBER)
    assert sorted(each_applies([table, table])) == ["applied", "table_import.ended"]
    assert Rate.objects.count() == 2


def test_of_two_tables_with_the_same_prefix_one_is_applied() -> None:
    prices = ["0,62", "0,7"]
    answers = each_applies([kept(rates_file(["48", "poland", price]), DECEMBER) for price in prices])
    assert sorted(answers) == ["applied", "table_import.moved"]
    winner = prices[answers.index("applied")].replace(",", ".")
    assert [price for price, _since, _until in rates_of("48")] == ["0.8", winner]


def test_without_the_lock_both_would_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two new prices of a rate that has not begun: without the lock the second overwrites the first unseen."""
    Rate.objects.filter(prefix="48").update(valid_from=DECEMBER)
    monkeypatch.setattr(running, "_lock", lambda _tables: None)
    compared = running.compared
    barrier = Barrier(2, timeout=20)

    def together(*args: Any, **options: Any) -> Any:
        found = compared(*args, **options)
        barrier.wait()
        return found

    tables = [kept(rates_file(["48", "poland", price]), DECEMBER) for price in ("0,62", "0,7")]
    people = [Actor(StaffFactory.create()) for _ in tables]
    seen = [compared(table, RATES).fingerprint for table in tables]
    monkeypatch.setattr(running, "compared", together)
    works = zip(tables, people, seen, strict=True)
    answers = at_once([lambda work=work: applied(*work) for work in works])  # type: ignore[misc]
    assert answers == ["applied", "applied"]
