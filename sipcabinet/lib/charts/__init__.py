"""Geometry of charts drawn on the server as inline SVG. Pure functions: from numbers to strings for SVG attributes.

Widths are per cent of the plot and heights are pixels, so a chart fits any screen while its text keeps its size.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Self

from django.utils.translation import gettext as _

PLOT_TOP, PLOT_HEIGHT, LABELS_HEIGHT = 10, 200, 26
HEIGHT = PLOT_TOP + PLOT_HEIGHT + LABELS_HEIGHT
BASE = PLOT_TOP + PLOT_HEIGHT
BAR_SHARE = 0.64  # of the width of one day
LABEL_EVERY_DAYS = 5
CROWDED_DAYS = 2  # labels of days closer than this would touch
SMALLEST_SPLIT_PX = 2  # a thinner part has no room for a gap
NBSP = "\u00a0"


@dataclass(frozen=True, slots=True)
class Day:
    """Calls of one day."""

    day: date
    outgoing: int
    incoming: int

    @property
    def total(self) -> int:
        return self.outgoing + self.incoming


class Box(NamedTuple):
    """A rectangle, as attributes of `<rect>`."""

    x: str
    y: str
    width: str
    height: str


class Bar(NamedTuple):
    """One day's bar: outgoing calls below, incoming calls above; `hit` is the whole column, for the mouse pointer."""

    title: str
    day: date
    outgoing: str
    incoming: str
    hit: Box
    outgoing_box: Box | None
    incoming_box: Box | None


class Tick(NamedTuple):
    """A label of an axis. `minor` labels are not shown on phones."""

    label: str
    position: str
    text_position: str
    minor: bool


@dataclass(frozen=True, slots=True)
class DailyCallsChart:
    """Everything that `components/daily_calls.html` draws."""

    bars: list[Bar]
    rows: list[Tick]
    columns: list[Tick]
    outgoing_total: str
    incoming_total: str
    empty: bool
    height: int = HEIGHT

    @classmethod
    def of(cls, days: Iterable[Day]) -> Self:
        """The chart of a period's days, oldest first; days without calls must be included with zeros."""
        known = list(days)
        top = axis_top(max((day.total for day in known), default=0))
        title = _("%(day)s: исходящих %(outgoing)s, входящих %(incoming)s")
        return cls(
            bars=[_bar(index, day, len(known), top, title) for index, day in enumerate(known)],
            rows=value_ticks(top),
            columns=_columns(known),
            outgoing_total=grouped(sum(day.outgoing for day in known)),
            incoming_total=grouped(sum(day.incoming for day in known)),
            empty=not any(day.total for day in known),
        )


def grouped(number: int) -> str:
    """The number with its thousands grouped by a no-break space: `1 234`."""
    return f"{number:,}".replace(",", NBSP)


def axis_top(largest: int) -> int:
    """The smallest of 4, 8, 20, 40, 80, 200… not below `largest`: a quarter of this number is always round."""
    scale = 1
    while True:
        for step in (4, 8, 20):
            if largest <= step * scale:
                return step * scale
        scale *= 10


def share(value: int, whole: int) -> str:
    """The value as per cent of the whole, for an SVG attribute: `62.5`, within 0–100; `0.0` if the whole is zero."""
    return f"{min(max(value / whole, 0), 1) * 100:.1f}" if whole > 0 else "0.0"


def percent(value: float) -> str:
    """A share of the plot's width in per cent, as an SVG attribute."""
    return f"{value:.2f}%"


def _bar(index: int, day: Day, count: int, top: int, title: str) -> Bar:
    step = 100 / count
    x, width = percent(step * (index + (1 - BAR_SHARE) / 2)), percent(step * BAR_SHARE)
    outgoing, incoming = (value / top * PLOT_HEIGHT for value in (day.outgoing, day.incoming))
    # A line of the background, one pixel high, separates the two colours.
    gap = 1 if outgoing and incoming > SMALLEST_SPLIT_PX else 0
    return Bar(
        title=title % {"day": day.day.strftime("%d.%m.%Y"), "outgoing": day.outgoing, "incoming": day.incoming},
        day=day.day,
        outgoing=grouped(day.outgoing),
        incoming=grouped(day.incoming),
        hit=Box(percent(step * index), str(PLOT_TOP), percent(step), str(PLOT_HEIGHT)),
        outgoing_box=Box(x, f"{BASE - outgoing:.1f}", width, f"{outgoing:.1f}") if outgoing else None,
        incoming_box=Box(x, f"{BASE - outgoing - incoming:.1f}", width, f"{incoming - gap:.1f}") if incoming else None,
    )


def value_ticks(top: int) -> list[Tick]:
    """Five lines of the value axis, from zero to the top; every second line is minor."""
    ticks = []
    for quarter in range(5):
        y = BASE - PLOT_HEIGHT * quarter / 4
        ticks.append(Tick(grouped(top * quarter // 4), f"{y:.1f}", f"{y + 4:.1f}", quarter % 2 == 1))
    return ticks


def _columns(days: list[Day]) -> list[Tick]:
    """Labels of the first day, the last day, and each fifth day unless it is too close to the last day."""
    ticks = []
    for index, day in enumerate(days):
        number = day.day.day
        crowded_end = number % LABEL_EVERY_DAYS == 0 and 0 < len(days) - 1 - index < CROWDED_DAYS
        last = index == len(days) - 1
        if index == 0 or last or (number % LABEL_EVERY_DAYS == 0 and not crowded_end):
            x = percent(100 / len(days) * (index + 0.5))
            minor = not (index == 0 or last or number % (2 * LABEL_EVERY_DAYS) == 0)
            ticks.append(Tick(day.day.strftime("%d.%m"), x, x, minor))
    return ticks
