"""The expected money of the accounts: plain dicts of Decimals, independent of the product's code."""

import calendar
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from billing.tests.machine.owed import NOTICE_DAYS, Bank, Doc, Key, Owed

ZERO = Decimal("0.00")
VAT = Decimal(25)
DUE_DAY = 25
GUARANTEE_DAYS = 10
RESTRICT_DAYS = 10
REPORTED_WITHIN = timedelta(days=10)  # between a payment order of staff and the bank's debit
ALONE_DAYS = timedelta(days=30)
ALONE = Decimal("20.00")  # what one person may do alone in that time

Prices = list[tuple[date, Decimal]]  # each price with the day from which it is valid; oldest first
ChargeKey = tuple[int, str, int, date | None]  # subscriber, kind, plan or destination, month of late calls


def kopecks(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def with_vat(net: Decimal) -> tuple[Decimal, Decimal]:
    return net, kopecks(net * VAT / 100)


def month_of(day: date) -> date:
    """A month is represented by its first day."""
    return day.replace(day=1)


def after(month: date) -> date:
    return month_of(month + timedelta(days=31))


def days_of(month: date) -> list[date]:
    return [month.replace(day=day + 1) for day in range(calendar.monthrange(month.year, month.month)[1])]


def price_on(prices: Prices, day: date) -> Decimal:
    return [price for since, price in prices if since <= day][-1]


@dataclass(frozen=True, slots=True)
class Line:
    """A subscriber of an account, with the plan that the account pays for."""

    account: int
    subscriber: int
    plan: int


@dataclass(frozen=True, slots=True)
class Call:
    """An imported outgoing call; `cost` is not rounded, `charged_in` is the month that charges it."""

    subscriber: int
    destination: int
    month: date
    charged_in: date
    cost: Decimal


@dataclass(slots=True)
class Bill:
    """An issued invoice: net and VAT of each charge, and the values after corrections (`mended`)."""

    account: int
    month: date
    due_on: date
    charges: dict[ChargeKey, tuple[Decimal, Decimal]]
    mended: dict[ChargeKey, tuple[Decimal, Decimal]] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        return sum((net + vat for net, vat in self.charges.values()), ZERO)

    @property
    def mended_total(self) -> Decimal:
        return sum((net + vat for net, vat in {**self.charges, **self.mended}.values()), ZERO)


@dataclass(frozen=True, slots=True)
class Paid:
    account: int
    amount: Decimal
    at: datetime
    day: date


@dataclass(slots=True)
class Sent:
    """Money that staff have sent back by a payment order: an overpayment, by the key of its adjustment, or a credit
    without an account, by its own key."""

    amount: Decimal
    day: date
    adjustment: int | None = None
    suspense: str = ""


@dataclass(slots=True)
class Debit:
    """A debit of the bank. `outcome` is empty while it waits; `seems`: the key of the credit that it seems to take
    back."""

    number: str
    amount: Decimal
    day: date
    outcome: str = ""
    adjustment: int | None = None
    seems: str = ""

    def is_of(self, number: str, sent: Sent) -> bool:
        """Whether the debit is this payment order: number, sum, and a day that is near."""
        return (self.number, self.amount) == (number, sent.amount) and abs(self.day - sent.day) <= REPORTED_WITHIN

    def settle(self, sent: Sent) -> None:
        self.outcome = "payback" if sent.suspense else "refunded"
        self.adjustment = sent.adjustment


class Model:
    """`closed` is the last closed month; `waiting` maps the keys of credits without an account to their sums; of them
    `returning` wait for a second person, who lets them go back, by the number and the day of the payment order.
    `sent` are payment orders, by number, that no debit was found to be; `bank_debits` are those of the bank, by key."""

    def __init__(
        self, lines: Iterable[Line], fees: dict[int, Prices], rates: dict[int, Prices], closed: date, since: date
    ) -> None:
        self.lines = list(lines)
        self.fees = fees
        self.rates = rates
        self.closed = closed
        self.opening: dict[int, Decimal] = {}
        self.opened_on: dict[int, date] = {}
        self.calls: list[Call] = []
        self.bills: list[Bill] = []
        self.payments: dict[str, Paid] = {}
        self.waiting: dict[str, Decimal] = {}
        self.returning: dict[str, tuple[str, date]] = {}
        self.paid_back: dict[str, Decimal] = {}
        self.alone: list[tuple[object, datetime, Decimal]] = []  # the payer, when, how much one person paid back
        self.sent: dict[str, Sent] = {}
        self.bank_debits: dict[str, Debit] = {}
        self.taken: dict[str, Decimal] = defaultdict(Decimal)  # from payments, by their keys
        self.debits: dict[int, Decimal] = defaultdict(Decimal)  # money that left accounts again
        self.left_on: dict[int, tuple[int, Decimal, date]] = {}  # by adjustment: the account, how much, on which day
        self.written_off: dict[int, Decimal] = defaultdict(Decimal)
        self.adjustments = 0
        self.corrections = 0
        self.owed = Owed()
        self.bank = Bank(since)

    @property
    def counts(self) -> dict[str, int]:
        """Row counts by table; they change with every change of the model."""
        return {
            "subscribers_callrecord": len(self.calls),
            "billing_invoice": len(self.bills),
            "billing_payment": len(self.payments),
            "billing_suspensepayment": len(self.waiting),
            "billing_suspenserefund": len(self.returning) + len(self.paid_back),
            "billing_paymentreturn": sum(1 + bool(one.outcome) for one in self.bank_debits.values()),
            "billing_correction": self.corrections,
            "billing_adjustment": self.adjustments,
        }

    def call(self, subscriber: int, destination: int, day: date, minutes: int) -> None:
        """Imports a call; a late call is charged by the month after the last closed one."""
        month = month_of(day)
        cost = price_on(self.rates[destination], day) * minutes
        self.calls.append(Call(subscriber, destination, month, max(month, after(self.closed)), cost))

    def charges(self, account: int, month: date) -> dict[ChargeKey, tuple[Decimal, Decimal]]:
        found: dict[ChargeKey, Decimal] = defaultdict(Decimal)
        days = days_of(month)
        for line in self.lines:
            if line.account != account:
                continue
            fee = sum(price_on(self.fees[line.plan], day) for day in days)
            found[line.subscriber, "fee", line.plan, None] = fee / Decimal(len(days))
            for call in self.calls:
                if (call.subscriber, call.charged_in) == (line.subscriber, month):
                    late_of = None if call.month == month else call.month
                    found[line.subscriber, "calls", call.destination, late_of] += call.cost
        return {key: with_vat(kopecks(exact)) for key, exact in found.items()}

    def close(self, today: date) -> date:
        """Closes the next month: every account gets its invoice."""
        self.closed = month = after(self.closed)
        due_on = max(after(month).replace(day=DUE_DAY), today + timedelta(days=NOTICE_DAYS))
        for account in sorted({line.account for line in self.lines}):
            bill = Bill(account, month, due_on, self.charges(account, month))
            self.bills.append(bill)
            self.owed.add(account, ("invoice", month), bill.total, today, due_on=due_on, of=month)
        return month

    def correct(self, bill: Bill, key: ChargeKey, net: Decimal, today: date) -> Decimal:
        """Corrects a charge; returns the sum added to the debt: a separate document, or a reduction of the invoice."""
        before = bill.mended_total
        bill.mended[key] = with_vat(net)
        self.corrections += 1
        added = bill.mended_total - before
        self.owed.add(bill.account, ("correction", self.corrections), added, today, of=bill.month)
        self.owed.take_off(bill.account, bill.month, max(ZERO, -added), today)
        self.tell(bill.account, today)
        return added

    def left(self, key: str) -> Decimal:
        """What is left of a payment."""
        return self.payments[key].amount - self.taken[key]

    def take(self, account: int, amount: Decimal, today: date, *, pk: int, day: date, payment: str = "") -> None:
        """Money leaves an account on a day: of a payment, or (a refund) of the balance. A debt of its own."""
        self.adjustments += 1
        self.left_on[pk] = account, amount, day
        self.debits[account] += amount
        if payment:
            self.taken[payment] += amount
        self.owed.add(account, ("adjustment", pk), amount, today, made_on=day, is_last=True)
        self.tell(account, today)

    def write_off(self, account: int, amount: Decimal) -> None:
        self.adjustments += 1
        self.written_off[account] += amount

    def report(self, key: str, number: str, amount: Decimal, day: date) -> None:
        """The bank reports a debit: it is the payment order that staff have entered, or it waits."""
        self.bank_debits[key] = debit = Debit(number, amount, day)
        sent = self.sent.get(number)
        if sent is not None and debit.is_of(number, sent):
            debit.settle(self.sent.pop(number))

    def send(self, number: str, sent: Sent) -> Debit | None:
        """Staff enter a payment order: it is a debit that waits (returned), or the bank will report it. A credit's
        return is no debit that seems to take back something else."""
        for debit in self.bank_debits.values():
            if (
                not debit.outcome
                and debit.is_of(number, sent)
                and (not sent.suspense or debit.seems in {"", sent.suspense})
            ):
                debit.settle(sent)
                return debit
        self.sent[number] = sent
        return None

    def paid_alone(self, payer: object, now: datetime) -> Decimal:
        """What one person paid back to a payer in the last ALONE_DAYS."""
        return sum((amount for whom, at, amount in self.alone if whom == payer and at > now - ALONE_DAYS), ZERO)

    def go_back(self, key: str, number: str, day: date) -> Debit | None:
        """A credit without an account goes back to its payer."""
        self.returning.pop(key, None)
        self.paid_back[key] = amount = self.waiting.pop(key)
        return self.send(number, Sent(amount, day, suspense=key))

    def open(self, account: int, amount: Decimal, today: date) -> None:
        """Opens a balance from an older system."""
        self.opening[account], self.opened_on[account] = amount, today
        self.owed.add(account, ("opening", None), -amount, today)
        self.tell(account, today)

    def tell(self, account: int, today: date) -> None:
        self.owed.tell(account, self.credit(account), today)

    def bills_of(self, account: int) -> list[Bill]:
        """The account's invoices, oldest first."""
        return [bill for bill in self.bills if bill.account == account]

    def paid_in(self, account: int) -> Decimal:
        return sum((one.amount for one in self.payments.values() if one.account == account), ZERO)

    def kept_since(self, account: int, since: datetime) -> Decimal:
        """What came since then and was not taken away again."""
        mine = (key for key, one in self.payments.items() if one.account == account and one.at >= since)
        return sum((self.left(key) for key in mine), ZERO)

    def credit(self, account: int) -> Decimal:
        """All money available for paying documents, among them what was taken away again."""
        return max(ZERO, self.opening.get(account, ZERO)) + self.paid_in(account) + self.written_off[account]

    def balance(self, account: int) -> Decimal:
        bills = sum((bill.mended_total for bill in self.bills_of(account)), ZERO)
        came = self.opening.get(account, ZERO) + self.paid_in(account) + self.written_off[account]
        return came - bills - self.debits[account]

    def unpaid(self, account: int) -> list[tuple[Doc, Decimal]]:
        """The unpaid part of each document: money pays the oldest due day first."""
        return self.owed.of(account, self.credit(account))

    def lacks(self, account: int, key: Key) -> Decimal:
        return next((lacks for doc, lacks in self.unpaid(account) if doc.key == key), ZERO)

    def promisable(self, account: int) -> Decimal:
        """The most that may be promised: the unpaid part of the newest invoice, else of the debt with the last due
        day."""
        found = self.unpaid(account)
        invoices = [(doc.invoice or date.min, lacks) for doc, lacks in found if doc.key[0] == "invoice"]
        newest = max(invoices, default=(date.min, ZERO))[1]
        return newest or next((lacks for _doc, lacks in reversed(found) if lacks), ZERO)

    def overdue(self, account: int, today: date, days: int = 0) -> list[Doc]:
        """Documents that are unpaid more than `days` after their due day."""
        return [doc for doc, lacks in self.unpaid(account) if lacks and (today - doc.due_on).days > days]

    def overdue_on(self, account: int, day: date) -> list[Doc]:
        """Documents ripe for a restriction on a day, by the money dated up to it, whenever it was booked."""
        paid = sum((one.amount for one in self.payments.values() if one.account == account and one.day <= day), ZERO)
        opening = self.opening.get(account, ZERO) if self.opened_on.get(account, day) <= day else ZERO
        found = self.owed.of(account, max(ZERO, opening) + paid, day)
        return [doc for doc, lacks in found if lacks and (day - doc.due_on).days >= RESTRICT_DAYS]
