"""The expected debts of accounts, document by document: plain lists of Decimals beside `Model`, independent of the
product's code."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import holidays

ZERO = Decimal("0.00")
NOTICE_DAYS = 15
# ("invoice", its month), ("correction", its serial), ("adjustment", its primary key), ("opening", None)
Key = tuple[str, object]


@dataclass(slots=True)
class Doc:
    """A debt's document. `taken_off` are corrections downwards: the day and the sum of each."""

    account: int
    key: Key
    amount: Decimal
    due_on: date
    made_on: date
    told: bool
    serial: int
    invoice: date | None = None
    taken_off: list[tuple[date, Decimal]] = field(default_factory=list)

    def left(self, until: date = date.max) -> Decimal:
        return self.amount - sum((amount for day, amount in self.taken_off if day <= until), ZERO)


class Owed:
    """All debts, in the order they were created."""

    def __init__(self) -> None:
        self.docs: list[Doc] = []

    def add(
        self,
        account: int,
        key: Key,
        amount: Decimal,
        today: date,
        *,
        due_on: date | None = None,
        of: date | None = None,
        made_on: date | None = None,
        is_last: bool = False,
    ) -> None:
        """Adds a debt: an invoice states its due day (`due_on`); other documents wait for a letter. Zero is no debt.
        `made_on`: the day it counts for, if not today. With `is_last` it is due no earlier than the other debts."""
        if amount > 0:
            due = due_on or today + timedelta(days=NOTICE_DAYS)
            if is_last:
                due = max([due, *(doc.due_on for doc in self.docs if doc.account == account)])
            day = made_on or today
            self.docs.append(Doc(account, key, amount, due, day, due_on is not None, len(self.docs), of))

    def take_off(self, account: int, invoice: date, amount: Decimal, today: date) -> None:
        """Subtracts a correction downwards from the invoice's documents, the latest first."""
        for doc in reversed([one for one in self.docs if (one.account, one.invoice) == (account, invoice)]):
            part = min(amount, doc.left())
            amount -= part
            if part:
                doc.taken_off.append((today, part))

    def of(self, account: int, credit: Decimal, until: date = date.max) -> list[tuple[Doc, Decimal]]:
        """The unpaid part of each document when this much money pays the oldest due day first."""
        left, found = max(ZERO, credit), []
        mine = [one for one in self.docs if one.account == account and one.made_on <= until]
        for doc in sorted(mine, key=lambda doc: (doc.due_on, doc.serial)):
            paid = min(left, doc.left(until))
            left -= paid
            found.append((doc, doc.left(until) - paid))
        return found

    def tell(self, account: int, credit: Decimal, today: date) -> None:
        """Writes letters about unpaid debts that have none yet; they are due NOTICE_DAYS later at the earliest."""
        for doc, lacks in self.of(account, credit):
            if lacks and not doc.told:
                doc.told, doc.due_on = True, max(doc.due_on, today + timedelta(days=NOTICE_DAYS))


class Bank:
    """Days that imported statements cover in full."""

    def __init__(self, since: date) -> None:
        self.since = since
        self.read: set[date] = set()
        self.days_off = holidays.country_holidays("BY")

    def works(self, day: date) -> bool:
        return bool(self.days_off.is_working_day(day))

    def add(self, first: date, last: date) -> None:
        self.read |= {first + timedelta(days=count) for count in range((last - first).days + 1)}

    def is_complete(self, through: date) -> bool:
        days = [self.since + timedelta(days=count) for count in range((through - self.since).days + 1)]
        return all(day in self.read or not self.works(day) for day in days)
