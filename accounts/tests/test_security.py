"""«Безопасность» (1.3)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent, Session, SignIn, User
from accounts.selectors import security
from accounts.selectors.devices import describe
from accounts.sessions import digest_of
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.signing_in import is_signed_in, knock
from sipcabinet.lib import tenancy

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Mobile Safari/604.1"


def row_of(client: Client) -> Session:
    """The session row of a browser; the table holds only the hash of the session's key."""
    return Session.objects.get(session_key=digest_of(client.cookies["session"].value))


def test_sessions_and_sign_ins_are_shown_with_their_origin(owner: User) -> None:
    here, there = Client(), Client()
    knock(there, owner.phone, PASSWORD, HTTP_USER_AGENT=SAFARI, REMOTE_ADDR="198.51.100.7")
    knock(here, owner.phone, "не-тот-пароль", HTTP_USER_AGENT=FIREFOX)
    knock(here, owner.phone, PASSWORD, HTTP_USER_AGENT=FIREFOX)
    page = here.get("/security/", HTTP_USER_AGENT=FIREFOX)
    sessions = page.context["sessions"]
    assert [(one.device, one.address, one.current) for one in sessions] == [
        ("Firefox, Windows", "127.0.0.1", True),
        ("Safari, iPhone", "198.51.100.7", False),
    ]
    attempts = page.context["sign_ins"]
    assert [(one.outcome, one.device) for one in attempts] == [
        ("вход", "Firefox, Windows"),
        ("отказ: неверный пароль", "Firefox, Windows"),
        ("вход", "Safari, iPhone"),
    ]
    assert "Этот сеанс" in page.content.decode()


def test_no_session_key_stands_on_the_page(owner: User, client_of: Callable[[User], Client]) -> None:
    clients = [client_of(owner), client_of(owner)]
    page = clients[0].get("/security/").content.decode()
    for client in clients:
        assert client.cookies["session"].value not in page


def test_one_other_session_is_ended(owner: User, client_of: Callable[[User], Client]) -> None:
    here, there, third = client_of(owner), client_of(owner), client_of(owner)
    other = row_of(there)
    assert here.post(f"/security/sessions/{other.public_id}/end/")["Location"] == "/security/"
    assert [is_signed_in(client) for client in (here, there, third)] == [True, False, True]
    event = AuditEvent.objects.get()
    assert (event.action, event.user, event.account) == ("session.ended", owner, owner.account)


def test_all_others_are_ended(owner: User, client_of: Callable[[User], Client]) -> None:
    here, there, third = client_of(owner), client_of(owner), client_of(owner)
    here.post("/security/sessions/end-others/")
    assert [is_signed_in(client) for client in (here, there, third)] == [True, False, False]
    assert AuditEvent.objects.get().details == {"count": 2}


def test_with_no_others_nothing_is_written(owner: User, client_of: Callable[[User], Client]) -> None:
    response = client_of(owner).post("/security/sessions/end-others/", follow=True)
    assert "Других сеансов нет." in response.content.decode()
    assert not AuditEvent.objects.exists()


def test_anothers_session_looks_like_a_missing_one(
    owner: User, other_owner: User, client_of: Callable[[User], Client]
) -> None:
    here, stranger = client_of(owner), client_of(other_owner)
    colleague = client_of(UserFactory.create(account=owner.account))
    for client in (stranger, colleague):
        session = row_of(client)
        assert here.post(f"/security/sessions/{session.public_id}/end/").status_code == 404
        assert is_signed_in(client)
    assert here.post(f"/security/sessions/{uuid4()}/end/").status_code == 404
    here.post("/security/sessions/end-others/")
    assert is_signed_in(stranger)
    assert is_signed_in(colleague)


def test_ones_own_session_ends_by_signing_out_only(owner: User, client_of: Callable[[User], Client]) -> None:
    here = client_of(owner)
    assert here.post(f"/security/sessions/{Session.objects.get().public_id}/end/").status_code == 404
    assert is_signed_in(here)


def test_the_second_wall_stands_alone(owner: User, other_owner: User, client_of: Callable[[User], Client]) -> None:
    """Without the first wall (filters in code) the database neither shows nor ends sessions of other accounts."""
    client_of(owner)
    client_of(other_owner)
    with tenancy.portal(owner.account_id or 0), connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT account_id FROM accounts_session")
        assert cursor.fetchall() == [(owner.account_id,)]
        cursor.execute("DELETE FROM accounts_session")
    assert [session.user for session in Session.objects.all()] == [other_owner]


def test_ended_sessions_are_not_shown(owner: User, at: Callable[[str], Any]) -> None:
    traveller = at("2026-11-22 10:00")
    knock(Client(), owner.phone, PASSWORD)
    traveller.shift(29 * 60)
    assert len(security.sessions(owner, current=None)) == 1
    traveller.shift(60)
    assert security.sessions(owner, current=None) == []


def test_attempts_with_unknown_numbers_are_nobodys(owner: User, client_of: Callable[[User], Client]) -> None:
    knock(Client(), "+375447999999", "не-тот-пароль")
    assert SignIn.objects.count() == 1
    page = client_of(owner).get("/security/")
    assert page.context["sign_ins"] == []
    assert "Входов пока нет" in page.content.decode()


@pytest.mark.parametrize("page", ["/security/sessions/end-others/", f"/security/sessions/{UUID(int=7)}/end/"])
def test_ending_is_no_link(owner: User, client_of: Callable[[User], Client], page: str) -> None:
    assert client_of(owner).get(page).status_code == 405


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox, Windows"),
        (SAFARI, "Safari, iPhone"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 YaBrowser/25.8 Safari/537.36",
            "Яндекс Браузер, Linux",
        ),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/141.0.0.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_6) Chrome/141.0 Safari/537.36 Edg/141.0", "Microsoft Edge, macOS"),
        ("curl/8.5.0", "Неизвестное устройство"),
        ("<script>alert(1)</script>", "Неизвестное устройство"),
        ("", "Неизвестное устройство"),
    ],
)
def test_devices_are_told_in_words(agent: str, words: str) -> None:
    assert describe(agent) == words
