"""«Забыли пароль» → «Идентификация через E-mail» → «Восстановить пароль» (1.1a, 1.1b)."""

from collections.abc import Callable
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import AccountStatus, AuditEvent, PasswordRequest, TemporaryPassword, User
from accounts.services import account_letters, password_requests
from accounts.tasks import drain_password_requests
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.people import WHO
from accounts.tests.signing_in import ask_for_password, comparable, counted_hashes, knock, password_in
from notifications.models import Letter
from notifications.services import sealing
from sipcabinet.lib import clock, durable
from sipcabinet.lib.durable import JobState

pytestmark = pytest.mark.django_db


def ask(phone: str) -> None:
    ask_for_password(Client(), phone)
    drain_password_requests()


@pytest.mark.parametrize("who", WHO)
def test_the_answer_and_the_row_are_the_same_for_any_number(who: Callable[[], str]) -> None:
    phone = who()
    TemporaryPassword.objects.all().delete()
    answers = []
    with counted_hashes() as done:
        for number in (phone, "+375447888888"):
            client = Client()
            response = ask_for_password(client, number)
            assert response["Location"] == "/forgot-password/sent/"
            answers.append((comparable(response), comparable(client.get(response["Location"]))))
    assert answers[0] == answers[1]
    assert not done
    assert list(PasswordRequest.objects.order_by("pk").values_list("phone", "state")) == [
        (phone, JobState.WAITING),
        ("+375447888888", JobState.WAITING),
    ]
    assert not TemporaryPassword.objects.exists()


@pytest.mark.parametrize("who", WHO)
def test_the_page_does_the_same_work_for_any_number(
    who: Callable[[], str], client: Client, django_assert_num_queries: Callable[[int], mock.Mock]
) -> None:
    phone = who()
    with django_assert_num_queries(3 * 3 + 3):  # three counters and one row, in savepoints
        ask_for_password(client, phone)


def test_a_worker_is_told_at_once(
    client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with mock.patch("celery.current_app.send_task") as sent, django_capture_on_commit_callbacks(execute=True):
        ask_for_password(client, "+375447888888")
    assert sent.call_args.args == ("accounts.drain_password_requests",)


def test_the_letter_goes_to_the_registered_address_alone(owner: User, other_owner: User) -> None:
    ask(owner.phone)
    letter = Letter.objects.get()
    assert (letter.recipient, letter.account_id) == (owner.account.cabinet_email, owner.account_id)  # type: ignore[union-attr]
    assert letter.sealed
    assert PasswordRequest.objects.get().state == JobState.DONE


def test_the_letter_tells_password_end_and_link(owner: User, at: Callable[[str], Any], settings: Settings) -> None:
    settings.SITE_URL = "https://cabinet.operator.example"
    at("2026-11-22 17:42")
    ask_for_password(Client(), owner.phone, HTTP_HOST="localhost")
    drain_password_requests()
    letter = Letter.objects.get()
    for body in (letter.body_text, letter.body_html):
        text = str(sealing.unseal(body))
        assert password_in(letter) in text
        assert "23.11.2026, 17:42" in text
        assert "https://cabinet.operator.example/sign-in/" in text
        assert "localhost" not in text


def test_the_password_of_the_letter_signs_in(client: Client, owner: User) -> None:
    ask(owner.phone)
    assert knock(client, owner.phone, password_in(Letter.objects.get())).status_code == 302


def test_the_password_stands_in_no_table_and_no_log(
    owner: User, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    ask(owner.phone)
    password = password_in(Letter.objects.get())
    knock(Client(), owner.phone, password)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table in {"django_migrations", "sipcabinet_tenant_key"}:  # the latter is readable by its owner only
                continue
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{password}%"])
            assert cursor.fetchone() == (0,), table
    logged = capsys.readouterr()
    assert password not in logged.out + logged.err + caplog.text


@pytest.mark.parametrize("who", WHO)
def test_only_open_logins_of_open_accounts_get_one(who: Callable[[], str]) -> None:
    phone = who()
    entitled = User.objects.filter(phone=phone, is_active=True, account__status=AccountStatus.ACTIVE).exists()
    TemporaryPassword.objects.all().delete()
    ask(phone)
    assert Letter.objects.exists() is entitled
    assert TemporaryPassword.objects.exists() is entitled
    assert PasswordRequest.objects.get().state == JobState.DONE


def test_at_most_three_an_hour(owner: User, at: Callable[[str], Any]) -> None:
    traveller = at("2026-11-22 10:00")
    for _request in range(5):
        ask(owner.phone)
        traveller.shift(60)
    assert Letter.objects.count() == TemporaryPassword.objects.count() == 3
    assert PasswordRequest.objects.filter(state=JobState.DONE).count() == 5
    traveller.shift(3600 - 5 * 60 - 1)
    ask(owner.phone)
    assert Letter.objects.count() == 3
    traveller.shift(1)
    ask(owner.phone)
    assert Letter.objects.count() == 4


def test_the_limit_is_one_numbers_own(owner: User) -> None:
    neighbour = UserFactory.create(account=owner.account)
    for _request in range(4):
        ask(owner.phone)
    ask(neighbour.phone)
    assert Letter.objects.count() == 4


def test_the_refused_fourth_leaves_the_third_alone(owner: User) -> None:
    for _request in range(4):
        ask(owner.phone)
    third = Letter.objects.order_by("-pk")[0]
    assert knock(Client(), owner.phone, password_in(third)).status_code == 302


def test_password_letter_and_outcome_are_one_transaction(owner: User) -> None:
    """An error after the password was created rolls everything back, and the request is tried again."""
    ask_for_password(Client(), owner.phone)
    with mock.patch.object(account_letters, "temporary_password", side_effect=RuntimeError("SMTP")):
        drain_password_requests()
    assert not TemporaryPassword.objects.exists()
    assert not Letter.objects.exists()
    request = PasswordRequest.objects.get()
    assert (request.state, request.attempts) == (JobState.WAITING, 1)


def test_a_request_that_lost_its_claim_sends_nothing(owner: User) -> None:
    ask_for_password(Client(), owner.phone)
    request = PasswordRequest.objects.get()
    request.claim_token = uuid4()  # another worker has taken over the claim
    with pytest.raises(durable.ClaimLost):
        password_requests.answer(request)
    assert not Letter.objects.exists()


def test_the_journal_tells_of_it(owner: User) -> None:
    ask_for_password(Client(), owner.phone, REMOTE_ADDR="198.51.100.7")
    drain_password_requests()
    event = AuditEvent.objects.get()
    assert (event.action, event.account, event.user) == ("password.temporary", owner.account, None)
    assert event.address == "198.51.100.7"


def test_the_page_is_throttled_per_address_with_one_answer(settings: Settings, at: Callable[[str], Any]) -> None:
    at("2026-11-22 10:00")  # the answers contain the remaining seconds
    settings.SIGN_IN_LIMITS = {**settings.SIGN_IN_LIMITS, "phone": 1, "address": 3}
    known = UserFactory.create().phone
    for _request in range(3):
        assert ask_for_password(Client(), known).status_code == 302
    refused = [ask_for_password(Client(), phone) for phone in (known, "+375447888888")]
    assert [response.status_code for response in refused] == [429, 429]
    assert comparable(refused[0], known) == comparable(refused[1], "+375447888888")
    assert PasswordRequest.objects.count() == 3


def test_it_asks_for_a_number_and_a_method(client: Client) -> None:
    response = client.post("/forgot-password/", {"category": "mobile", "phone": "абв"})
    assert set(response.context["form"].errors) == {"phone", "method"}
    assert "абв" in response.content.decode()
    assert not PasswordRequest.objects.exists()


def test_the_old_password_goes_on_meanwhile(client: Client, owner: User) -> None:
    ask(owner.phone)
    assert knock(client, owner.phone, PASSWORD).status_code == 302
    assert TemporaryPassword.objects.filter(expires_at__gt=clock.now(), used_at=None, voided_at=None).exists()
