"""The money of two customers under random work, step by step beside a small model: see test_money_machine.py."""

from collections import Counter
from pathlib import Path

import time_machine
from hypothesis.stateful import invariant

from billing.tests.machine import world
from billing.tests.machine.debts import Debts
from billing.tests.machine.money import Money
from billing.tests.machine.months import Months

# What a run of thousands of steps must have come to, or it proves little.
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
    ),
}


class MoneyMachine(Months, Money, Debts):
    """All that may happen; after each step all promises are looked at."""

    @invariant()
    def promises_hold(self) -> None:
        self.books.check()
        self.tick()
        self.reached["steps"] += 1


def prepared(folder: Path) -> type[MoneyMachine]:
    """A machine whose examples begin with a world made now, inside the caller's transaction. Its files go to `folder`.

    Under the settings `world.SETTINGS`.
    """
    with time_machine.travel(world.START, tick=False):
        made = world.make()
    return type("Machine", (MoneyMachine,), {"world": made, "folder": folder, "reached": Counter()})
