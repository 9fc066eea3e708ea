"""What an import of the desk is: a description of columns, a comparison with what is there, and a write (4.3).

`docs/extending.md`, «An import of a table», says how to add one.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple, Protocol, runtime_checkable

from django.utils.functional import Promise

from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.sheets import Cell
from sipcabinet.lib.tables import Problem, TableColumn, TableRow


class TableImportError(DomainError):
    """The table is not applied."""

    code = "table_import.refused"


class LineState(StrEnum):
    """What a row of the file would do; of what is not in the file, whether it stays (ABSENT) or ends (ENDED)."""

    CHANGED = "changed"
    NEW = "new"
    SAME = "same"
    ENDED = "ended"
    ABSENT = "absent"


_IDLE = (LineState.SAME, LineState.ABSENT)


class ShownChange(NamedTuple):
    """A changed value as people read it; `before` is empty for a new row."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLine:
    """A row of the file compared with what is there; `number` is 0 for what is not in the file.

    `name` and `group` say what it is about (`+48`, `Польша`); `before` and `after` are its main figure (BYN; None for
    kinds without one, `before` also for a new row); `others` its other changed values; `note` what the person should
    know. `step` is what `write` needs: plain values, of which the fingerprint is made too.
    """

    number: int
    state: LineState
    name: str
    group: str = ""
    before: Decimal | None = None
    after: Decimal | None = None
    others: tuple[ShownChange, ...] = ()
    note: str = ""
    step: tuple[Any, ...] = ()

    @property
    def percent(self) -> Decimal | None:
        """By how many per cent the figure changes; None if there was none, or zero."""
        if not self.before or self.after is None or self.before == self.after:
            return None
        return (self.after - self.before) * 100 / self.before


@dataclass(frozen=True)
class Comparison:
    """All rows of a file: what they would do from `day` on, and their faults. A file with faults is not applied."""

    day: date | None
    lines: Sequence[ImportLine]
    problems: Sequence[Problem] = field(default_factory=list)

    @cached_property
    def counts(self) -> Counter[str]:
        """Rows by state, and rows with a fault under `wrong`."""
        found = Counter(line.state.value for line in self.lines)
        if self.problems:
            found["wrong"] = len({problem.row for problem in self.problems})
        return found

    @property
    def effective(self) -> list[ImportLine]:
        """The rows that change something."""
        return [line for line in self.lines if line.state not in _IDLE]

    @cached_property
    def fingerprint(self) -> str:
        """Equal for two comparisons that show the same rows against the same catalogue and would write the same.

        What is not in the file and stays does not matter.
        """
        shown = [(line.number, line.state.value, line.name, line.before, line.after, line.others, line.step)
                 for line in self.lines if line.state is not LineState.ABSENT]  # fmt: skip
        return hashlib.sha256(repr((self.day, shown, list(self.problems))).encode()).hexdigest()


class Effect(NamedTuple):
    """A fact about who and what the change touches, for the review; `tone` is empty or `warn`."""

    label: str
    value: str
    tone: str = ""


class Compared(NamedTuple):
    """The result of a kind's comparison."""

    lines: Sequence[ImportLine]
    problems: Sequence[Problem]


class TableKind(Protocol):
    """What an uploaded table is called, and its columns."""

    @property
    def code(self) -> str: ...
    @property
    def title(self) -> str | Promise: ...
    @property
    def columns(self) -> Sequence[TableColumn]: ...


class ImportKind(TableKind, Protocol):
    """One kind of table of the catalogue. The instance is in `desk.imports.KINDS`.

    `permissions` are needed to upload and apply; `view_permission` to see checks and reports and to export. `tables`
    are locked while the rows are compared for the last time and written. `is_dated` kinds apply from `day`, which is
    today for the others.
    """

    @property
    def explains(self) -> Sequence[str | Promise]: ...
    @property
    def figure(self) -> str | Promise: ...
    @property
    def permissions(self) -> Sequence[str]: ...
    @property
    def view_permission(self) -> str: ...
    @property
    def tables(self) -> Sequence[str]: ...
    @property
    def is_dated(self) -> bool: ...

    def check_day(self, day: date) -> None:
        """Raises DomainError if no row may apply from this day. Keeps an open month of the past from closing until the
        caller's transaction ends."""

    def compare(self, rows: Sequence[TableRow], day: date) -> Compared:
        """The rows against what is there now."""

    def write(self, lines: Sequence[ImportLine], day: date) -> None:
        """Writes the rows that change something, by bulk statements, in the caller's transaction."""

    def effects(self, lines: Sequence[ImportLine], day: date) -> Sequence[Effect]:
        """Who and what these rows touch."""

    def exported(self, day: date) -> Iterable[Sequence[Cell]]:
        """What is there on the day, as rows of a file that the import reads back as unchanged."""


@runtime_checkable
class TellsAbsent(Protocol):
    """A kind that also tells what is there but not in the file, and ends it if the person wants that."""

    def may_end(self, day: date) -> bool:
        """Whether anything can end on this day."""

    def absent(self, rows: Sequence[TableRow], day: date, *, ends: bool) -> Sequence[ImportLine]:
        """What is in force on the day and not in these rows, with `ends` as rows that end it."""
