"""What an import of a file would give, before it is ordered: counts, and whose the new outgoing calls are (4.4)."""

from collections import Counter
from dataclasses import dataclass, field
from typing import BinaryIO

from subscribers.calls import imports
from subscribers.calls.batches import Written
from subscribers.calls.imports import ImportCounts
from subscribers.calls.rows import Matched, RefusedRow
from subscribers.models import CallDirection, CallSource

MOST_ERRORS = 20


@dataclass(slots=True)
class Checked:
    """Counts of a file; of its new outgoing calls, by account: calls, seconds to pay, cost by the price list without
    included minutes (micro-BYN). `errors`: line and reason code of the first rejected lines; no number is kept."""

    counts: ImportCounts = field(default_factory=ImportCounts)
    calls: Counter[int] = field(default_factory=Counter)
    seconds: Counter[int] = field(default_factory=Counter)
    cost: Counter[int] = field(default_factory=Counter)
    errors: list[tuple[int, str]] = field(default_factory=list)

    def look(self, rows: list[Matched | RefusedRow], written: Written) -> None:
        """Adds a batch and its outcome."""
        for row in rows:
            if isinstance(row, Matched) and row.row_no in written.new:
                for record in row.records:
                    if record.direction == CallDirection.OUT.value:
                        self.calls[record.account_id] += 1
                        self.seconds[record.account_id] += record.billed_seconds
                        self.cost[record.account_id] += record.cost
        for line in written.refused[: MOST_ERRORS - len(self.errors)]:
            self.errors.append((line.line_no, line.code))


def check(file: BinaryIO, source: CallSource) -> Checked:
    """Rehearses the import of a file; nothing is stored. Raises the same errors as `imports.take_in`."""
    found = Checked()
    found.counts = imports.rehearse(file, source, look=found.look)
    return found
