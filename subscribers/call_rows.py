"""The rows of «Просмотр детализации» as HTML. A page has fifty rows of seven cells, and a template resolves each name
in each cell anew; here a row is one text with its values."""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache, lru_cache
from html import escape
from typing import NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sipcabinet.lib import clock, money, phones
from subscribers import callers
from subscribers.models import CallOutcome
from subscribers.selectors.calls import Call

COST_PLACES = 4


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


def line(call: Call) -> Line:
    """The call as its row shows it."""
    moment = clock.minsk(call.started_at).isoformat()  # 2026-10-09T17:42:05+03:00
    billed, late = call.billed_seconds, call.late_month
    return Line(
        _day(moment[:10]),
        moment[11:19],
        phones.display(call.other_party),
        call.destination or "",
        call.talk_seconds,
        billed,
        money.show(call.cost, COST_PLACES) if call.cost else _nothing(),
        "" if call.answered else _outcome(call.outcome),
        bool(billed) and call.included_seconds == billed,
        callers.words(call.caller) if call.caller else "",
        _("поступил позже, начислен за %(month)s") % {"month": late.label} if late else "",
    )


def html(lines: Iterable[Line]) -> SafeString:
    """The rows of the table's body. Every text that a call holds is escaped; a day, a time and a sum need it not."""
    row, withheld, included = _texts()
    return SafeString(
        "".join(
            [
                row
                % (
                    line.day,
                    line.time,
                    escape(line.other_party) or withheld,
                    _aside(line.caller) if line.caller else "",
                    escape(line.destination) if line.destination else "—",
                    _aside(line.late) if line.late else "",
                    f'<span class="badge">{escape(line.outcome)}</span>'
                    if line.outcome
                    else _duration(line.talk_seconds),
                    _duration(line.billed_seconds),
                    line.cost,
                    included if line.covered else "",
                )
                for line in lines
            ]
        )
    )


@cache
def _texts() -> tuple[str, str, str]:
    """The text of a row with places for values, and the words for a withheld number and for included minutes."""
    labels = {
        "time": _("Время"),
        "other_party": _("Собеседник"),
        "destination": _("Направление"),
        "talk": _("Длительность"),
        "billed": _("Тарифицировано"),
        "cost": _("Стоимость, BYN"),
    }
    row = _ROW.format(**{name: escape(label) for name, label in labels.items()})
    return row, escape(_("номер скрыт")), f' <span class="small muted">{escape(_("включено"))}</span>'


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
    return f'<span class="small muted">{escape(text)}</span>\n'


def _duration(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"


@lru_cache(maxsize=500)
def _day(iso: str) -> str:
    """`2026-10-09` as `09.10.2026`."""
    year, month, day = iso.split("-")
    return f"{day}.{month}.{year}"


@cache
def _outcome(outcome: str) -> str:
    return str(CallOutcome(outcome).label)


@cache
def _nothing() -> str:
    return money.show(Decimal(0))
