"""Calls longer than the limit of their source, imported and decided on, for the tests of calls on hold (4.4)."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from accounts.actor import Actor
from accounts.models import User
from subscribers.calls import (
    held_decisions,
    imports,
    partitions,
)
from subscribers.models import (
    CallDirection,
    CallRecord,
    HeldCall,
    HeldDecision,
)
from subscribers.tests.closed_months import prices_of_fees
from subscribers.tests.imported import take
from subscribers.tests.price_list import Cast, cast
from subscribers.tests.switch_files import Line, write

HOURS_5 = 5 * 3600
LIST_PRICE = Decimal("0.3054")  # a minute to the mobile number of the tests


@pytest.fixture(autouse=True)
def people(at: Callable[[str], Any], db: None) -> Cast:
    at("2026-11-10 12:00")
    partitions.open_ahead()
    prices_of_fees()
    return cast(10)


@pytest.fixture
def by(staff: User) -> Actor:
    return Actor(staff, "192.0.2.7")


def line(uuid: str, day: int = 3, talked: int = HOURS_5, month: int = 11, **more: Any) -> Line:
    return Line(uuid, datetime(2026, month, day, 1), talked=talked, **more)  # noqa: DTZ001


def taken(folder: Path, *lines: Line) -> imports.ImportCounts:
    return take(write(folder / f"{lines[0].uuid}.csv", lines))


def record(uuid: str, direction: CallDirection = CallDirection.OUT) -> CallRecord:
    return CallRecord.objects.get(call_id=uuid, direction=direction)


def settle(by: Actor, decision: HeldDecision, seconds: int | None = None) -> HeldCall:
    row = HeldCall.objects.get(state="waiting")
    return held_decisions.settle(row=row, decision=decision, seconds=seconds, note="спросили клиента", by=by)
