"""A session ends 30 minutes after its last use, and 12 hours after its sign-in whatever happens (1.2)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from pytest_django import Settings

from accounts.models import Session, User
from accounts.tests.door import is_signed_in, knock
from accounts.tests.factories import PASSWORD
from sipcabinet.lib import tenancy

HOUR = 3600
IDLE = 30 * 60


@pytest.fixture
def signed_in(owner: User, at: Callable[[str], Any]) -> tuple[Client, Any]:
    """A browser that signed in at ten o'clock, and the clock."""
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
