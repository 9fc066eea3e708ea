"""The end of a document on paper stays on the page of its last rows, for any number of rows (4.7)."""

import pytest

from billing.tests.papers import PAPERS
from sipcabinet.lib.pdf import picture_url
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


LOGOS = {
    "wide": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 60"><rect width="900" height="60"/></svg>',
    "tall": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 900"><rect width="60" height="900"/></svg>',
}


@pytest.mark.parametrize("logo", LOGOS.values(), ids=LOGOS.keys())
@pytest.mark.parametrize(("name", "count"), [("invoice", 24), ("correction", 11), ("unpaid", 16)])
def test_beside_a_logo_of_any_shape_the_end_keeps_two_rows(name: str, count: int, logo: bytes) -> None:
    template, context = PAPERS[name]
    shown = {**context(count), "logo": picture_url("logo")}
    assert paper.loose_ends(paper.layout(template, shown, {"logo": logo})) == []


@pytest.mark.full
@pytest.mark.parametrize("name", PAPERS)
def test_of_many_lengths_the_end_keeps_two_rows_beside_a_logo(name: str) -> None:
    template, context = PAPERS[name]
    shown = {count: {**context(count), "logo": picture_url("logo")} for count in ALL[::3]}
    loose = {n: paper.loose_ends(paper.layout(template, one, {"logo": LOGOS["wide"]})) for n, one in shown.items()}
    assert {count: faults for count, faults in loose.items() if faults} == {}


@pytest.mark.parametrize("name", ["invoice", "act"])
def test_a_usual_document_stays_one_sheet_with_a_logo(name: str) -> None:
    template, context = PAPERS[name]
    for logo in LOGOS.values():
        assert len(paper.layout(template, {**context(8), "logo": picture_url("logo")}, {"logo": logo})) == 1


def test_a_loose_end_is_seen() -> None:
    row, end = "<tr><td>Связь</td></tr>", "<div class='payable'><p style='height: 60mm'>К оплате</p></div>"
    head = "<thead><tr><th scope='col'>Услуга</th></tr></thead>"
    html = f"<html lang='ru'><title>Счёт</title><table>{head}<tbody>{row * 30}</tbody></table>{end}"
    assert paper.loose_ends(paper.layout_of(html)) == ["page 2: end:payable after 0 rows"]
