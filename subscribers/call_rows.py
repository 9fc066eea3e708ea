"""The rows of «Просмотр детализации» as HTML. A page has fifty rows of seven cells, and a template resolves each name
in each cell anew; here a row is one text with its values."""

from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _


class Line(NamedTuple):
    """A call as a row of the page."""

    day: str
    time: str
    other_party: str
    destination: str
    talk_seconds: int
    billed_seconds: int
    cost: str
    outcome: str  # why the call was not answered; empty for an answered call
    covered: bool  # wholly by included minutes
    caller: str  # a caller named only by the account code; empty for the subscriber's own number
    late: str  # the month that charges a call imported after its own month had closed; else empty


def html(lines: Iterable[Line]) -> SafeString:
    """The rows of the table's body. Everything that a call holds is escaped."""
    labels = {
        "time": escape(_("Время")),
        "other_party": escape(_("Собеседник")),
        "destination": escape(_("Направление")),
        "talk": escape(_("Длительность")),
        "billed": escape(_("Тарифицировано")),
        "cost": escape(_("Стоимость, BYN")),
    }
    withheld, included = escape(_("номер скрыт")), f' <span class="small muted">{escape(_("включено"))}</span>'
    row = _ROW.format(**labels)
    return SafeString(
        "".join(
            [
                row
                % (
                    escape(line.day),
                    escape(line.time),
                    escape(line.other_party) or withheld,
                    _aside(line.caller),
                    escape(line.destination) or "—",
                    _aside(line.late),
                    f'<span class="badge">{escape(line.outcome)}</span>'
                    if line.outcome
                    else _duration(line.talk_seconds),
                    _duration(line.billed_seconds),
                    escape(line.cost),
                    included if line.covered else "",
                )
                for line in lines
            ]
        )
    )


_ROW = """<tr>
<th scope="row" class="nw">%s</th>
<td class="nw" data-l="{time}" data-role="lead">%s</td>
<td data-l="{other_party}" data-role="end">
<span class="nw strong">%s</span>
%s</td>
<td data-l="{destination}" data-role="plain">
%s
%s</td>
<td class="num" data-l="{talk}" data-role="plain">%s</td>
<td class="num" data-l="{billed}">%s</td>
<td class="num" data-l="{cost}" data-role="result">%s%s</td>
</tr>
"""


def _aside(text: str) -> str:
    return f'<span class="small muted">{escape(text)}</span>\n' if text else ""


def _duration(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"
