"""Already imported documents of one operator's bank account on given days; input of `statements.identity` (4.6)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, Sum

from billing.models import Payment, StatementImport, StatementLine, SuspensePayment
from billing.statements import Statement
from billing.statements.documents import BankDocument, Piece, document_of, kopecks
from billing.statements.identity import Loose


class Row(NamedTuple):
    """Amount and day of an imported document: a payment, a credit in suspense, or a debit (negative amount)."""

    amount: Decimal
    day: date


@dataclass(slots=True)
class BankDocuments:
    """Imported documents that the documents of a new statement may repeat.

    `pieces`: for each day, the parts of the day that imported statements cover. `ids`: the bank's id → the key of the
    row. `rows`: the key of a row → its amount and day. `legacy`: rows that an earlier release wrote without statement
    lines, each with its statement, if known. `spent`: keys of undone statements, which no new row can have. Nothing
    else of an undone statement is known.
    """

    pieces: dict[date, list[Piece]] = field(default_factory=lambda: defaultdict(list))
    ids: dict[str, str] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    legacy: list[tuple[BankDocument, StatementImport | None]] = field(default_factory=list)
    spent: set[str] = field(default_factory=set)

    @classmethod
    def of(
        cls, statement: Statement, prefix: str, documents: Sequence[BankDocument], keys: Collection[str]
    ) -> "BankDocuments":
        """Loads the imported documents in at most 11 queries. `keys`: keys that `documents` would get as new rows."""
        days = {one.day for one in documents}
        known = cls()
        known._take_lines(statement.iban, days)
        known._take_ids({one.given for one in documents} - {""})
        known._take_legacy(prefix, days, {abs(one.amount) for one in documents})
        known._take_rows(keys)
        return known

    def loose(self, statement: Statement, piece: Piece, *, is_again: bool) -> list[Loose]:
        """Legacy rows on the piece's day. `is_again`: an earlier release imported this very file."""
        rows = [row for row in self.legacy if row[0].day == piece.day]
        return [Loose(one, is_again or _is_covered(statement, piece, former)) for one, former in rows]

    def _take_lines(self, iban: str, days: Collection[date]) -> None:
        lines = list(
            StatementLine.objects.filter(statement__iban=iban, statement__undone_at__isnull=True, day__in=days)
            .select_related("statement")
            .order_by("statement_id", "place")
        )
        same, roots = _resembled(lines)
        statements = {line.statement_id: line.statement for line in lines}
        sums = (
            StatementLine.objects.filter(statement__in=statements)
            .values_list("statement_id", "day")
            .annotate(sum=Sum("amount"))
        )
        by_day: dict[int, dict[date, Decimal]] = defaultdict(dict)
        for pk, day, amount in sums:
            by_day[pk][day] = amount
        told: dict[tuple[int, date], list[BankDocument]] = defaultdict(list)
        for line in lines:
            told[line.statement_id, line.day].append(_document(line, same, roots))
        for (pk, day), documents in told.items():
            self.pieces[day].append(_piece(statements[pk], by_day[pk], day, documents))

    def _take_ids(self, given: Collection[str]) -> None:
        lines = list(StatementLine.objects.filter(identity__in=given, statement__undone_at__isnull=True).order_by("pk"))
        same, _roots = _resembled(lines)
        for line in lines:
            self.ids.setdefault(line.identity, same.get(line.source_key, line.source_key))
            self.rows[line.source_key] = Row(line.amount, line.day)

    def _take_legacy(self, prefix: str, days: Collection[date], amounts: Collection[int]) -> None:
        """Loads legacy rows: payments and credits in suspense that have no statement line."""
        lines = StatementLine.objects.filter(source_key=OuterRef("source_key"))
        mine = Q(
            source_key__startswith=prefix, received_on__in=days, amount__in=[Decimal(one) / 100 for one in amounts]
        )
        seen = set()
        for model in (Payment, SuspensePayment):
            for row in model.objects.filter(mine, ~Exists(lines)).select_related("statement").order_by("pk"):
                if row.source_key not in seen:
                    seen.add(row.source_key)
                    self.legacy.append((_legacy_document(row, prefix), row.statement))

    def _take_rows(self, keys: Collection[str]) -> None:
        """Loads the rows that already have these keys. Also finds legacy rows: their keys contain the bank's id."""
        undone = StatementLine.objects.filter(source_key__in=keys, statement__undone_at__isnull=False)
        self.spent |= set(undone.values_list("source_key", flat=True))
        for model in (Payment, SuspensePayment):
            rows = model.objects.filter(source_key__in=keys).exclude(statement__undone_at__isnull=False)
            for key, amount, day in rows.values_list("source_key", "amount", "received_on"):
                self.rows[key] = Row(amount, day)
        debits = [key for key in keys if key not in self.rows]
        for line in StatementLine.objects.filter(source_key__in=debits, statement__undone_at__isnull=True):
            self.rows[line.source_key] = Row(line.amount, line.day)


def _document(line: StatementLine, same: dict[str, str], roots: dict[str, str]) -> BankDocument:
    return document_of(
        day=line.day,
        amount=line.amount,
        number=line.reference,
        payer=line.payer_iban,
        purpose=line.purpose,
        given=line.identity,
        family=line.statement.format,
        key=same.get(line.source_key, line.source_key),
        like=roots.get(line.source_key, ""),
        is_exact=line.is_exact,
    )


def _resembled(lines: Iterable[StatementLine]) -> tuple[dict[str, str], dict[str, str]]:
    """Two maps by row key: rows that staff declared to be the same row, and rows that may repeat another row. Neither
    map has rows that staff booked as separate payments."""
    like = {line.source_key: line.resembles for line in lines if line.resembles}
    if not like:
        return {}, {}
    resolved = SuspensePayment.objects.filter(source_key__in=like, resolved_at__isnull=False)
    is_same = dict(resolved.values_list("source_key", "is_same"))
    like = {key: other for key, other in like.items() if is_same.get(key, True)}
    same = {key: _root(key, like) for key in like if key in is_same}
    return same, {key: _root(key, like) for key in like if key not in is_same}


def _root(key: str, like: dict[str, str]) -> str:
    while key in like:
        key = like[key]
    return key


def _piece(statement: StatementImport, sums: dict[date, Decimal], day: date, documents: list[BankDocument]) -> Piece:
    before = sum((amount for other, amount in sums.items() if other < day), Decimal(0))
    opening = statement.opening + before
    first, last = statement.first_day or min(sums), statement.last_day or max(sums)
    return Piece(
        day,
        kopecks(opening),
        kopecks(opening + sums[day]),
        documents,
        starts=min(first, *sums) < day,
        ends=day < max(last, *sums),
    )


def _legacy_document(row: Any, prefix: str) -> BankDocument:
    identity = row.source_key.removeprefix(prefix)
    is_made = "|" in identity or identity.startswith("sha256:")
    return document_of(
        day=row.received_on,
        amount=row.amount,
        number=row.reference,
        payer=row.payer_iban,
        purpose=row.purpose,
        given="" if is_made else row.source_key,
        family=row.statement.format if row.statement else "",
        key=row.source_key,
    )


def _is_covered(statement: Statement, piece: Piece, former: StatementImport | None) -> bool:
    """Whether the piece surely covers everything that the statement of an earlier release listed for that day."""
    if piece.is_whole or former is None:
        return piece.is_whole
    told = (former.opening, former.closing, former.first_day, former.last_day)
    if told == (statement.opening, statement.closing, statement.first_day, statement.last_day):
        return True
    if former.first_day is None or former.last_day is None:
        return False
    begins = former.first_day == piece.day and kopecks(former.opening) == piece.opening
    ends = former.last_day == piece.day and kopecks(former.closing) == piece.closing
    return former.first_day < piece.day < former.last_day or begins or ends
