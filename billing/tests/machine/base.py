"""The base of all rules: an example's separate transaction, clock and model."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import time_machine
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from accounts.models import Account
from billing.tests.machine.invariants import Books
from billing.tests.machine.world import START, World
from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError

PLACES = st.integers(0, 30)  # an index into some list, modulo its length
LEAP_DAY = date(2028, 2, 29)


def refused(error: type[DomainError], work: Callable[[], object]) -> bool:
    """Whether the work was refused with an error of this kind."""
    try:
        work()
    except error:
        return True
    return False


class Base(RuleBasedStateMachine):
    """`reached` counts steps and reached situations over all examples of a run."""

    world: ClassVar[World]
    folder: ClassVar[Path]
    reached: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.traveller = time_machine.travel(START, tick=False)
        self.clock = self.traveller.start()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.model = self.world.model()
        pks = [account.pk for account in self.world.accounts]
        self.accounts = list(Account.objects.select_related("customer").filter(pk__in=pks).order_by("pk"))
        self.books = Books(self.model, self.accounts, self.reached)
        self.serial = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)
        self.traveller.stop()

    def account(self, place: int) -> Account:
        return self.accounts[place % len(self.accounts)]

    def next_serial(self) -> int:
        self.serial += 1
        return self.serial

    def now(self) -> datetime:
        return clock.minsk(clock.now())

    def today(self) -> date:
        return self.now().date()

    def the_bank_is_read(self) -> None:
        """A rule of `Money` that other rules call first."""
        raise NotImplementedError

    def move(self, moment: datetime) -> None:
        self.reached["leap day"] += self.today() <= LEAP_DAY < moment.date()
        self.reached["year's end"] += self.today().year < moment.year
        self.clock.move_to(moment)

    def tick(self) -> None:
        """Advances the clock, so that no two events happen at the same moment."""
        self.clock.shift(timedelta(milliseconds=1))
