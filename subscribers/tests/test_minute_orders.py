"""Applications and imports in any order leave equal rows and prices (4.5)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.actor import Actor
from accounts.models import User
from subscribers.calls import allowances, partitions
from subscribers.models import MinutePackage, Subscriber
from subscribers.rating import AllowanceState, packages
from subscribers.services import minutes, numbers
from subscribers.tests.factories import MinuteAssignmentFactory, MinutePackageFactory
from subscribers.tests.imported import snapshot, take
from subscribers.tests.price_list import cast
from subscribers.tests.switch_files import random_lines, write

LINES = random_lines(60)
PLAN_MINUTES, PACKAGE_MINUTES = 4, 40
STEPS = ("first file", "second file", "connect", "switch")


@pytest.fixture(autouse=True)
def _now(at: Callable[[str], Any]) -> None:
    at("2026-10-25 12:00")


@pytest.fixture
def trunk(db: None) -> Subscriber:
    partitions.open_ahead()
    for size in (PACKAGE_MINUTES, 2 * PACKAGE_MINUTES):
        MinutePackageFactory.create(minutes=size)
    return cast(PLAN_MINUTES).trunk


def done(order: list[str], cut: int, trunk: Subscriber, staff: User, folder: Path) -> dict[str, list[Any]]:
    """The rows that the steps leave in this order; rolled back."""
    sizes = list(MinutePackage.objects.order_by("minutes"))
    common: dict[str, Any] = {"trunk": trunk, "by": Actor(staff, reason="Заявление № 1")}
    steps: dict[str, Callable[[], object]] = {
        "first file": lambda: take(write(folder / "1.csv", LINES[:cut])),
        "second file": lambda: take(write(folder / "2.csv", LINES[cut:])),
        "connect": lambda: minutes.connect(package=sizes[0], **common),
        "switch": lambda: minutes.connect(package=sizes[1], **common),
    }
    with transaction.atomic():
        for step in order:
            steps[step]()
        found = snapshot()
        transaction.set_rollback(True)
    return found


@pytest.mark.full
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.permutations(range(4)), cut=st.integers(0, 60))
def test_the_order_of_an_application_and_an_import_changes_nothing(
    tmp_path: Path, trunk: Subscriber, staff: User, places: list[int], cut: int
) -> None:
    order = sorted(STEPS, key=lambda step: places[STEPS.index(step)])
    if order.index("connect") > order.index("switch"):
        order[order.index("connect")], order[order.index("switch")] = "switch", "connect"
    assert done(order, cut, trunk, staff, tmp_path) == done(
        ["connect", "switch", "first file", "second file"], cut, trunk, staff, tmp_path
    )


def test_without_the_recount_an_application_after_an_import_would_cost_more(
    tmp_path: Path, trunk: Subscriber, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = ["connect", "first file", "second file"], ["first file", "second file", "connect"]
    right = done(before, 30, trunk, staff, tmp_path)
    assert done(after, 30, trunk, staff, tmp_path) == right
    monkeypatch.setattr(allowances, "set_included", lambda **_kwargs: None)
    assert done(after, 30, trunk, staff, tmp_path) != right
    monkeypatch.undo()
    monkeypatch.setattr(allowances, "recount", lambda _cursor, _trunk, _month, granted: AllowanceState(granted))
    assert done(after, 30, trunk, staff, tmp_path) != right


def test_the_month_has_its_package_and_the_calls_use_it(tmp_path: Path, trunk: Subscriber, staff: User) -> None:
    """Control for the test above: the equal results are not empty."""
    found = done(["first file", "connect", "second file"], 30, trunk, staff, tmp_path)
    october = [row for row in found["minutes"] if row[0] == trunk.pk and row[1].month == 10]
    share = -(-PACKAGE_MINUTES * 7 // 31)
    assert [row[2] for row in october] == [(PLAN_MINUTES + share) * 60]
    assert october[0][3] == october[0][2]  # and all minutes are used


def test_calls_that_come_in_after_the_trunk_was_closed_cost_the_same(tmp_path: Path, trunk: Subscriber) -> None:
    MinuteAssignmentFactory.create(subscriber=trunk, package=MinutePackage.objects.earliest("minutes"))

    def left(*steps: Callable[[], object]) -> dict[str, list[Any]]:
        with transaction.atomic():
            for step in steps:
                step()
            found = snapshot()
            transaction.set_rollback(True)
        return found

    def close() -> None:
        for subscriber in (*trunk.numbers.all(), trunk):
            numbers.close(subscriber=Subscriber.objects.get(pk=subscriber.pk))

    def imported() -> None:
        take(write(tmp_path / "1.csv", LINES))

    before, after = left(imported, close), left(close, imported)
    assert before == after
    assert sum(row[-2] for row in before["calls"]) > 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packages, "_end", lambda one, _closed_at: one.ended_at)  # closing would take these back
        assert left(imported, close) != left(close, imported)
