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
class Document:
    """A document of the bank, its expected key, its sum (a debit is below zero), and the account found when it was
    first imported; a debit has none."""

    doc: Doc
    key: str
    amount: Decimal
    account: int | None
    day: date

    @property
    def is_debit(self) -> bool:
        return self.amount < 0


class Money(Base):
    """`documents` are those of the bank account in the bank's order; a statement repeats the last of them. `opened`
    is the latest day whose opening balance a statement has given: days before it are over for the bank."""

    def __init__(self) -> None:
        super().__init__()
        self.documents: list[Document] = []
        self.opened = date.min

    @rule(place=PLACES, amount=KOPECKS, exact=st.booleans(), twice=st.booleans())
    def somebody_pays(self, place: int, amount: int, exact: bool, twice: bool) -> None:
        """A payment entered by hand: exactly the debt, or another sum."""
        account = self.account(place)
        owed = -self.model.balance(account.pk)
        self.pay(place, owed if exact and owed > 0 else Decimal(amount) / 100, twice=twice)

    @rule(
        credits_=st.lists(CREDITS, max_size=3),
        known=st.integers(0, 5),
        seed=st.integers(0, 99),
        name=st.sampled_from(WITH_ID),
    )
    def a_statement_comes(self, credits_: list[tuple[int, str, int, int]], known: int, seed: int, name: str) -> None:
        """A statement with new credits, shuffled among the last imported ones; importing it again changes nothing."""
        if not self.may_book():
            credits_ = []
        new = sorted((self.credit(*credit) for credit in credits_), key=lambda one: one.doc.iso_day)
        self.take(new, known, seed, name)

    @rule()
    def the_bank_is_read(self) -> None:
        """Imports a statement of all days up to yesterday with all their credits, unless a later credit is already
        imported."""
        last, first = self.today() - timedelta(days=1), self.model.bank.since
        if first > last or any(one.day > last for one in self.documents):
            return
        told = [one for one in self.documents if first <= one.day <= last]
        opening = bank_files.OPENING + sum((one.amount for one in self.documents if one.day < first), Decimal(0))
        span = Span(opening, first=shown(first), last=shown(last))
        content = bank_files.MAKERS[WITH_ID[0]]([one.doc for one in told], span=span)
        taken = statements.take_in(content, file_name="statement.txt")
        assert taken.count(Fate.DUPLICATE) == _credits(told)
        assert not taken.returns
        self.model.bank.add(first, last)

    @rule(place=PLACES, whose=PLACES)
    @precondition(lambda self: bool(self.model.waiting))
    def suspense_is_resolved(self, place: int, whose: int) -> None:
        key = sorted(self.model.waiting)[place % len(self.model.waiting)]
        row, account = SuspensePayment.objects.get(source_key=key), self.account(whose)
        if key in self.model.returning:
            assert refused(
                PaymentError, partial(payments.resolve, suspense=row, account=account, staff=self.world.staff)
            )
            return
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

    def overpaid(self, place: int) -> Decimal:
        """What the account has too much; if it owes, it pays more than that first."""
        account = self.account(place)
        if (now := self.model.balance(account.pk)) <= 0:
            self.pay(place, Decimal(5) - now, twice=False)
        return self.model.balance(account.pk)

    def may_book(self) -> bool:
        """Whether the bank can book anything more today; else its day is over and imported."""
        return self._last_day() <= self.today()

    def day(self, days_ago: int) -> date:
        """The day of a new document of the bank."""
        return max(self._last_day(), self.today() - timedelta(days=days_ago))

    def take(self, new: Sequence[Document], known: int, seed: int, name: str) -> None:
        """Imports new documents, shuffled among the last imported ones, and imports the same file again."""
        repeated = self.documents[max(0, len(self.documents) - known) :]
        told = random.Random(seed).sample([*repeated, *new], len(repeated) + len(new))
        content = bank_files.MAKERS[name]([one.doc for one in told], span=self._span(repeated, new))
        self.opened = max(self.opened, min((one.day for one in (*repeated, *new)), default=self.today()))
        booked = sum(one.account is not None for one in new)
        debits = sum(one.is_debit for one in new)
        waits = len(new) - booked - debits
        assert self._take_statement(content) == (booked, _credits(repeated), waits, debits)
        for one in new:
            self._note(one)
        self.tick()
        assert self._take_statement(content) == (0, _credits(told), 0, 0)

    def pay(self, place: int, amount: Decimal, *, twice: bool) -> None:
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

    def credit(self, place: int, how: str, kopecks: int, days_ago: int) -> Document:
        account, serial = self.account(place), self.next_serial()
        day = self.day(days_ago)
        doc = Doc(
            credit=f"{Decimal(kopecks) / 100:.2f}",
            id=f"OP{serial}",
            number=str(serial),
            day=shown(day),
            unp="" if how == "nobody" else account.customer.unp,
            purpose=f"Оплата услуг, л/с {account.number}" if how == "named" else "Оплата услуг связи",
        )
        is_known = how == "named" or (how == "payer" and account.customer.iban == doc.iban)
        key = f"bank:{bank_files.OURS}:{doc.id}"
        return Document(doc, key, Decimal(doc.credit), account.pk if is_known else None, day)

    def _last_day(self) -> date:
        """The earliest day for new documents: the bank books nothing on days before the last reported one."""
        read = max(self.model.bank.read, default=None)
        told = [self.opened, self.documents[-1].day] if self.documents else [self.opened]
        return max([*told, read + timedelta(days=1)] if read else told)

    def _span(self, repeated: Sequence[Document], new: Sequence[Document]) -> Span:
        before = self.documents[: len(self.documents) - len(repeated)]
        opening = bank_files.OPENING + sum((one.amount for one in before), Decimal(0))
        days = [one.doc.day for one in (*repeated, *new)] or [shown(self.today())]
        return Span(opening, first=days[0], last=days[-1])

    def _note(self, one: Document) -> None:
        self.documents.append(one)
        if one.is_debit:
            self.model.report(one.key, one.doc.number, -one.amount, one.day)
        elif one.account is None:
            self.model.waiting[one.key] = one.amount
        else:
            self.model.payments[one.key] = Paid(one.account, one.amount, self.now(), one.day)

    def _take_statement(self, content: bytes) -> Sequence[int]:
        taken = statements.take_in(content, file_name="statement.txt")
        if taken.row is not None and taken.row.first_day and taken.row.last_day:
            # A statement covers only a part of its import day, unless the bank's day is over.
            known_by = self.today() - timedelta(days=self.now().hour < BANK_DAY_ENDS)
            self.model.bank.add(taken.row.first_day, min(taken.row.last_day, known_by))
        return (*(taken.count(fate) for fate in (Fate.BOOKED, Fate.DUPLICATE, Fate.SUSPENDED)), len(taken.returns))


def _credits(documents: Sequence[Document]) -> int:
    return sum(not one.is_debit for one in documents)


def shown(day: date) -> str:
    return day.strftime("%d.%m.%Y")
