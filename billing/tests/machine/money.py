"""Received money: entered by hand, in bank statements, resolved from suspense."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from billing.models import PaymentSource, SuspensePayment
from billing.services import payments, statements
from billing.services.payments import PaymentError
from billing.services.statements import Fate
from billing.tests import bank_files
from billing.tests.bank_files import Doc, Span
from billing.tests.machine.base import PLACES, Base, refused
from billing.tests.machine.model import Paid

BANK_DAY_ENDS = 17
KOPECKS = st.integers(1, 3_000)
OTHER_IBAN = "BY13POLS30120000000000000000"
WITH_ID = ["client-bank 3", "client-bank 4", "client-bank 400", "camt053", "csv"]
# The account, how the payer names it, the sum in kopecks, how many days ago.
CREDITS = st.tuples(PLACES, st.sampled_from(["named", "payer", "nobody"]), KOPECKS, st.integers(0, 5))


@dataclass(frozen=True, slots=True)
class Credit:
    """A document of the bank, its expected key, and the account found when it was first imported."""

    doc: Doc
    key: str
    amount: Decimal
    account: int | None
    day: date


class Money(Base):
    """`credits` are the credits of the bank account in the bank's order; a statement repeats the last of them. `opened`
    is the latest day whose opening balance a statement has given: days before it are over for the bank."""

    def __init__(self) -> None:
        super().__init__()
        self.credits: list[Credit] = []
        self.opened = date.min

    @rule(place=PLACES, amount=KOPECKS, exact=st.booleans(), twice=st.booleans())
    def somebody_pays(self, place: int, amount: int, exact: bool, twice: bool) -> None:
        """A payment entered by hand: exactly the debt, or another sum."""
        account = self.account(place)
        owed = -self.model.balance(account.pk)
        self._pay(place, owed if exact and owed > 0 else Decimal(amount) / 100, twice=twice)

    @rule(
        credits_=st.lists(CREDITS, max_size=3),
        known=st.integers(0, 5),
        seed=st.integers(0, 99),
        name=st.sampled_from(WITH_ID),
    )
    def a_statement_comes(self, credits_: list[tuple[int, str, int, int]], known: int, seed: int, name: str) -> None:
        """A statement with new credits, shuffled among the last imported ones; importing it again changes nothing."""
        repeated = self.credits[max(0, len(self.credits) - known) :]
        if self._last_day() > self.today():  # this bank day is over and imported: nothing more can be booked on it
            credits_ = []
        new = sorted((self._credit(*credit) for credit in credits_), key=lambda one: one.doc.iso_day)
        told = random.Random(seed).sample([*repeated, *new], len(repeated) + len(new))
        content = bank_files.MAKERS[name]([one.doc for one in told], span=self._span(repeated, new))
        self.opened = max(self.opened, min((one.day for one in (*repeated, *new)), default=self.today()))
        waits = sum(1 for one in new if one.account is None)
        assert self._take_statement(content) == (len(new) - waits, len(repeated), waits)
        for one in new:
            self._note(one)
        self.tick()
        assert self._take_statement(content) == (0, len(told), 0)

    @rule()
    def the_bank_is_read(self) -> None:
        """Imports a statement of all days up to yesterday with all their credits, unless a later credit is already
        imported."""
        last, first = self.today() - timedelta(days=1), self.model.bank.since
        if first > last or any(one.day > last for one in self.credits):
            return
        told = [one.doc for one in self.credits if first <= one.day <= last]
        opening = bank_files.OPENING + sum((one.amount for one in self.credits if one.day < first), Decimal(0))
        span = Span(opening, first=_shown(first), last=_shown(last))
        taken = statements.take_in(bank_files.MAKERS[WITH_ID[0]](told, span=span), file_name="statement.txt")
        assert taken.count(Fate.DUPLICATE) == len(told)
        self.model.bank.add(first, last)

    @rule(place=PLACES, whose=PLACES)
    @precondition(lambda self: bool(self.model.waiting))
    def suspense_is_resolved(self, place: int, whose: int) -> None:
        key = sorted(self.model.waiting)[place % len(self.model.waiting)]
        row, account = SuspensePayment.objects.get(source_key=key), self.account(whose)
        payments.resolve(suspense=row, account=account, staff=self.world.staff)
        self.model.payments[key] = Paid(account.pk, self.model.waiting.pop(key), self.now(), row.received_on)
        self.reached["resolved"] += 1
        again = partial(payments.resolve, suspense=row, account=self.account(whose + 1), staff=self.world.staff)
        assert refused(PaymentError, again)

    @rule(place=PLACES, name=st.sampled_from(["ООО «Полесье»", "ЗАО «Полесье»"]), moves=st.booleans())
    def requisites_change(self, place: int, name: str, moves: bool) -> None:
        customer = self.account(place).customer
        customer.name, customer.iban = name, OTHER_IBAN if moves else bank_files.PAYER
        customer.save()

    def _pay(self, place: int, amount: Decimal, *, twice: bool) -> None:
        account, key = self.account(place), f"hand:{self.next_serial()}"
        for time in range(1 + twice):
            payment = payments.book(
                account=account,
                amount=amount,
                received_on=self.today(),
                source=PaymentSource.CASH,
                source_key=key,
                entered_by=self.world.staff,
            )
            assert (payment is None) == (time > 0)
        self.model.payments[key] = Paid(account.pk, amount, self.now(), self.today())

    def _credit(self, place: int, how: str, kopecks: int, days_ago: int) -> Credit:
        account, serial = self.account(place), self.next_serial()
        day = max(self._last_day(), self.today() - timedelta(days=days_ago))
        doc = Doc(
            credit=f"{Decimal(kopecks) / 100:.2f}",
            id=f"OP{serial}",
            number=str(serial),
            day=_shown(day),
            unp="" if how == "nobody" else account.customer.unp,
            purpose=f"Оплата услуг, л/с {account.number}" if how == "named" else "Оплата услуг связи",
        )
        is_known = how == "named" or (how == "payer" and account.customer.iban == doc.iban)
        key = f"bank:{bank_files.OURS}:{doc.id}"
        return Credit(doc, key, Decimal(doc.credit), account.pk if is_known else None, day)

    def _last_day(self) -> date:
        """The earliest day for new credits: the bank books nothing on days before the last reported one."""
        read = max(self.model.bank.read, default=None)
        told = [self.opened, self.credits[-1].day] if self.credits else [self.opened]
        return max([*told, read + timedelta(days=1)] if read else told)

    def _span(self, repeated: Sequence[Credit], new: Sequence[Credit]) -> Span:
        before = self.credits[: len(self.credits) - len(repeated)]
        opening = bank_files.OPENING + sum((one.amount for one in before), Decimal(0))
        days = [one.doc.day for one in (*repeated, *new)] or [_shown(self.today())]
        return Span(opening, first=days[0], last=days[-1])

    def _note(self, credit: Credit) -> None:
        self.credits.append(credit)
        if credit.account is None:
            self.model.waiting[credit.key] = credit.amount
        else:
            self.model.payments[credit.key] = Paid(credit.account, credit.amount, self.now(), credit.day)

    def _take_statement(self, content: bytes) -> Sequence[int]:
        taken = statements.take_in(content, file_name="statement.txt")
        if taken.row is not None and taken.row.first_day and taken.row.last_day:
            # A statement covers only a part of its import day, unless the bank's day is over.
            known_by = self.today() - timedelta(days=self.now().hour < BANK_DAY_ENDS)
            self.model.bank.add(taken.row.first_day, min(taken.row.last_day, known_by))
        return tuple(taken.count(fate) for fate in (Fate.BOOKED, Fate.DUPLICATE, Fate.SUSPENDED))


def _shown(day: date) -> str:
    return day.strftime("%d.%m.%Y")
