"""Geometry of horizontal bars, one under another, for sums of money. Pure functions, as in `charts`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import NamedTuple, Self

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sipcabinet.lib import money

ROW_HEIGHT, BAR_HEIGHT, TEXT_BASE, BAR_TOP = 42, 12, 14, 21
MOST_BARS = 12
Show = Callable[[Decimal], str]
MOST_LETTERS = 38  # of a name, so that the name and its sum fit on a phone
THINNEST = Decimal("0.5")  # per cent of the width: even the bar of one kopeck is visible


@dataclass(frozen=True, slots=True)
class Amount:
    """The data of one bar. `look` is the CSS class for the colour of the bar's series."""

    name: str
    value: Decimal
    look: str


class HorizontalBar(NamedTuple):
    """One bar with its name and sum above it."""

    title: str
    text_y: str
    name: str
    value: str
    look: str
    y: str
    width: str

    def drawn(self, height: int) -> str:
        """The bar, `height` pixels high, as a part of an SVG drawing. Everything that it holds is escaped."""
        title, text_y, name, value, look, y, width = map(escape, self)
        return (
            f'<g><title>{title}</title><text class="name" x="0" y="{text_y}">{name}</text>'
            f'<text class="value" x="100%" y="{text_y}" text-anchor="end">{value}</text>'
            f'<rect class="{look}" x="0" y="{y}" width="{width}" height="{height}" rx="3" /></g>'
        )


@dataclass(frozen=True, slots=True)
class Series:
    """An entry of the legend with the total of its bars."""

    look: str
    name: str
    total: str


@dataclass(frozen=True, slots=True)
class BarsChart:
    """Everything that `components/bars.html` draws."""

    bars: list[HorizontalBar]
    series: list[Series]
    height: int
    bar_height: int = BAR_HEIGHT

    @classmethod
    def of(
        cls, amounts: Iterable[Amount], names: dict[str, str], *, most: int = MOST_BARS, show: Show = money.show
    ) -> Self:
        """Bars in the given order; amounts of zero or less are left out. `names` are names of the series by look. Bars
        beyond `most` are drawn as one bar at the end. `show` writes an amount: money, unless it counts something."""
        drawn = [amount for amount in amounts if amount.value > 0]
        series = [(look, name, [one.value for one in drawn if one.look == look]) for look, name in names.items()]
        shown = _together(drawn, most)
        longest = max((amount.value for amount in shown), default=Decimal(1))
        return cls(
            bars=[_bar(place, amount, longest, show) for place, amount in enumerate(shown)],
            series=[Series(look, name, show(sum(values, Decimal(0)))) for look, name, values in series if values],
            height=ROW_HEIGHT * len(shown),
        )

    @property
    def drawn(self) -> SafeString:
        """The bars as parts of an SVG drawing: a template would resolve eight names for each."""
        return SafeString("".join([bar.drawn(self.bar_height) for bar in self.bars]))

    @property
    def empty(self) -> bool:
        return not self.bars


def _together(amounts: Sequence[Amount], most: int) -> list[Amount]:
    """At most `most` amounts: the smallest amounts of the last series are added up to one."""
    if len(amounts) <= most:
        return list(amounts)
    last = [amount for amount in amounts if amount.look == amounts[-1].look]
    spared = sorted(last, key=lambda amount: amount.value)[: len(amounts) - most + 1]
    rest = _("Остальное: %(count)d") % {"count": len(spared)}
    total = sum((amount.value for amount in spared), Decimal(0))
    return [*(amount for amount in amounts if amount not in spared), Amount(rest, total, amounts[-1].look)]


def _bar(place: int, amount: Amount, longest: Decimal, show: Show) -> HorizontalBar:
    top = place * ROW_HEIGHT
    value = show(amount.value)
    return HorizontalBar(
        title=f"{amount.name}: {value}",
        name=_shortened(amount.name),
        value=value,
        look=amount.look,
        text_y=str(top + TEXT_BASE),
        y=str(top + BAR_TOP),
        width=f"{max(amount.value / longest * 100, THINNEST):.2f}%",
    )


def _shortened(name: str) -> str:
    return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1].rstrip()}…"
