"""Generates bank days: documents in the order in which the bank booked them, and statements of parts of the day.

Documents repeat sums, numbers, payers and purposes, so that many are alike. Statements follow each other, start again
from the morning, overlap, repeat, arrive in any order and in any mixture of formats, with and without the bank's ids.
Files do not keep the bank's order.
"""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from random import Random

from billing.statements.documents import BankDocument, Piece, document_of
from billing.statements.identity import Decision, DocumentVerdict, decide
from billing.tests.bank_files import Doc

DAY = date(2026, 11, 9)
ACCOUNTS = ("700990001", "700990002")
FORMATS = ("1c", "client-bank 4", "camt053", "csv")
IBANS = ("BY34ALFA30122H10700010270000", "BY76PRIM30120000000000000245")
_CREDITS, _DEBITS = (1500, 2000, 3050, 995), (1500, 777, 120, 4000)


@dataclass(frozen=True, slots=True)
class Told:
    """A statement: the places of its documents in the day, in the order of the file, between two balances."""

    format: str
    gives_ids: bool
    places: Sequence[int]
    opening: int
    closing: int


@dataclass(frozen=True, slots=True)
class Day:
    documents: Sequence[Doc]
    statements: Sequence[Told]

    def of(self, told: Told) -> list[Doc]:
        """The documents of a statement, with the bank's ids if the statement has them."""
        found = [self.documents[place] for place in told.places]
        return found if told.gives_ids else [replace(doc, id="") for doc in found]

    @property
    def true(self) -> "Counter[object]":
        """The number of documents of each distinguishable kind: documents of one kind are the same money."""
        return Counter(kind_of(doc) for doc in self.documents)


def kind_of(doc: Doc) -> object:
    return doc.credit, doc.debit, doc.number, doc.purpose


def made(random: Random, *, most: int = 10) -> Day:
    documents = [_document(random, place) for place in range(random.randint(2, most))]
    balances = [random.choice([0, 10_000, 123_456])]
    for doc in documents:
        balances.append(balances[-1] + _kopecks(doc))
    stretches = _stretches(random, len(documents))
    random.shuffle(stretches)
    statements = [_told(random, first, last, balances) for first, last in stretches]
    return Day(documents, statements)


def _document(random: Random, place: int) -> Doc:
    is_debit = random.random() < 0.2
    amount = f"{random.choice(_DEBITS if is_debit else _CREDITS) / 100:.2f}"
    return Doc(
        credit="0.00" if is_debit else amount,
        debit=amount if is_debit else "0.00",
        id=f"OP{place}",
        number=str(random.randint(1, 2)),
        iban=random.choice(IBANS),
        unp="",
        purpose=f"Оплата услуг связи, л/с {random.choice(ACCOUNTS)}",
    )


def _stretches(random: Random, count: int) -> list[tuple[int, int]]:
    """Consecutive stretches, or stretches from the morning; then some that overlap, repeat, or cover the day."""
    points = sorted({0, count, *(random.randint(0, count) for _ in range(random.randint(1, 4)))})
    found = list(itertools.pairwise(points))
    kind = random.randint(0, 3)
    if kind == 1:
        found = [(0, last) for last in points[1:]]
    if kind >= 2:
        found += [_two_points(random, count) for _ in range(random.randint(1, 3))]
    if random.random() < 0.3:
        found.append((0, count))
    if random.random() < 0.3:
        found.append(random.choice(found))
    return found


def _two_points(random: Random, count: int) -> tuple[int, int]:
    first = random.randint(0, count - 1)
    return first, random.randint(first + 1, count)


def _told(random: Random, first: int, last: int, balances: Sequence[int]) -> Told:
    places = list(range(first, last))
    if random.random() < 0.5:
        random.shuffle(places)
    fmt = random.choice(FORMATS)
    return Told(fmt, fmt != "1c" and random.random() < 0.5, places, balances[first], balances[last])


def _kopecks(doc: Doc) -> int:
    return round(float(doc.credit) * 100) - round(float(doc.debit) * 100)


# --- The deciding code alone, without a database ----------------------------------------------------------------------
@dataclass(slots=True)
class Result:
    """Counts of documents: all, lost, booked twice, and waiting for a person; debits are included."""

    documents: int = 0
    lost: int = 0
    twice: int = 0
    waiting: int = 0

    def add(self, other: "Result") -> None:
        self.documents += other.documents
        self.lost += other.lost
        self.twice += other.twice
        self.waiting += other.waiting


class Memory:
    """What a database would store about the day: pieces, ids, and the place and the decision of each row."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.ids: dict[str, str] = {}
        self.rows: dict[str, tuple[int, Decision]] = {}

    def take_in(self, day: Day, told: Told) -> None:
        documents = [_as_document(doc, told) for doc in day.of(told)]
        decisions = decide(Piece(DAY, told.opening, told.closing, documents), self.pieces, self.ids)
        known = [
            self._row(place, document, decision)
            for place, document, decision in zip(told.places, documents, decisions, strict=True)
        ]
        self.pieces.append(Piece(DAY, told.opening, told.closing, known))

    def _row(self, place: int, document: BankDocument, decision: Decision) -> BankDocument:
        key = decision.key
        if decision.verdict != DocumentVerdict.SAME:
            key = f"row {len(self.rows)}"
            self.rows[key] = (place, decision)
        if document.given and decision.is_exact:
            self.ids.setdefault(document.given, key)
        return replace(document, key=key, like=self._root(key), is_exact=decision.is_exact)

    def _root(self, key: str) -> str:
        root = key
        while self.rows[root][1].verdict == DocumentVerdict.LIKE:
            root = self.rows[root][1].key
        return root if root != key else ""


def _as_document(doc: Doc, told: Told) -> BankDocument:
    return document_of(
        day=DAY,
        amount=_amount(doc),
        number=doc.number,
        payer="" if told.format == "csv" else doc.iban,
        purpose=doc.purpose,
        given=doc.id,
        family=told.format,
    )


def _amount(doc: Doc) -> Decimal:
    return Decimal(doc.credit) - Decimal(doc.debit)


def result(day: Day) -> Result:
    """The outcome of importing all statements of the day."""
    memory = Memory()
    for told in day.statements:
        memory.take_in(day, told)
    booked, every = Counter[object](), Counter[object]()
    for place, decision in memory.rows.values():
        kind = kind_of(day.documents[place])
        every[kind] += 1
        booked[kind] += decision.verdict == DocumentVerdict.NEW
    lost, twice = day.true - every, booked - day.true
    waiting = sum(1 for _place, decision in memory.rows.values() if decision.verdict == DocumentVerdict.LIKE)
    return Result(len(day.documents), lost.total(), twice.total(), waiting)
