"""Every page of the desk for every role, against the table written by hand (4.2, 4.10)."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from accounts.models import User
from accounts.tests.factories import StaffFactory
from desk.models import Role
from desk.services import roles
from sipcabinet.tests.access.addresses import PATTERNS, url_of
from sipcabinet.tests.access.desk_table import DELETED, OF_DJANGO, PAGES, ROLES, TABLES
from sipcabinet.tests.access.world import World
from sipcabinet.tests.signed_in import signed_in

pytestmark = pytest.mark.django_db
PAGES_OF_A_TABLE = ("changelist", "export", "add", "change", "history", "delete")
# What is sent to pages whose form says what is asked for; it has faults, so that nothing is decided.
FORMS = {
    "desk_application": {"do": "no"},
    "desk_proposal": {"do": "refuse"},
    "desk_return": {"do": "other"},
    "desk_payer_refund_one": {"do": "refuse"},
}
NAMED = {name.removeprefix("admin:"): pattern for name, pattern in PATTERNS.items() if pattern.is_named}
OURS = {name: pattern for name, pattern in NAMED.items() if pattern.name.startswith("admin:") and name not in OF_DJANGO}


def expected(name: str) -> tuple[str, str]:
    """The letters of the roles that may open the page and that may send its form."""
    if name in PAGES:
        return PAGES[name]
    table, page = name.rsplit("_", 1)
    seeing, adding = TABLES[table]
    return {"add": (adding, adding), "delete": (DELETED.get(table, ""),) * 2}.get(page, (seeing, seeing))


def is_rare(name: str) -> bool:
    """Django's further pages of a table ask for the rights of its list: the long part looks at them."""
    return name not in PAGES and not name.endswith(("_changelist", "_add"))


OFTEN_OR_RARE = [pytest.param(name, marks=pytest.mark.full if is_rare(name) else ()) for name in sorted(OURS)]


@pytest.fixture(scope="module")
def sessions(world: World, django_db_blocker: DjangoDbBlocker) -> dict[str, str]:
    """The session cookie of one person for each role; the people go with the world."""
    with django_db_blocker.unblock():
        roles.sync()
        return {letter: _session_of(code) for letter, code in ROLES.items()}


def _session_of(code: str) -> str:
    person = StaffFactory.create(is_superuser=False)
    person.groups.add(Role.objects.get(code=code).group)
    return signed_in(User.objects.get(pk=person.pk)).cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def clients(sessions: dict[str, str]) -> dict[str, Client]:
    found = {letter: Client() for letter in sessions}
    for letter, client in found.items():
        client.cookies[settings.SESSION_COOKIE_NAME] = sessions[letter]
    return found


def allowed(clients: dict[str, Client], method: str, url: str, form: dict[str, str] | None = None) -> str:
    """The letters of the roles that are not refused. A faulty form or a redirect is no refusal; a file of others is
    missing for those who may not see it."""
    refusals = {403} | ({404} if "/file" in url else set()) | ({302} if url.endswith("/history/") else set())
    found = ""
    for letter, client in clients.items():
        answer: Any = client.post(url, form) if form else client.generic(method, url)
        if answer.streaming:
            list(answer)  # a file is closed when it is read to its end
        assert answer.status_code != 500
        found += "" if answer.status_code in refusals else letter
    return found


def test_every_page_of_the_desk_is_in_the_table() -> None:
    tables = {f"{table}_{page}" for table in TABLES for page in PAGES_OF_A_TABLE}
    assert sorted({*OURS} - tables - {*PAGES}) == []
    assert sorted({*PAGES} - {*OURS}) == []
    assert sorted({f"{table}_changelist" for table in TABLES} - {*OURS}) == []


@pytest.mark.parametrize("name", OFTEN_OR_RARE)
def test_each_role_opens_what_it_may_and_nothing_else(name: str, world: World, clients: dict[str, Client]) -> None:
    found = allowed(clients, "GET", url_of(OURS[name], world))
    # Django leads everybody away from the history of a missing row.
    assert found == expected(name)[0] or (name.endswith("_history") and not found)


@pytest.mark.parametrize("name", sorted(name for name in OURS if name in PAGES or name.endswith("_add")))
def test_each_role_sends_what_it_may_and_nothing_else(name: str, world: World, clients: dict[str, Client]) -> None:
    form = FORMS.get(name, {})
    assert allowed(clients, "POST", url_of(OURS[name], world), form) == expected(name)[1]


def test_a_row_is_changed_by_those_who_may_change_rows(world: World, clients: dict[str, Client]) -> None:
    url = url_of(OURS["accounts_customer_change"], world)
    assert allowed(clients, "POST", url) == "br"
    assert reverse("admin:index") in url
