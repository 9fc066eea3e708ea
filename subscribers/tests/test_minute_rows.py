"""Rows of used minutes: what they hold is escaped."""

from datetime import date

from sipcabinet.lib.periods import Month
from subscribers import minute_rows
from subscribers.models import Subscriber
from subscribers.selectors.minute_usage import DayUsed, NumberUsed, Used

EVIL = "<b>\"'&"
SHOWN = "&lt;b&gt;&quot;&#x27;&amp;"


def squeezed(html: str) -> str:
    return html.replace("\n", "")


def test_names_are_escaped() -> None:
    assert f'<th scope="row">{SHOWN}</th>' in minute_rows.destinations([Used(EVIL, 61)])
    number = Subscriber(pk=7, phone=EVIL, label=EVIL)
    made = minute_rows.numbers([NumberUsed(number, [Used(EVIL, 61), Used(EVIL, 5)])], Month(2026, 11))
    assert made.count(SHOWN) == 4
    assert "<b>" not in made


def test_a_number_leads_to_its_calls_and_names_each_destination() -> None:
    number = Subscriber(pk=7, phone="+375291234567")
    made = squeezed(minute_rows.numbers([NumberUsed(number, [Used("A1", 60), Used("МТС", 3605)])], Month(2026, 11)))
    assert '/7/calls/?month=2026-11&amp;kind=out">+375' in made
    assert '<td data-l="Название" data-role="plain"></td>' in made
    assert '<div>A1: <span class="nw">1:00</span><br>МТС: <span class="nw">60:05</span></div>' in made
    assert made.endswith('data-role="end">61:05</td></tr>')


def test_days_show_what_was_used_and_left() -> None:
    made = squeezed(minute_rows.days([DayUsed(date(2026, 11, 3), 125, 0)]))
    assert made == '<tr><th scope="row">03.11.2026</th><td class="num">2:05</td><td class="num">0:00</td></tr>'
    assert minute_rows.days([]) == minute_rows.destinations([]) == ""
