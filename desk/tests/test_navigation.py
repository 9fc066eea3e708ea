"""The navigation of the desk: an entry is shown to those who may open its page, and to nobody else (4.2)."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from desk import navigation
from desk.navigation import GROUPS, DeskEntry
from desk.queues import BY_NAME
from desk.tests.cast import clerk
from sipcabinet.tests.signed_in import signed_in

pytestmark = pytest.mark.django_db
ENTRIES = [entry for group in GROUPS for entry in group.entries]
OF_SOME = [entry for entry in ENTRIES if entry.permissions]


def views(user: User) -> set[str]:
    """The URL names of the entries that the user sees."""
    urls = {link.url for _title, links in navigation.build(user, "/admin/") for link in links}
    return {entry.view for entry in ENTRIES if entry.url in urls}


@pytest.mark.parametrize("entry", OF_SOME, ids=lambda entry: entry.view)
def test_an_entry_is_shown_to_those_who_may_open_its_page(entry: DeskEntry) -> None:
    for permission in entry.permissions:
        person = clerk(permission)
        assert entry.view in views(person)
        assert signed_in(person).get(reverse(entry.view)).status_code == 200


@pytest.mark.parametrize("entry", OF_SOME, ids=lambda entry: entry.view)
def test_an_entry_is_not_shown_to_others_and_its_page_refuses_them(entry: DeskEntry) -> None:
    person = clerk()
    assert entry.view not in views(person)
    assert signed_in(person).get(reverse(entry.view)).status_code == 403


def test_a_person_without_rights_sees_the_first_page_and_the_list_of_tables(
    client_of: Callable[[User], Client],
) -> None:
    person = clerk()
    assert views(person) == {"admin:index", "admin:tables", "admin:desk_roles"}
    assert signed_in(person).get(reverse("admin:tables")).status_code == 200


def test_the_page_and_the_nearest_page_above_it_are_marked(staff: User) -> None:
    marks = {
        path: [
            (link.title, link.current)
            for _title, links in navigation.build(staff, path)
            for link in links
            if link.current
        ]
        for path in ("/admin/", "/admin/billing/invoice/", "/admin/billing/invoice/7/change/", "/admin/unknown/")
    }
    assert marks == {
        "/admin/": [("Рабочий стол", "page")],
        "/admin/billing/invoice/": [("Счета", "page")],
        "/admin/billing/invoice/7/change/": [("Счета", "true")],
        "/admin/unknown/": [],
    }


def test_of_one_table_the_entry_whose_filter_is_set_is_marked(staff: User) -> None:
    def marked(query: str) -> list[str]:
        groups = navigation.build(staff, "/admin/notifications/letter/", query)
        return [link.title for _title, links in groups for link in links if link.current]

    assert marked("") == marked("q=x") == ["Письма"]
    assert marked("trouble=stopped") == marked("q=x&trouble=stopped") == ["Письма не доставлены"]


def test_every_entry_has_an_icon_that_exists() -> None:
    drawn = (settings.BASE_DIR / "static" / "icons.svg").read_text()
    assert not [entry.view for entry in ENTRIES if f'id="{entry.icon}"' not in drawn]


def test_the_desk_shows_the_navigation_on_django_s_own_pages(staff: User) -> None:
    page = " ".join(signed_in(staff).get(reverse("admin:billing_invoice_changelist")).content.decode().split())
    assert 'aria-label="Разделы кабинета"' in page
    assert '<a href="/admin/billing/invoice/" aria-current="page">' in page


def test_every_queue_of_the_navigation_exists() -> None:
    assert {entry.queue for entry in ENTRIES if entry.queue} <= set(BY_NAME)
