"""Every page of the desk for every role, against the table written by hand (4.2, 4.10)."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoDbBlocker
from structlog.testing import capture_logs

from desk.tests.cast import of_role
from sipcabinet.tests.access.addresses import PATTERNS, url_of
from sipcabinet.tests.access.desk_table import DELETED, OF_DJANGO, PAGES, ROLES, TABLES, is_rare
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


OFTEN_OR_RARE = [pytest.param(name, marks=pytest.mark.full if is_rare(name) else ()) for name in sorted(OURS)]
WITH_A_FORM = sorted(name for name in OURS if name in PAGES or name.endswith("_add"))


@pytest.fixture(scope="module")
def sessions(world: World, django_db_blocker: DjangoDbBlocker) -> dict[str, str]:
    """The session cookie of one person for each role; the people go with the world."""
    with django_db_blocker.unblock():
        return {letter: _session_of(code) for letter, code in ROLES.items()}


def _session_of(code: str) -> str:
    return signed_in(of_role(code)).cookies[settings.SESSION_COOKIE_NAME].value


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


def of(letters: str, clients: dict[str, Client]) -> dict[str, Client]:
    """The clients of these roles."""
    return {letter: clients[letter] for letter in letters}


def one_and_the_refused(letters: str) -> str:
    """Of the roles that may do something, the first one, and all that may not. The long part asks the other roles."""
    return "".join(letter for letter in ROLES if letter not in letters[1:])


def test_every_page_of_the_desk_is_in_the_table() -> None:
    tables = {f"{table}_{page}" for table in TABLES for page in PAGES_OF_A_TABLE}
    assert sorted({*OURS} - tables - {*PAGES}) == []
    assert sorted({*PAGES} - {*OURS}) == []
    assert sorted({f"{table}_changelist" for table in TABLES} - {*OURS}) == []


@pytest.mark.parametrize("name", OFTEN_OR_RARE)
def test_each_role_opens_what_it_may_and_nothing_else(name: str, world: World, clients: dict[str, Client]) -> None:
    seeing, _sending = expected(name)
    found = allowed(of(one_and_the_refused(seeing), clients), "GET", url_of(OURS[name], world))
    # Django leads everybody away from the history of a missing row.
    assert found == seeing[:1] or (name.endswith("_history") and not found)


@pytest.mark.full
@pytest.mark.parametrize("name", sorted(name for name in OURS if expected(name)[0][1:]))
def test_the_other_roles_open_what_they_may(name: str, world: World, clients: dict[str, Client]) -> None:
    others = expected(name)[0][1:]
    found = allowed(of(others, clients), "GET", url_of(OURS[name], world))
    assert found == others or (name.endswith("_history") and not found)


@pytest.mark.parametrize("name", WITH_A_FORM)
def test_each_role_sends_what_it_may_and_nothing_else(name: str, world: World, clients: dict[str, Client]) -> None:
    _seeing, sending = expected(name)
    asked = of(one_and_the_refused(sending), clients)
    assert allowed(asked, "POST", url_of(OURS[name], world), FORMS.get(name, {})) == sending[:1]


@pytest.mark.full
@pytest.mark.parametrize("name", [name for name in WITH_A_FORM if expected(name)[1][1:]])
def test_the_other_roles_send_what_they_may(name: str, world: World, clients: dict[str, Client]) -> None:
    others = expected(name)[1][1:]
    assert allowed(of(others, clients), "POST", url_of(OURS[name], world), FORMS.get(name, {})) == others


WRITES = re.compile(r"INSERT|UPDATE|DELETE", re.IGNORECASE)


def refused(name: str, world: World, clients: dict[str, Client]) -> None:
    """A role that may not send the form gets no facts of the customer. Nothing is written, the refusal is logged."""
    for letter in sorted(set(ROLES) - set(expected(name)[1])):
        with capture_logs() as events, CaptureQueriesContext(connection) as queries:
            answer = clients[letter].post(url_of(OURS[name], world), FORMS.get(name, {}))
        assert answer.status_code == 403, letter
        told = [(one["event"], one["page"]) for one in events if one["event"] == "access.refused"]
        assert told == [("access.refused", OURS[name].name)], letter
        written = [one["sql"] for one in queries.captured_queries if WRITES.match(one["sql"])]
        assert [sql for sql in written if "accounts_session" not in sql] == [], letter
        owner = world.people["owner"].account
        assert owner is not None
        page = answer.content.decode()
        assert not [one for one in (owner.number, owner.customer.name) if one in page], letter


# A form of each part of the desk: 4.3-4.8, 4.11-4.13, 4.15.
OF_EACH_PART = {
    "desk_new_rate", "desk_table_import", "desk_call_file_undo", "desk_rerating", "desk_statement_undo",
    "desk_suspense", "desk_month_close", "desk_customer_exempt", "desk_customer_close", "desk_load_one",
    "desk_payment_move", "desk_pool_add", "desk_acts_send",
}  # fmt: skip
GUARDED = [name for name in WITH_A_FORM if set(ROLES) - set(expected(name)[1]) and not name.endswith("_file")]


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=() if one in OF_EACH_PART else pytest.mark.full) for one in GUARDED]
)
def test_a_refusal_writes_nothing_tells_nothing_and_is_logged(
    name: str, world: World, clients: dict[str, Client]
) -> None:
    refused(name, world, clients)


def test_a_row_is_changed_by_those_who_may_change_rows(world: World, clients: dict[str, Client]) -> None:
    url = url_of(OURS["accounts_customer_change"], world)
    assert allowed(clients, "POST", url) == "br"
    assert reverse("admin:index") in url
