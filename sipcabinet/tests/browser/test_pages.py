"""The pictures and the accessibility checks cover every page of the URLconf."""

from sipcabinet.tests.access.patterns import all_patterns
from sipcabinet.tests.browser.pages import PORTAL, UNSEEN, pages, plain

PARTS_OF_THE_DESK = ("_delete", "_history", "_changelist", "_add", "_change")


HERE = "sipcabinet/tests/browser/pages.py"


def forgotten(ours: set[str], seen: set[str]) -> list[str]:
    """Messages about pages that are neither covered nor excused, and about pages that are both."""
    return sorted(
        [f"{name} has no row in PORTAL, nor a reason in UNSEEN ({HERE})" for name in ours - seen - {*UNSEEN}]
        + [f"{name} is looked at, though UNSEEN says otherwise ({HERE})" for name in seen & {*UNSEEN}]
        + [f"{name} of UNSEEN is no URL ({HERE})" for name in {*UNSEEN} - ours]
    )


def test_every_url_is_looked_at_or_said_why_not() -> None:
    ours = {pattern.name for pattern in all_patterns() if not pattern.name.startswith("admin:")}
    assert forgotten(ours, {page.url_name for page in pages()}) == []


def test_a_forgotten_url_is_named() -> None:
    assert forgotten({*UNSEEN, "billing:new"} - {"site:health"}, {"site:theme"}) == [
        f"billing:new has no row in PORTAL, nor a reason in UNSEEN ({HERE})",
        f"site:health of UNSEEN is no URL ({HERE})",
        f"site:theme is looked at, though UNSEEN says otherwise ({HERE})",
    ]


def test_a_page_that_opens_by_its_address_needs_no_row() -> None:
    listed = {page.url_name for page in PORTAL}
    plainly = {page.url_name: page for page in plain()}
    assert {"accounts:journal", "billing:account", "subscribers:label"} <= {*plainly} - listed
    assert {*plainly} & {*UNSEEN, *listed} == set()


def test_every_list_of_the_desk_is_looked_at() -> None:
    lists = {p.name for p in all_patterns() if p.name.startswith("admin:") and p.name.endswith("_changelist")}
    assert lists == {page.url_name for page in pages() if page.url_name.endswith("_changelist")}
