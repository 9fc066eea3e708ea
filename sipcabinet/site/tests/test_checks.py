"""The names of the menu's entries are compared with the portal's URLs."""

from dataclasses import replace

import pytest
from django.core.checks import run_checks

from sipcabinet.site import navigation
from sipcabinet.site.checks import menu


def test_every_entry_of_the_menu_has_a_page() -> None:
    assert menu(None) == []
    assert len([entry for entry, _ in navigation.entries() if entry.view]) > 20


def misspelt(entries: tuple[navigation.MenuEntry, ...]) -> tuple[navigation.MenuEntry, ...]:
    """The same entries, but the last one (at any depth) has a name that no URL has."""
    *others, last = entries
    if last.children:
        return (*others, replace(last, children=misspelt(last.children)))
    return (*others, replace(last, view=f"{last.view}x"))


@pytest.mark.parametrize("part", ["HOME", "ACCOUNT", "CHOICE", "SUBSCRIBER", "SERVICE"])
def test_a_misspelt_name_stops_the_start(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, part, misspelt(getattr(navigation, part)))
    (found,) = [message for message in run_checks() if message.id == "site.E001"]
    assert found.is_serious()
    assert found.msg.endswith("x")


def test_a_page_of_a_subscriber_needs_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "CHOICE", (replace(navigation.CHOICE[0], view="subscribers:detail"),))
    assert [message.msg for message in menu(None)] == [
        "The menu's «Выбор SIP-абонента» names no page: subscribers:detail"
    ]
