"""Random operations with the money of two customers, compared after each step with a small model: see
test_money_machine.py."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import time_machine
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from billing.tests.machine import world
from billing.tests.machine.base import Base
from billing.tests.machine.debited import Debited
from billing.tests.machine.debts import Debts
from billing.tests.machine.months import Months

# Situations that a run of thousands of steps must reach; otherwise it proves little.
REACHED = {
    *("pending", "accepted", "rejected", "fulfilled", "expired", "restricted", "allowed"),
    *(
        "corrected",
        "late call",
        "corrected upwards",
        "opening debt",
        "waited for statements",
        "resolved",
        "leap day",
        "year's end",
        "moved",
        "moved on",
        "cancelled",
        "refunded",
        "written off",
        "two people",
        "refund, then debit",
        "debit, then refund",
        "payback, then debit",
        "debit, then payback",
        "payback by two",
        "payback refused",
        "payback withdrawn",
        "recalled",
        "recalled in part",
    ),
}


class Checked(Base):
    """Every invariant is checked after each step."""

    @invariant()
    def promises_hold(self) -> None:
        self.books.check()
        self.tick()
        self.reached["steps"] += 1


class MoneyMachine(Checked, Months, Debited, Debts):
    """All possible operations."""


class BankMachine(Checked, Debited):
    """What the bank reports and staff mend within weeks: faults of that alone are found sooner."""

    @rule(days=st.integers(1, 3))
    def some_days_pass(self, days: int) -> None:
        self.move(self.now() + timedelta(days=days))


def prepared(folder: Path, of: type[Base] = MoneyMachine) -> type[Any]:
    """Creates a machine class with a world created now, inside the caller's transaction. Its files go to `folder`.

    Needs the settings `world.SETTINGS`.
    """
    with time_machine.travel(world.START, tick=False):
        made = world.make()
    return type("Machine", (of,), {"world": made, "folder": folder, "reached": Counter()})
