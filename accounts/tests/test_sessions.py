"""A session ends 30 minutes after its last use, and in any case 12 hours after its sign-in (1.2)."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from pytest_django import Settings

from accounts import sessions
from accounts.models import Session, User
from accounts.tests.factories import PASSWORD
from accounts.tests.signing_in import is_signed_in, knock
from sipcabinet.lib import tenancy

HOUR = 3600
IDLE = 30 * 60


@pytest.fixture
def signed_in(owner: User, at: Callable[[str], Any]) -> tuple[Client, Any]:
    """A browser that signed in at ten o'clock, and the simulated clock."""
    traveller = at("2026-11-22 10:00:00")
    client = Client()
    knock(client, owner.phone, PASSWORD)
    return client, traveller


@pytest.mark.parametrize(("seconds", "alive"), [(IDLE - 1, True), (IDLE, False), (IDLE + 1, False)])
def test_it_ends_when_idle_for_half_an_hour(signed_in: tuple[Client, Any], seconds: int, alive: bool) -> None:
    client, traveller = signed_in
    traveller.shift(seconds)
    assert is_signed_in(client) is alive


def test_idleness_counts_from_the_last_page_to_the_second(signed_in: tuple[Client, Any]) -> None:
    client, traveller = signed_in
    for seconds in (50, 1, IDLE - 1, 59):
        traveller.shift(seconds)
        assert client.get("/security/").status_code == 200
    traveller.shift(IDLE)
    assert client.get("/security/").status_code == 302


@pytest.mark.parametrize(("seconds", "alive"), [(-1, True), (0, False)])
def test_it_ends_twelve_hours_after_the_sign_in(signed_in: tuple[Client, Any], seconds: int, alive: bool) -> None:
    client, traveller = signed_in
    for _quarter in range(4 * 12 - 1):
        traveller.shift(HOUR // 4)
        assert is_signed_in(client)
    traveller.shift(HOUR // 4 + seconds)
    assert is_signed_in(client) is alive


def test_a_new_password_does_not_begin_the_twelve_hours_anew(signed_in: tuple[Client, Any]) -> None:
    client, traveller = signed_in
    for _quarter in range(40):
        traveller.shift(HOUR // 4)
        is_signed_in(client)
    client.post("/password/", {"current": PASSWORD, "new_password": "зимний вечер", "repeated": "зимний вечер"})
    assert client.cookies["session"]["max-age"] == 2 * HOUR
    for _quarter in range(7):
        traveller.shift(HOUR // 4)
        assert is_signed_in(client)
    traveller.shift(HOUR // 4)
    assert not is_signed_in(client)


def test_what_a_page_asks_for_by_itself_is_no_use_of_it(signed_in: tuple[Client, Any]) -> None:
    client, traveller = signed_in
    for _poll in range(5):
        traveller.shift(IDLE // 6)
        assert client.get("/security/", headers={"X-Background": "1"}).status_code == 200
    traveller.shift(IDLE // 6)
    assert not is_signed_in(client)


@pytest.mark.parametrize("method", ["get", "post"])
def test_going_on_with_work_keeps_it_alive(signed_in: tuple[Client, Any], method: str) -> None:
    client, traveller = signed_in
    for _turn in range(3):
        traveller.shift(IDLE - 1)
        assert getattr(client, method)("/keep-alive/").status_code == 204


@pytest.mark.django_db
def test_an_ended_session_cannot_be_kept_alive(client: Client) -> None:
    assert client.get("/keep-alive/").status_code == 401


def test_times_are_settings(owner: User, at: Callable[[str], Any], settings: Settings) -> None:
    settings.SESSION_IDLE /= 3
    traveller = at("2026-11-22 10:00:00")
    client = Client()
    knock(client, owner.phone, PASSWORD)
    traveller.shift(IDLE // 3)
    assert not is_signed_in(client)


def test_where_it_was_used_last_is_kept(signed_in: tuple[Client, Any]) -> None:
    client, traveller = signed_in
    traveller.shift(60)
    client.get("/security/", REMOTE_ADDR="198.51.100.7", HTTP_USER_AGENT="Firefox/144.0" + "x" * 500)
    session = Session.objects.get()
    assert session.address == "198.51.100.7"
    assert session.user_agent.startswith("Firefox/144.0")
    assert len(session.user_agent) == 300
    assert (session.last_seen_at - session.started_at).total_seconds() == 60


def test_nobody_gets_a_session_by_looking(client: Client, db: None) -> None:
    for page in ("/sign-in/", "/help/", "/forgot-password/", "/"):
        client.get(page)
    assert "session" not in client.cookies
    assert not Session.objects.exists()


@pytest.mark.parametrize("column", ["session_key", "session_data", "*"])
def test_a_customers_page_cannot_read_the_keys_of_sessions(
    owner: User, client_of: Callable[[User], Client], column: str
) -> None:
    client_of(owner)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        tenancy.portal(owner.account_id or 0),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT {column} FROM accounts_session")


@pytest.mark.parametrize(
    ("table", "column"),
    [("otp_totp_totpdevice", "key"), ("otp_static_statictoken", "token"), ("accounts_temporarypassword", "password")],
)
def test_a_customers_page_cannot_read_other_secrets(owner: User, table: str, column: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        tenancy.portal(owner.account_id or 0),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT {column} FROM {table}")


# --- The stored hash of a key ----------------------------------------------------------------------------------------
def test_a_row_opens_no_session(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened_by_its_row() -> bool:
        browser, thief = Client(), Client()
        knock(browser, owner.phone, PASSWORD)
        assert is_signed_in(browser)
        for kept in Session.objects.values_list("session_key", flat=True):
            thief.cookies["session"] = kept
            if is_signed_in(thief):
                return True
        return False

    assert not opened_by_its_row()
    monkeypatch.setattr(sessions, "digest_of", lambda key: key)
    assert opened_by_its_row()


def test_the_table_holds_no_key_of_a_browser(owner: User, client_of: Callable[[User], Client]) -> None:
    key = client_of(owner).cookies["session"].value
    assert list(Session.objects.values_list("session_key", flat=True)) == [sessions.digest_of(key)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_session s WHERE s::text LIKE %s", [f"%{key}%"])
        assert cursor.fetchone() == (0,)


def test_cookies_of_before_stay_valid(owner: User, client_of: Callable[[User], Client]) -> None:
    """The migration replaces the plain key in the table by its hash, so the same cookie still opens the session."""
    browser = client_of(owner)
    key = browser.cookies["session"].value
    Session.objects.update(session_key=key)
    assert not is_signed_in(browser)
    browser.cookies["session"] = key
    with connection.cursor() as cursor:
        cursor.execute(import_module("accounts.migrations.0004_hashed_session_keys").HASH)
    assert is_signed_in(browser)


def test_every_way_of_the_store_goes_by_the_hash(owner: User, client_of: Callable[[User], Client]) -> None:
    key = client_of(owner).cookies["session"].value
    store = sessions.SessionStore(key)
    assert (store.exists(key), store.exists(sessions.digest_of(key))) == (True, False)
    store.cycle_key()
    assert not store.exists(key)
    assert sessions.SessionStore(store.session_key)["_auth_user_id"] == str(owner.pk)
    store.flush()
    assert not Session.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_stores_asynchronous_ways_too() -> None:
    store = sessions.SessionStore()
    store["word"] = "kept"
    async_to_sync(store.asave)()
    key = store.session_key or ""
    assert list(Session.objects.values_list("session_key", flat=True)) == [sessions.digest_of(key)]
    again = sessions.SessionStore(key)
    assert async_to_sync(again.aload)() == {"word": "kept"}
    assert async_to_sync(store.aexists)(key)
    async_to_sync(store.adelete)(key)
    assert not Session.objects.exists()
