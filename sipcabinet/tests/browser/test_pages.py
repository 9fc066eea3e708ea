"""No page of the URLconf is forgotten by the pictures and the accessibility checks."""

from sipcabinet.tests.access.patterns import all_patterns
from sipcabinet.tests.browser.pages import UNSEEN, pages

PARTS_OF_THE_DESK = ("_delete", "_history", "_changelist", "_add", "_change")


def test_every_url_is_looked_at_or_said_why_not() -> None:
    ours = {pattern.name for pattern in all_patterns() if not pattern.name.startswith("admin:")}
    seen = {page.url_name for page in pages()}
    assert ours - seen == set(UNSEEN)
    assert seen & set(UNSEEN) == set()


def test_every_list_of_the_desk_is_looked_at() -> None:
    lists = {p.name for p in all_patterns() if p.name.startswith("admin:") and p.name.endswith("_changelist")}
    assert lists == {page.url_name for page in pages() if page.url_name.endswith("_changelist")}
