"""A file of customers from its bytes to the verdict of each row: rehearsed, or done row by row (4.11)."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

import structlog
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from desk.imports.customers import writing
from desk.imports.customers.columns import CustomersFile
from desk.imports.customers.judging import Judge, Rights, RowState, Verdict
from desk.imports.customers.known import Known
from sipcabinet.lib import tables
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.tables import Problem, TableRow

log = structlog.get_logger(__name__)
BOUNDS = tables.Bounds(most_rows=5_000)  # so many are rehearsed while a person waits for the page


@dataclass(frozen=True)
class FileRows:
    """The rows of a file in their order: rows that can be read, and the faults of the others."""

    file: CustomersFile
    rows: Sequence[TableRow]
    faulty: Sequence[Verdict]

    @property
    def size(self) -> int:
        return len(self.rows) + len(self.faulty)


@dataclass
class Counts:
    """What the rows of a file do: rows by state, things by part, opening balances in BYN."""

    states: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    debtors: int = 0
    owed: Decimal = Decimal(0)
    paid_ahead: Decimal = Decimal(0)

    def add(self, verdict: Verdict) -> None:
        self.states[verdict.state.value] += 1
        self.parts.update(part.value for part in verdict.makes)
        if verdict.balance is not None and verdict.balance < 0:
            self.debtors += 1
            self.owed -= verdict.balance
        elif verdict.balance is not None:
            self.paid_ahead += verdict.balance


@dataclass(frozen=True)
class Rehearsal:
    """What the file would do now."""

    verdicts: Sequence[Verdict]

    @cached_property
    def counts(self) -> Counts:
        found = Counts()
        for verdict in self.verdicts:
            found.add(verdict)
        return found

    @cached_property
    def problems(self) -> list[Problem]:
        return [one for verdict in self.verdicts for one in verdict.problems]

    def of(self, state: str) -> list[Verdict]:
        return [one for one in self.verdicts if one.state == state]


def read(content: bytes) -> FileRows:
    """The rows of a file. Raises TableFileError for the file as a whole."""
    lines = tables.read(content, BOUNDS)
    file = CustomersFile.now()
    checked = tables.check(lines, file.columns)
    faults: dict[int, list[Problem]] = {}
    for one in checked.problems:
        faults.setdefault(one.row, []).append(one)
    return FileRows(file, checked.rows, [Verdict(number=row, problems=tuple(found)) for row, found in faults.items()])


def rehearse(found: FileRows, rights: Rights) -> Rehearsal:
    """Every row as it would go, with every faulty cell. Writes nothing; a few queries."""
    judge = Judge(found.file, Known.of(found.rows), rights)
    verdicts = [*found.faulty]
    for row in found.rows:
        verdict = judge.verdict(row)
        if not verdict.problems:
            judge.accepted(row, verdict)
        verdicts.append(verdict)
    return Rehearsal(sorted(verdicts, key=lambda one: one.number))


def run(
    found: FileRows, *, rights: Rights, by: Actor, done: Collection[int] = (), record: Callable[[Verdict], None]
) -> Iterator[Verdict]:
    """Does the rows that are not `done` (numbers of rows), each in a transaction of its own with `record`.

    A row that a service refuses, since the portal has changed meanwhile, is recorded as faulty. The same file again
    finds its rows done.
    """
    judge = Judge(found.file, Known.of(found.rows), rights)
    for verdict in found.faulty:
        if verdict.number not in done:
            with transaction.atomic():
                record(verdict)
            yield verdict
    for row in found.rows:
        if row.number in done:
            continue
        with transaction.atomic():
            verdict = judge.verdict(row)
            if verdict.state == RowState.NEW:
                verdict = _written(judge, row, verdict, by)
            record(verdict)
        if not verdict.problems:
            judge.accepted(row, verdict)
        yield verdict


def _written(judge: Judge, row: TableRow, verdict: Verdict, by: Actor) -> Verdict:
    try:
        with transaction.atomic():
            writing.write(row=row, verdict=verdict, by=by)
    except DomainError as refusal:
        return judge.refused(row, verdict, writing.column_of(refusal), refusal.message)
    except IntegrityError as error:
        log.warning("customers.row_refused", row=row.number, error=type(error).__name__)
        return judge.refused(row, verdict, "account", _("это только что завёл коллега: загрузите файл ещё раз"))
    return verdict
