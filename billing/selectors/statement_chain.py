"""Checks the chain of balances of the operator's bank accounts, day by day (4.6).

A day's opening balance must equal the closing balance of the day before. Opening balance + documents, each counted
once = closing balance. A gap: the statements lack documents. An overlap: a document was counted twice.
Undone statements do not count.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

ZERO = Decimal("0.00")
_MOST_SUMS = 4_000
_PIECES = """
    SELECT s.iban, s.id, coalesce(l.day, s.last_day, s.first_day), s.opening,
           coalesce(sum(l.amount), 0), array_agg(l.source_key) FILTER (WHERE l.id IS NOT NULL)
    FROM billing_statementimport AS s LEFT JOIN billing_statementline AS l ON l.statement_id = s.id
    WHERE s.undone_at IS NULL AND (s.credits + s.debits = 0 OR l.id IS NOT NULL)
    GROUP BY s.id, l.day HAVING coalesce(l.day, s.last_day, s.first_day) IS NOT NULL
    ORDER BY s.iban, s.id, l.day"""
_ROWS = """
    SELECT DISTINCT ON (s.iban, l.day, l.source_key) s.iban, l.day, l.source_key, l.amount, l.resembles <> '',
           waited.is_same, waited.resolved_at IS NOT NULL
    FROM billing_statementline AS l JOIN billing_statementimport AS s ON s.id = l.statement_id
    LEFT JOIN billing_suspensepayment AS waited ON waited.source_key = l.source_key AND waited.resembles <> ''
    WHERE s.undone_at IS NULL
    ORDER BY s.iban, l.day, l.source_key, l.id"""
# Statements of earlier releases have no lines: the chain begins after the last of them.
_BEFORE = """
    SELECT s.iban, max(coalesce(s.last_day, s.imported_at::date)) FROM billing_statementimport AS s
    WHERE s.undone_at IS NULL AND s.credits + s.debits > 0
          AND NOT EXISTS (SELECT FROM billing_statementline WHERE statement_id = s.id)
    GROUP BY s.iban"""


@dataclass(frozen=True, slots=True)
class Break:
    """A break of the chain: `kind` is «gap» or «overlap»; BYN: `expected` is counted, `found` is the bank's balance."""

    kind: str
    iban: str
    day: date
    expected: Decimal
    found: Decimal


@dataclass(frozen=True, slots=True)
class _Stretch:
    opening: Decimal
    closing: Decimal
    keys: frozenset[str]


@dataclass(slots=True)
class _Day:
    """`sure` is the sum of the day's certain documents; `doubtful` are sums of documents that staff have yet to decide:
    a new document, or a repeated one."""

    stretches: list[_Stretch] = field(default_factory=list)
    sure: Decimal = ZERO
    doubtful: list[Decimal] = field(default_factory=list)

    def can_come_to(self, wanted: Decimal) -> bool:
        """Whether all certain documents plus some doubtful ones can add up to `wanted`. Returns True without a full
        search when there are too many doubtful documents: staff have to decide on them first."""
        found = {self.sure}
        for amount in self.doubtful:
            found |= {one + amount for one in found}
            if len(found) > _MOST_SUMS:
                return True
        return wanted in found


def breaks() -> list[Break]:
    """Breaks of all accounts, by day; normally an empty list. In 3 queries."""
    accounts: dict[str, dict[date, _Day]] = _days()
    since: dict[str, date] = dict(_query(_BEFORE))
    found: list[Break] = []
    for iban, days in sorted(accounts.items()):
        later = {day: told for day, told in days.items() if iban not in since or day > since[iban]}
        found += _walk(iban, later)
    return found


def _query(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _days() -> dict[str, dict[date, _Day]]:
    found: dict[str, dict[date, _Day]] = defaultdict(dict)
    statement, balance = 0, ZERO
    for iban, pk, day, opening, amount, keys in _query(_PIECES):
        balance = balance if pk == statement else opening
        statement = pk
        told = found[iban].setdefault(day, _Day())
        told.stretches.append(_Stretch(balance, balance + amount, frozenset(keys or ())))
        balance += amount
    for iban, day, _key, amount, is_like, is_same, is_resolved in _query(_ROWS):
        told = found[iban][day]
        if is_like and not is_resolved:
            told.doubtful.append(amount)
        elif not (is_like and is_same):
            told.sure += amount
    return found


def _walk(iban: str, days: dict[date, _Day]) -> Iterator[Break]:
    """Follows the balance from the first day; after a break, continues from the balance that the bank reports."""
    balance = None
    for day, told in sorted(days.items()):
        ends = _ends(told)
        if balance is not None and (follows := [end for end in ends if end[0] == balance]):
            ends = follows
        if not ends:
            yield _inside(iban, day, told, balance)
            balance = told.stretches[-1].closing
            continue
        opening, closing = ends[0]
        if balance is not None and opening != balance:
            yield Break("gap", iban, day, balance, opening)
        balance = closing


def _ends(told: _Day) -> list[tuple[Decimal, Decimal]]:
    """Pairs of opening and closing balances that the day's documents can connect."""
    openings = dict.fromkeys(one.opening for one in told.stretches)
    closings = dict.fromkeys(one.closing for one in reversed(told.stretches))
    return [(start, end) for start in openings for end in closings if told.can_come_to(end - start)]


def _inside(iban: str, day: date, told: _Day, balance: Decimal | None) -> Break:
    """The break within a day: its stretches do not connect, or a document of them was counted twice."""
    openings = [one.opening for one in told.stretches]
    opening = balance if balance in openings and balance is not None else openings[0]
    kind = "overlap" if _hang_together(told.stretches) else "gap"
    return Break(kind, iban, day, opening + told.sure, told.stretches[-1].closing)


def _hang_together(stretches: Sequence[_Stretch]) -> bool:
    reached, left = [stretches[0]], list(stretches[1:])
    while near := [one for one in left if any(_touch(one, other) for other in reached)]:
        reached += near
        left = [one for one in left if one not in near]
    return not left


def _touch(one: _Stretch, other: _Stretch) -> bool:
    is_beside = one.opening in {other.opening, other.closing} or one.closing in {other.opening, other.closing}
    return is_beside or bool(one.keys & other.keys)
