"""Rows of tables that functions write: values are escaped, empty values look as the pages promise (3.0, 3.6)."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from subscribers import call_rows, channel_rows
from subscribers.models import CallOutcome, ChannelAssignment, ChannelPackage, Operation, Subscriber
from subscribers.selectors.calls import Call

ODD = "<b> & \"'%s"
SHOWN = "&lt;b&gt; &amp; &quot;&#x27;%s"
PLAIN = Call(
    1, datetime(2026, 11, 5, 21, 5, 9, tzinfo=UTC), "+375447112030", CallOutcome.ANSWERED, "Минск",
    talk_seconds=61, billed_seconds=120, included_seconds=0, cost=Decimal("1234.5"), charged_in=date(2026, 11, 1),
)  # fmt: skip


def cells(**values: Any) -> list[str]:
    """The cells of a call's row without the spaces of the HTML."""
    html = call_rows.html([call_rows.line(PLAIN._replace(**values))])
    return [re.sub(r"\s*\n\s*", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", html, re.DOTALL)]


def test_a_call_is_shown_in_minsk_time_with_its_cost() -> None:
    number = '<span class="nw strong">+375 44 711-20-30</span>'
    assert cells() == ["06.11.2026", "00:05:09", number, "Минск", "1:01", "2:00", "1\u00a0234,5000"]


@pytest.mark.parametrize("name", ["other_party", "destination"])
def test_texts_of_a_call_are_escaped(name: str) -> None:
    row = "".join(cells(**{name: ODD}))
    assert SHOWN in row
    assert "<b>" not in row


def test_empty_values_have_words() -> None:
    row = cells(
        other_party="", destination=None, outcome=CallOutcome.BUSY, talk_seconds=0, billed_seconds=0, cost=Decimal(0)
    )
    assert row[2:] == [
        '<span class="nw strong">номер скрыт</span>', "—", '<span class="badge">занято</span>', "0:00", "0,00"
    ]  # fmt: skip


def test_what_is_special_stands_beside() -> None:
    row = cells(caller="<i>", included_seconds=120, charged_in=date(2026, 12, 1))
    assert '<span class="small muted">внутренний &lt;i&gt;</span>' in row[2]
    assert row[3] == 'Минск<span class="small muted">поступил позже, начислен за декабрь 2026</span>'
    assert row[6].endswith('<span class="small muted">включено</span>')


def test_packages_of_a_trunk_are_escaped() -> None:
    package, began = ChannelPackage(channels=10), datetime(2026, 11, 5, 9, 0, tzinfo=UTC)
    by = Operation(pk=7, number="<i>", reason="<u>&")
    made = ChannelAssignment(package=package, started_at=began, started_by=by)
    first = ChannelAssignment(package=package, started_at=began, ended_at=began)
    html = channel_rows.html(Subscriber(pk=3), [(made, "<s>"), (first, "Оператор")])
    for shown in (package.name, ">&lt;i&gt;</a>", "&lt;u&gt;&amp;", "&lt;s&gt;", "действует", "Подключение номера"):
        assert shown in html
    assert html.count("05.11.2026, 12:00") == 3
    assert not [tag for tag in ("<i>", "<u>", "<s>") if tag in html]
