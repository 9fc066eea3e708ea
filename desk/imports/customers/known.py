"""What the portal knows about the rows of a file, read at once, and kept up as its rows are done (4.11)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from accounts.models import Account, AccountStatus, Customer
from billing.models import EntryKind, LedgerEntry
from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from sipcabinet.lib.tables import TableRow
from subscribers.calls import months
from subscribers.models import NumberHold, NumberRange, Subscriber
from subscribers.selectors import pool


@dataclass(slots=True)
class KnownCustomer:
    """A customer by his УНП; `pk` is None for one that the file has brought."""

    name: str
    pk: int | None = None


@dataclass(slots=True)
class KnownAccount:
    """`opening`: the booked opening balance, BYN; `has_entries`: any entry at all."""

    unp: str
    contract_date: date
    is_closed: bool = False
    opening: Decimal | None = None
    has_entries: bool = False


@dataclass(slots=True)
class KnownNumber:
    """A subscriber of a number: `since` is his first day, `row` the row of the file that has brought him."""

    account: str
    is_trunk: bool
    is_open: bool
    since: date
    row: int = 0


@dataclass(slots=True)
class Known:
    """Facts by account number, УНП and E.164 number."""

    accounts: dict[str, KnownAccount] = field(default_factory=dict)
    customers: dict[str, KnownCustomer] = field(default_factory=dict)
    numbers: dict[str, list[KnownNumber]] = field(default_factory=lambda: defaultdict(list))
    holds: dict[str, list[NumberHold]] = field(default_factory=lambda: defaultdict(list))
    ranges: Sequence[NumberRange] = ()
    last_closed: Month | None = None
    refused: dict[str, int] = field(default_factory=dict)  # the first row of an account that was not accepted

    @classmethod
    def of(cls, rows: Iterable[TableRow]) -> "Known":
        """Six queries, whatever the number of rows."""
        values = [row.values for row in rows]
        found = cls(last_closed=months.last_closed(), ranges=list(NumberRange.objects.order_by("first")))
        found._read_accounts({one["account"] for one in values}, {one["unp"] for one in values if one["unp"]})
        found._read_numbers({one[key] for one in values for key in ("phone", "trunk") if one[key]})
        return found

    def _read_accounts(self, numbers: set[str], unps: set[str]) -> None:
        accounts = Account.objects.filter(number__in=numbers).select_related("customer")
        numbers_by_pk = {}
        for one in accounts:
            numbers_by_pk[one.pk] = one.number
            is_closed = one.status == AccountStatus.CLOSED
            self.accounts[one.number] = KnownAccount(one.customer.unp, one.contract_date, is_closed)
            self.customers[one.customer.unp] = KnownCustomer(one.customer.name, one.customer.pk)
        for customer in Customer.objects.filter(unp__in=unps):
            self.customers[customer.unp] = KnownCustomer(customer.name, customer.pk)
        entries = LedgerEntry.objects.filter(account__in=numbers_by_pk)
        for pk in entries.values_list("account", flat=True).distinct():
            self.accounts[numbers_by_pk[pk]].has_entries = True
        for pk, amount in entries.filter(kind=EntryKind.OPENING).values_list("account", "amount"):
            self.accounts[numbers_by_pk[pk]].opening = amount

    def _read_numbers(self, phones: set[str]) -> None:
        for one in Subscriber.objects.filter(phone__in=phones).select_related("account"):
            since = clock.minsk(one.connected_at).date()
            known = KnownNumber(one.account.number, one.is_trunk, one.closed_at is None, since)
            self.numbers[one.phone].append(known)
        for hold in NumberHold.objects.filter(pool.active(clock.now()), phone__in=phones).select_related("customer"):
            self.holds[hold.phone].append(hold)

    def range_of(self, phone: str) -> NumberRange | None:
        digits = int(phone.removeprefix("+"))
        place = bisect_right(self.ranges, digits, key=lambda one: one.first)
        return self.ranges[place - 1] if place and self.ranges[place - 1].last >= digits else None

    def is_closed(self, day: date) -> bool:
        """Whether the month of the day is closed for billing."""
        return self.last_closed is not None and Month.of(day) <= self.last_closed
