"""The end of a document on paper stays on the page of its last rows, for any number of rows (4.7)."""

import pytest

from billing.tests.papers import PAPERS
from sipcabinet.tests import paper

ALL = range(1, 91)


@pytest.mark.full
@pytest.mark.parametrize("name", PAPERS)
def test_of_any_length_the_end_keeps_two_rows(name: str) -> None:
    template, context = PAPERS[name]
    loose = {count: paper.loose_ends(paper.layout(template, context(count))) for count in ALL}
    assert {count: faults for count, faults in loose.items() if faults} == {}


@pytest.mark.parametrize(("name", "count"), [("invoice", 24), ("correction", 11), ("unpaid", 16)])
def test_at_the_foot_of_a_page_the_end_keeps_two_rows(name: str, count: int) -> None:
    """Lengths at which the end was separated from its table before they were kept together."""
    template, context = PAPERS[name]
    assert paper.loose_ends(paper.layout(template, context(count))) == []


def test_a_loose_end_is_seen() -> None:
    row, end = "<tr><td>Связь</td></tr>", "<div class='payable'><p style='height: 60mm'>К оплате</p></div>"
    head = "<thead><tr><th scope='col'>Услуга</th></tr></thead>"
    html = f"<html lang='ru'><title>Счёт</title><table>{head}<tbody>{row * 30}</tbody></table>{end}"
    assert paper.loose_ends(paper.layout_of(html)) == ["page 2: end:payable after 0 rows"]
