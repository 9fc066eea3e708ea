"""The plot of `bin/bench pages --only growth`: milliseconds of each page against the number of calls, as SVG."""

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 420, 60, 20, 210, 50
COLOURS = ("#2563eb", "#d97706", "#059669", "#db2777", "#7c3aed", "#0891b2", "#dc2626", "#65a30d", "#64748b")
# The text takes the colour of the reader's theme; the lines are seen on white and on black.
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">\n'
    "<style>text{{fill:#334155}}.grid{{stroke:#94a3b8;stroke-opacity:.4}}"
    "@media (prefers-color-scheme:dark){{text{{fill:#cbd5e1}}}}</style>\n"
    "<title>Milliseconds of a page against the calls in the database</title>\n"
)


def svg(calls: Sequence[int], times: Mapping[str, Sequence[float]]) -> str:
    """`times` holds the milliseconds of each page at each number of calls. Both axes are logarithmic."""
    most, least = max(map(max, times.values())), min(map(min, times.values()))
    top, bottom = 10 ** math.ceil(math.log10(most)), 10 ** math.floor(math.log10(least))

    def x(count: float) -> float:
        share = (math.log10(count) - math.log10(calls[0])) / (math.log10(calls[-1]) - math.log10(calls[0]))
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(milliseconds: float) -> float:
        share = (math.log10(milliseconds) - math.log10(bottom)) / (math.log10(top) - math.log10(bottom))
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    parts = [_HEAD.format(width=WIDTH, height=HEIGHT)]
    step = bottom
    while step <= top:
        parts.append(f'<path class="grid" d="M{LEFT} {y(step):.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(step) + 4:.1f}" text-anchor="end">{step:g} ms</text>')
        step *= 10
    for count in calls:
        parts.append(f'<path class="grid" d="M{x(count):.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
        parts.append(f'<text x="{x(count):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{count:,}</text>')
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 8}">calls of one account with 10,000 numbers</text>')
    ends = _apart([(y(values[-1]), name) for name, values in times.items()])
    for colour, (name, values) in zip(COLOURS, times.items(), strict=False):
        points = " ".join(f"{x(count):.1f},{y(value):.1f}" for count, value in zip(calls, values, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        place = ends[name]
        label = f"{escape(name)}, {values[-1]:.1f} ms"
        parts.append(f'<circle cx="{WIDTH - RIGHT + 10}" cy="{place - 4:.1f}" r="4" fill="{colour}"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 20}" y="{place:.1f}">{label}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _apart(ends: Sequence[tuple[float, str]]) -> dict[str, float]:
    """The height of each label beside the end of its line, with 16 px at least between two."""
    places: dict[str, float] = {}
    last = float(TOP)
    for wanted, name in sorted(ends):
        last = max(wanted, last + 16)
        places[name] = last
    return places
