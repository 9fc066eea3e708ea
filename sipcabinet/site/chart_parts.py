"""Parts of charts that repeat for each day, as HTML: a template would resolve every coordinate by itself."""

from collections.abc import Iterable
from html import escape
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sipcabinet.lib.charts import Box, DailyCallsChart, Tick
from sipcabinet.lib.charts.peaks import PeaksChart


def ticks_of_rows(ticks: Iterable[Tick]) -> SafeString:
    """The lines of the grid with the numbers beside them."""
    return _joined(
        f'<line class="grid-line" x1="0" x2="100%" y1="{tick.position}" y2="{tick.position}" />'
        f'<text {_minor(tick)} x="-8" y="{tick.text_position}" text-anchor="end">{escape(tick.label)}</text>'
        for tick in ticks
    )


def ticks_of_days(ticks: Iterable[Tick], height: Any) -> SafeString:
    """The days below the chart."""
    return _joined(
        f'<text {_minor(tick)} x="{tick.text_position}" y="{height}" text-anchor="middle" dy="-6">'
        f"{escape(tick.label)}</text>"
        for tick in ticks
    )


def bars_of_calls(chart: DailyCallsChart) -> SafeString:
    """A column of each day: outgoing calls below, incoming calls above."""
    return _joined(
        f'<g><title>{escape(bar.title)}</title><rect class="hit"{_box(bar.hit)} />'
        f"{_rect('out', bar.outgoing_box)}{_rect('in', bar.incoming_box)}</g>"
        for bar in chart.bars
    )


def columns_of_peaks(chart: PeaksChart) -> SafeString:
    """A column of each day: the most calls at once."""
    return _joined(
        f'<g><title>{escape(column.title)}</title><rect class="hit"{_box(column.hit)} />{_rect("out", column.box)}</g>'
        for column in chart.columns
    )


def rows_of_calls(chart: DailyCallsChart) -> SafeString:
    """The data of the chart as rows of a table."""
    return _joined(
        f'<tr>\n<th scope="row">{bar.day:%d.%m.%Y}</th>\n<td class="num">{escape(bar.outgoing)}</td>\n'
        f'<td class="num">{escape(bar.incoming)}</td>\n</tr>\n'
        for bar in chart.bars
    )


def rows_of_peaks(chart: PeaksChart) -> SafeString:
    """The data of the chart as rows of a table, with a judgement where there is a limit."""
    enough, over = (f"<td>\n{escape(_(word))}\n</td>\n" for word in ("да", "нет"))
    return _joined(
        f'<tr>\n<th scope="row">{column.day:%d.%m.%Y}</th>\n<td class="num">{escape(str(column.calls))}</td>\n'
        f"{(over if column.over else enough) if chart.limit else ''}</tr>\n"
        for column in chart.columns
    )


def _joined(parts: Iterable[str]) -> SafeString:
    return SafeString("".join(parts))


def _minor(tick: Tick) -> str:
    return 'class="alt"' if tick.minor else ""


def _box(box: Box) -> str:
    return f' x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"'


def _rect(look: str, box: Box | None) -> str:
    return f'<rect class="{look}"{_box(box)} />' if box else ""


TAGS = (ticks_of_rows, ticks_of_days, bars_of_calls, columns_of_peaks, rows_of_calls, rows_of_peaks)
