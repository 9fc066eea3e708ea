"""The state of a letter in words for the customer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from notifications.models import Letter
from notifications.selectors import letters
from sipcabinet.lib import clock, durable
from sipcabinet.lib.durable import JobState

Write = Callable[..., Letter]
At = Callable[[str], Any]


def state(**fields: Any) -> letters.Delivery:
    return letters.delivery_of(Letter(**fields))


def test_before_it_is_sent(at: At) -> None:
    at("2026-10-09 11:03")
    assert state().label == "в очереди"
    assert state(claimed_until=clock.now() + timedelta(minutes=1)).label == "отправляется"
    assert state(claimed_until=clock.now() - timedelta(minutes=1)).label == "в очереди"
    again = state(tries=1, due_at=clock.now() + timedelta(minutes=5))
    assert again.label == "в очереди, следующая попытка 09.10.2026, 11:08"
    assert not again.is_final


def test_after_it_was_sent(at: At) -> None:
    at("2026-10-09 11:03")
    sent = state(state=JobState.DONE, sent_at=clock.now())
    assert (sent.label, sent.tone, sent.is_final) == ("доставлено почтовому серверу 09.10.2026, 11:03", "ok", True)


def test_what_went_wrong_with_us_is_not_blamed_on_the_customer() -> None:
    assert (
        state(state=JobState.PARKED, last_error="KeyError x.py:1").label
        == "не отправлено из-за ошибки на нашей стороне"
    )


@pytest.mark.parametrize(
    ("code", "answer", "words"),
    [
        (552, "5.2.2 Quota", "ящик переполнен"),
        (550, "mailbox is full", "ящик переполнен"),
        (550, "5.1.1 <office@customer.example>: Recipient address rejected: User unknown", "такого ящика нет"),
        (550, "No such user here", "такого ящика нет"),
        (550, "5.2.1 disabled", "ящик отключён"),
        (550, "5.1.2 bad domain", "адрес не существует"),
        (550, "Host not found", "почтовый сервер получателя не найден"),
        (552, "5.3.4 message too big for system", "письмо больше, чем принимает сервер"),
        (554, "5.7.1 Message rejected as spam", "сервер получателя отклонил письмо"),
        (554, "Transaction failed 5.11.22", "почтовый сервер ответил отказом (код 554)"),
        (None, "", "почтовый сервер не ответил за отведённое время"),
    ],
)
def test_a_servers_answer_in_the_customers_words(code: int | None, answer: str, words: str) -> None:
    refused = state(state=JobState.REFUSED, smtp_code=code, smtp_answer=answer)
    assert (refused.label, refused.tone) == (f"не доставлено: {words}", "err")


def test_an_account_sees_its_own_letters_newest_first(write: Write, account: Any, other_owner: Any) -> None:
    first, second = write(account_id=account.pk), write(account_id=account.pk)
    write(account_id=other_owner.account_id)
    write()
    assert list(letters.of_account(account)) == [second, first]


def test_a_list_loads_no_texts(write: Write, account: Any) -> None:
    write(account_id=account.pk)
    [letter] = letters.of_account(account)
    assert {"body_text", "body_html"} <= letter.get_deferred_fields()


@pytest.mark.django_db
def test_every_state_has_its_words() -> None:
    assert all(state(state=each).label for each in durable.JobState)
