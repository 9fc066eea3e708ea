"""A bank's documents, the stretches of a day that files cover (in kopecks), and the likeness of documents (4.6).

Pure: the input of `identity`. Amounts are signed, a credit is positive.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import IntEnum
from functools import cached_property

from billing.statements.records import Movement, Statement

_LONG = 100  # letters and digits of a purpose: no format cuts off shorter ones
LONGEST_NUMBER, LONGEST_IBAN = 60, 34  # only so many characters are stored
_NOT_PLAIN = re.compile(r"[\W_]+")


class Likeness(IntEnum):
    """Whether two documents of one day can be the same. WEAK: only their purposes differ, and formats may cause
    that."""

    NONE = 0
    WEAK = 1
    LIKE = 2
    EQUAL = 3


@dataclass(frozen=True)
class BankDocument:
    """A document as one file reports it. `given` is the bank's id with its account and direction, or empty; ids are
    comparable only within one `family` (the format). `key` is the key of the row that represents the document, `like`
    of the row that it may repeat; `is_exact` False: another row may represent it as well."""

    day: date
    amount: int
    number: str
    payer: str
    purpose: str
    given: str
    family: str
    key: str = ""
    like: str = ""
    is_exact: bool = True

    @cached_property
    def content(self) -> tuple[int, str, str, str]:
        return self.amount, self.number, self.payer, self.purpose

    @property
    def origin(self) -> str:
        """The row this document may repeat, else its own row: documents with one origin may be the same."""
        return self.like or self.key


@dataclass(frozen=True)
class Piece:
    """The part of a file that falls on one day, between two balances. `starts`, `ends`: the piece surely begins, or
    ends, together with the day, because the file continues on earlier, or later, days."""

    day: date
    opening: int
    closing: int
    documents: Sequence[BankDocument]
    starts: bool = False
    ends: bool = False
    keys: frozenset[str] = field(init=False)
    told: dict[str, BankDocument] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "told", {one.key: one for one in self.documents if one.key})
        object.__setattr__(self, "keys", frozenset(self.told))

    @property
    def is_whole(self) -> bool:
        return self.starts and self.ends


def kopecks(amount: Decimal) -> int:
    return int(amount * 100)


def document_of(
    *, day: date, amount: Decimal, number: str, payer: str, purpose: str, given: str, family: str, key: str = "",
    like: str = "", is_exact: bool = True,
) -> BankDocument:  # fmt: skip
    """Creates a document with normalized words; `amount` in BYN, signed."""
    return BankDocument(
        day=day,
        amount=kopecks(amount),
        number=plain(number[:LONGEST_NUMBER]).lstrip("0"),
        payer=plain(payer[:LONGEST_IBAN]),
        purpose=plain(purpose),
        given=given,
        family=family,
        key=key,
        like=like,
        is_exact=is_exact,
    )


def plain(words: str) -> str:
    """Letters and digits only, in one case: formats differ in spaces, quotation marks and ё."""
    return _NOT_PLAIN.sub("", words.casefold().replace("ё", "е"))


def documents_of(statement: Statement, family: str, prefix: str) -> list[BankDocument]:
    """The documents of a statement's movements, in order; `prefix` begins the ids of its account."""
    return [
        document_of(
            day=movement.day,
            amount=movement.credit - movement.debit,
            number=movement.reference,
            payer=movement.payer_iban,
            purpose=movement.purpose,
            given=given_key(movement, prefix) if movement.is_given else "",
            family=family,
        )
        for movement in statement.movements
    ]


def given_key(movement: Movement, prefix: str) -> str:
    """The key from the bank's id; debits get a mark, because a debit may carry the id of the credit it takes back."""
    return f"{prefix}{movement.identity}" if movement.credit else f"{prefix}debit:{movement.identity}"


def pieces(
    documents: Sequence[BankDocument], *, opening: int, first_day: date | None, last_day: date | None
) -> dict[date, Piece]:
    """The file's documents by day, each day with the balances around it; a day without documents has no piece."""
    days: dict[date, list[BankDocument]] = {}
    for one in documents:
        days.setdefault(one.day, []).append(one)
    first = min([*days, *([first_day] if first_day else [])], default=None)
    last = max([*days, *([last_day] if last_day else [])], default=None)
    found = {}
    for day in sorted(days):
        closing = opening + sum(one.amount for one in days[day])
        found[day] = Piece(
            day,
            opening,
            closing,
            days[day],
            starts=first is not None and first < day,
            ends=last is not None and day < last,
        )
        opening = closing
    return found


def likeness(one: BankDocument, other: BankDocument) -> Likeness:
    """How alike two documents of one day are. One format always reports a document in the same words."""
    is_family, both_given = one.family == other.family, bool(one.given and other.given)
    is_equal = one.content == other.content or (both_given and one.given == other.given)
    if one.amount != other.amount or (both_given and is_family and one.given != other.given):
        return Likeness.NONE
    if is_equal:
        return Likeness.EQUAL
    if not (_agree(one.number, other.number) and _agree(one.payer, other.payer)):
        return Likeness.NONE
    if not _one_in_the_other(one.purpose, other.purpose):
        return Likeness.NONE if is_family else Likeness.WEAK
    return Likeness.WEAK if is_family or not _something_equal(one, other) else Likeness.LIKE


def _agree(one: str, other: str) -> bool:
    return one == other or not (one and other)


def _something_equal(one: BankDocument, other: BankDocument) -> bool:
    pairs = ((one.number, other.number), (one.payer, other.payer), (one.purpose, other.purpose))
    return any(mine and mine == theirs for mine, theirs in pairs)


def _one_in_the_other(one: str, other: str) -> bool:
    """Whether one purpose equals the other, or is a part of it whose edges split no number."""
    short, long = sorted((one, other), key=len)
    place = long.find(short)
    if not short or place < 0 or short == long:
        return place >= 0
    after = place + len(short)
    cuts_before = place > 0 and long[place - 1].isdigit() and short[0].isdigit()
    cuts_after = after < len(long) and long[after].isdigit() and short[-1].isdigit()
    return not cuts_before and (not cuts_after or len(short) >= _LONG)
