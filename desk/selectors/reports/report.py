"""What every report of the desk is: a table with a row of totals, and a chart of one of its columns (4.15)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.functional import Promise

from sipcabinet.lib import money, phones
from sipcabinet.lib.charts import grouped
from sipcabinet.lib.charts.bars import BarsChart
from sipcabinet.lib.periods import Month
from sipcabinet.lib.sheets import Cell, CellKind, Column

MOST_MONTHS = 24
_SUMS = {CellKind.MONEY, CellKind.INT, CellKind.SECONDS}


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months from `first` to `last`, both included, at most MOST_MONTHS."""

    first: Month
    last: Month

    @property
    def months(self) -> list[Month]:
        """The oldest first."""
        count = (self.last.year - self.first.year) * 12 + self.last.number - self.first.number + 1
        return self.last.last(count)[::-1]

    @property
    def start(self) -> date:
        return self.first.first_day

    @property
    def end(self) -> date:
        """The last day, included."""
        return self.last.last_day

    @property
    def label(self) -> str:
        """`октябрь 2026`, or `сентябрь 2026 — октябрь 2026`."""
        return self.first.label if self.first == self.last else f"{self.first.label} — {self.last.label}"


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell of the page: its text, the name of its column, and how it stands there (docs/ui.md, `data-role`)."""

    text: str
    label: str
    is_sum: bool
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The content of a report. `totals` has a cell for each column (None: empty), or none at all; `notes` say what the
    figures are made of."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    totals: Sequence[Cell]
    chart: BarsChart | None = None
    notes: Sequence[str] = ()

    @property
    def shown(self) -> list[list[ShownCell]]:
        """The rows as the page shows them."""
        return [self._shown(row) for row in self.rows]

    @property
    def shown_totals(self) -> list[ShownCell]:
        return self._shown(self.totals) if self.totals else []

    @property
    def heads(self) -> list[tuple[str, bool]]:
        """The columns' titles, and whether they hold sums."""
        return [(column.title, column.kind in _SUMS) for column in self.columns]

    def _shown(self, row: Sequence[Cell]) -> list[ShownCell]:
        """On a phone the last sum stands at the end of the first line."""
        last = max((place for place, (_title, is_sum) in enumerate(self.heads) if is_sum), default=0)
        return [
            ShownCell(show(value, column.kind), column.title, column.kind in _SUMS, _role(value, is_main=place == last))
            for place, (value, column) in enumerate(zip(row, self.columns, strict=True))
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A report of the list: its name in the address, its titles, and how it is made. Without `has_period` it tells of
    today."""

    name: str
    title: Promise
    lead: Promise
    chart_title: Promise
    make: Callable[[Period], Report]
    icon: str
    has_period: bool = True


def _role(value: Cell, *, is_main: bool) -> str:
    if is_main:
        return "end"
    return "" if value else "none"  # on a phone zeros would only lengthen the row


def show(value: Cell, kind: CellKind) -> str:
    """A cell as text: money with kopecks, counts with grouped digits, days as 09.10.2026."""
    if value is None:
        return "—"
    if isinstance(value, Decimal):
        return money.show(value)
    if kind is CellKind.PHONE:
        return phones.display(str(value))
    if isinstance(value, int):
        return grouped(value // 60) if kind is CellKind.SECONDS else grouped(value)
    return value.strftime("%d.%m.%Y") if isinstance(value, date) else str(value)


def count(value: Decimal) -> str:
    """A bar's count."""
    return grouped(int(value))
