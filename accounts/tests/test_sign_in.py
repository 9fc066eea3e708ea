"""Авторизация: номер и пароль (1.2)."""

from collections.abc import Callable
from unittest import mock

import pytest
from django.db import DatabaseError
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import AuditEvent, Session, SignIn, SignInOutcome, User
from accounts.services import throttles
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.people import UNKNOWN, WHO, inactive, of_a_closed_account
from accounts.tests.signing_in import comparable, counted_hashes, is_signed_in, knock
from sipcabinet.lib import phones

PLAIN = st.characters(exclude_characters="\0", exclude_categories=["Cs"])  # NUL is refused before the page: 400


@pytest.mark.parametrize(
    "spelling", ["8 044 {0}", "+375 44 {0}", "44 {0}", "375(44){0}", " 80 44 {0} ", "+375\N{NO-BREAK SPACE}44 {0}"]
)
def test_any_spelling_of_the_number_signs_in(client: Client, account: object, spelling: str) -> None:
    UserFactory.create(account=account, phone="+375447112030")
    response = knock(client, spelling.format("711-20-30"), PASSWORD)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_signed_in(client)


def test_the_spelling_with_eight_and_zero_is_not_another_number(client: Client, account: object) -> None:
    UserFactory.create(account=account, phone="+375447112030")
    assert knock(client, "80447112030", PASSWORD).status_code == 302


def test_staff_are_led_to_their_desk(client: Client, staff: User) -> None:
    assert knock(client, staff.phone, PASSWORD)["Location"] == "/admin/"


def test_a_sign_in_is_noted_with_its_origin(client: Client, owner: User) -> None:
    knock(client, owner.phone, PASSWORD, HTTP_USER_AGENT="Mozilla/5.0 Firefox/144.0", REMOTE_ADDR="198.51.100.7")
    noted = SignIn.objects.get()
    assert (noted.user, noted.account, noted.outcome) == (owner, owner.account, SignInOutcome.OK)
    assert (noted.address, noted.user_agent) == ("198.51.100.7", "Mozilla/5.0 Firefox/144.0")
    session = Session.objects.get()
    assert (session.user, session.account, session.address) == (owner, owner.account, "198.51.100.7")
    event = AuditEvent.objects.get()
    assert (event.action, event.account, event.address) == ("sign_in.done", owner.account, "198.51.100.7")


def test_the_session_key_changes_at_the_door(client: Client, owner: User, other_owner: User) -> None:
    """Signing in continues neither a session with a planted key nor another user's session."""
    client.cookies["session"] = "planted0000000000000000000000000"
    knock(client, owner.phone, PASSWORD)
    first = client.cookies["session"].value
    assert first != "planted0000000000000000000000000"
    client.post("/sign-out/")
    knock(client, other_owner.phone, PASSWORD)
    assert client.cookies["session"].value not in {first, ""}
    assert [session.user for session in Session.objects.all()] == [other_owner]


def test_somebody_signed_in_is_sent_on(owner: User, client_of: Callable[[User], Client]) -> None:
    assert client_of(owner).get("/sign-in/?next=/security/")["Location"] == "/security/"


def test_signing_out_ends_the_session(client: Client, owner: User) -> None:
    knock(client, owner.phone, PASSWORD)
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert not is_signed_in(client)
    assert not Session.objects.exists()
    assert AuditEvent.objects.filter(action="sign_in.ended").count() == 1


def test_signing_out_is_no_link(owner: User, client_of: Callable[[User], Client]) -> None:
    client = client_of(owner)
    assert client.get("/sign-out/").status_code == 405
    assert is_signed_in(client)


@pytest.mark.django_db
@pytest.mark.parametrize("who", WHO)
def test_every_refusal_is_the_same_answer(who: Callable[[], str]) -> None:
    phone, reference = who(), "+375447888888"
    got = comparable(knock(Client(), phone, "не-тот-пароль"), phone)
    expected = comparable(knock(Client(), reference, "не-тот-пароль"), reference)
    assert got == expected
    assert got[0] == 200
    assert "Неверный номер телефона или пароль." in got[3]
    assert SignIn.objects.filter(outcome=SignInOutcome.REFUSED).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("who", [inactive, of_a_closed_account])
def test_the_right_password_of_a_closed_login_is_refused_alike(who: Callable[[], str]) -> None:
    phone = who()
    got = comparable(knock(Client(), phone, PASSWORD), phone)
    assert got == comparable(knock(Client(), UNKNOWN, PASSWORD), UNKNOWN)
    assert not Session.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("password", [PASSWORD, "не-тот-пароль", "K7PD-4MXR-W2TH"])
def test_every_attempt_computes_two_hashes(client: Client, who: Callable[[], str], password: str) -> None:
    phone = who()
    with counted_hashes() as done:
        knock(client, phone, password)
    assert len(done) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("who", WHO)
def test_every_refusal_does_the_same_work_in_the_database(
    client: Client, who: Callable[[], str], django_assert_num_queries: Callable[[int], mock.Mock]
) -> None:
    phone = who()
    with django_assert_num_queries(4 * 3 + 3 + 3):  # four counters and the SignIn in savepoints, three SELECTs
        knock(client, phone, "не-тот-пароль")


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["", "абв", "123", "+", "8 044", "44 711-20-30-40-50", "1" * 40, "\x07"])
def test_what_is_no_number_is_told_at_the_field(client: Client, typed: str) -> None:
    with counted_hashes() as done:
        response = knock(client, typed, "секретный-пароль")
    assert response.status_code == 200
    assert response.context["form"].errors["phone"]
    assert "Ошибка:" in response.content.decode()
    assert "секретный-пароль" not in response.content.decode()
    assert not done
    assert not SignIn.objects.exists()


def test_what_was_typed_is_kept_but_the_password(client: Client, owner: User) -> None:
    page = knock(client, "8 044 123-45-67", "секретный-пароль").content.decode()
    assert "8 044 123-45-67" in page
    assert "секретный-пароль" not in page


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "evil.example",
        "/\t/evil.example",
        "https://testserver@evil.example/",
    ],
)
def test_next_leads_to_no_other_site(client: Client, owner: User, target: str) -> None:
    assert knock(client, owner.phone, PASSWORD, target=target)["Location"] == "/"


def test_next_leads_to_our_own_page(client: Client, owner: User) -> None:
    page = client.get("/sign-in/?next=/journal/%3Fsection%3Dmoney").content.decode()
    assert 'name="next" value="/journal/?section=money"' in page
    response = knock(client, owner.phone, PASSWORD, target="/journal/?section=money")
    assert response["Location"] == "/journal/?section=money"


def test_without_counters_nobody_gets_in(owner: User) -> None:
    """No fail-open: if counting fails, the attempt fails too, before any hash."""
    client = Client(raise_request_exception=False)
    with counted_hashes() as done, mock.patch.object(throttles, "_count", side_effect=DatabaseError):
        response = knock(client, owner.phone, PASSWORD)
    assert response.status_code == 500
    assert not done
    assert not Session.objects.exists()


def test_the_second_door_is_shut(owner: User) -> None:
    """Django's own `authenticate` accepts nobody, so no sign-in bypasses the counters."""
    assert Client().login(username=owner.phone, password=PASSWORD) is False
    assert Client().login(phone=owner.phone, password=PASSWORD) is False


def test_a_login_that_was_closed_is_nobody_from_the_next_page_on(
    owner: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(owner)
    assert is_signed_in(client)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert not is_signed_in(client)


@pytest.mark.django_db
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(PLAIN, max_size=40), password=st.text(PLAIN, max_size=20))
def test_whatever_is_typed_is_answered(client: Client, typed: str, password: str) -> None:
    with mock.patch.object(throttles, "hit"):
        assert knock(client, typed, password).status_code == 200


@given(
    national=st.from_regex(r"(17|25|29|33|44)[1-9][0-9]{6}", fullmatch=True),
    separator=st.sampled_from(["", " ", "-", "."]),
)
def test_every_spelling_of_a_number_is_one_number(national: str, separator: str) -> None:
    code, rest = national[:2], separator.join([national[2:5], national[5:7], national[7:]])
    spellings = [f"+375 {code} {rest}", f"375{code}{rest}", f"8 0{code} {rest}", f"80{code}{rest}", f"({code}) {rest}"]
    assert {phones.parse(spelling) for spelling in spellings} == {f"+375{national}"}
