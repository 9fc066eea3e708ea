"""Geometry of a chart with one number per day and a limit. Pure functions, as in `charts`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Self

from django.utils.translation import gettext as _

from sipcabinet.lib.charts import (
    BAR_SHARE,
    BASE,
    HEIGHT,
    PLOT_HEIGHT,
    PLOT_TOP,
    Box,
    Tick,
    axis_top,
    grouped,
    percent,
    value_ticks,
)

LABEL_EVERY_DAYS = 5


@dataclass(frozen=True, slots=True)
class DayPeak:
    """The most simultaneous calls of one day."""

    day: date
    calls: int


class Column(NamedTuple):
    """One day's column; `hit` is its whole width, for the mouse pointer. `over`: the calls exceed the limit."""

    title: str
    day: date
    calls: str
    over: bool
    hit: Box
    box: Box | None


@dataclass(frozen=True, slots=True)
class PeaksChart:
    """Everything that `components/daily_peaks.html` draws. `limit_y` is the y position of the limit's line."""

    columns: list[Column]
    rows: list[Tick]
    days: list[Tick]
    limit: str
    limit_y: str
    height: int = HEIGHT

    @classmethod
    def of(cls, peaks: Iterable[DayPeak], limit: int | None) -> Self:
        """The chart of a period's days, oldest first; every day must be included."""
        known = list(peaks)
        top = axis_top(max([limit or 0, *(peak.calls for peak in known)]))
        scale = _Scale(top, limit, _("%(day)s: одновременных звонков %(calls)s"))
        return cls(
            columns=[_column(index, peak, len(known), scale) for index, peak in enumerate(known)],
            rows=value_ticks(top),
            days=_days(known),
            limit=grouped(limit) if limit else "",
            limit_y=f"{BASE - limit / top * PLOT_HEIGHT:.1f}" if limit else "",
        )


class _Scale(NamedTuple):
    """What all columns have in common: the top of the axis, the limit, and the words of a column's title."""

    top: int
    limit: int | None
    title: str


def _column(index: int, peak: DayPeak, count: int, scale: _Scale) -> Column:
    step = 100 / count
    height = peak.calls / scale.top * PLOT_HEIGHT
    x, width = percent(step * (index + (1 - BAR_SHARE) / 2)), percent(step * BAR_SHARE)
    shown = grouped(peak.calls)
    return Column(
        title=scale.title % {"day": peak.day.strftime("%d.%m.%Y"), "calls": shown},
        day=peak.day,
        calls=shown,
        over=scale.limit is not None and peak.calls > scale.limit,
        hit=Box(percent(step * index), str(PLOT_TOP), percent(step), str(PLOT_HEIGHT)),
        box=Box(x, f"{BASE - height:.1f}", width, f"{height:.1f}") if peak.calls else None,
    )


def _days(peaks: list[DayPeak]) -> list[Tick]:
    """Labels of the last day and of each fifth day before it; every second label is minor."""
    ticks = []
    for back in range(0, len(peaks), LABEL_EVERY_DAYS):
        index = len(peaks) - 1 - back
        x = percent(100 / len(peaks) * (index + 0.5))
        ticks.append(Tick(peaks[index].day.strftime("%d.%m"), x, x, back % (2 * LABEL_EVERY_DAYS) != 0))
    return ticks[::-1]
