"""Rows of tables of charges: what they hold is escaped, and what is empty leaves nothing."""

from decimal import Decimal

from sipcabinet.lib.money import Taxed
from sipcabinet.lib.periods import Month
from subscribers import charge_rows
from subscribers.charge_rows import Column, Row

SUMS = Taxed(Decimal("1234.50"), Decimal("308.63"))
COUNT = Column("Номеров", "num")


def squeezed(html: str) -> str:
    return html.replace("\n", "")


def test_everything_in_a_row_is_escaped() -> None:
    evil = "<b>\"'&"
    row = Row(evil, evil, SUMS, f"/a/?{evil}", f"/b/?{evil}", badge=evil, note=evil)
    made = charge_rows.group(evil, SUMS, [row], Column(evil, "muted", "wide")) + charge_rows.foot(SUMS, evil)
    assert "<b>" not in made
    assert made.count("&lt;b&gt;&quot;&#x27;&amp;") + made.count("&lt;b&gt;&quot;&#39;&amp;") == 9


def test_a_row_shows_the_sums_and_what_it_leads_to() -> None:
    row = Row("Россия", "3 звонка", SUMS, "/a/?b=1&c=2", badge="поступили позже", note="")
    made = squeezed(charge_rows.html([row], Column("За что", "muted", "wide"), link_css="nw"))
    assert made.startswith(
        '<tr><th scope="row"><a class="nw" href="/a/?b=1&amp;c=2">Россия</a>'
        '<span class="badge info">поступили позже</span><div class="muted small"></div></th>'
        '<td class="muted" data-l="За что" data-role="wide">3 звонка</td>'
    )
    for text in ("1\u00a0234,50", "308,63", "1\u00a0543,13"):
        assert f">{text}</td>" in made


def test_without_a_link_a_badge_and_a_note_a_row_has_only_words() -> None:
    made = squeezed(charge_rows.html([Row("Россия", "2", SUMS)], COUNT))
    assert made.startswith('<tr><th scope="row">Россия</th><td class="num" data-l="Номеров">2</td><td')
    assert charge_rows.html([], COUNT) == ""


def test_a_group_without_sums_of_its_own_has_a_wide_title() -> None:
    alone = squeezed(charge_rows.group("Звонки", None, [], COUNT))
    assert alone == '<tbody><tr class="group"><th scope="rowgroup" colspan="5">Звонки</th></tr></tbody>'
    nothing = Taxed(Decimal(0), Decimal(0))
    assert 'colspan="2">Звонки</th><td class="num"' in squeezed(charge_rows.group("Звонки", nothing, [], COUNT))
    assert 'colspan="2">Итого</th>' in charge_rows.foot(SUMS)


def test_the_calls_of_a_charge() -> None:
    url = charge_rows.calls_url(7, 3, made_in=Month(2026, 9), charged_in=Month(2026, 10))
    assert url.endswith("/7/calls/?month=2026-09&kind=out&destination=3&outcome=answered&charged=2026-10")
