"""From one decision to the next: the place in the queue, «Следующий», and the end of the queue (4.2)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, User
from billing.models import SuspensePayment
from desk.queues import GUARANTEES, SUSPENSE
from desk.selectors import turns
from desk.tests.cast import clerk, request_of_guarantee, unclear
from desk.tests.forms_sent import booked
from sipcabinet.lib import clock
from sipcabinet.tests.page_text import text
from sipcabinet.tests.signed_in import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def desk(staff: User) -> Client:
    return signed_in(staff)


@pytest.fixture
def three() -> list[SuspensePayment]:
    """Credits in the order in which they are worked through: not that of their keys."""
    made = [unclear(created_at=clock.now() - timedelta(hours=hours)) for hours in (1, 3, 2)]
    return [made[1], made[2], made[0]]


def onward(queue: str, after: Any = "") -> str:
    return reverse("admin:desk_queue_next", args=[queue]) + (f"?after={after}" if after else "")


def resolve(row: SuspensePayment) -> str:
    return reverse("admin:desk_suspense", args=[row.pk])


def test_the_oldest_comes_first_and_after_the_last_the_first_again(desk: Client, three: list[SuspensePayment]) -> None:
    part, (first, second, third) = SUSPENSE.decided, three
    assert [turns.after(part, pk) for pk in (None, first.pk, second.pk, third.pk)] == [
        first.pk, second.pk, third.pk, first.pk,
    ]  # fmt: skip
    assert desk.get(onward("suspense")).headers["Location"] == resolve(first)
    assert desk.get(onward("suspense", second.pk)).headers["Location"] == resolve(third)
    assert desk.get(onward("suspense", "nonsense")).headers["Location"] == resolve(first)
    assert desk.get(onward("suspense", "9" * 30)).headers["Location"] == resolve(first)


def test_the_page_of_a_row_says_its_place(desk: Client, three: list[SuspensePayment]) -> None:
    page = text(desk.get(resolve(three[1])))
    assert "2 из 3" in page
    assert onward("suspense", three[1].pk) in page


def test_a_decision_leads_to_the_next_row_and_at_last_to_the_list(
    desk: Client, three: list[SuspensePayment], account: Account
) -> None:
    first, second, third = three
    page = booked(desk, resolve(first), account)
    assert page.redirect_chain[-1][0] == resolve(second)
    assert f"Платёж зачислен на лицевой счёт {account.number}" in text(page)
    assert "1 из 2" in text(page)
    booked(desk, resolve(third), account)
    page = booked(desk, resolve(second), account)
    assert page.redirect_chain[-1][0] == SUSPENSE.decided.list_url
    assert "больше ничего не ждёт" in text(page)


@pytest.mark.usefixtures("queues_counted")
def test_the_navigation_counts_anew_after_a_decision(
    desk: Client, three: list[SuspensePayment], account: Account
) -> None:
    assert '<b class="count">3<' in desk.get(resolve(three[0])).content.decode()
    page = booked(desk, resolve(three[0]), account)
    assert '<b class="count">2<' in page.content.decode()


def test_a_wrong_account_stays_on_its_page_with_what_was_typed(desk: Client, three: list[SuspensePayment]) -> None:
    page = desk.get(resolve(three[0]), {"account": "77"})
    assert page.status_code == 200
    assert "Лицевого счёта 77 нет" in text(page)
    assert 'value="77"' in page.content.decode()
    three[0].refresh_from_db()
    assert three[0].resolved_at is None


def test_guarantees_are_decided_one_after_another(desk: Client) -> None:
    first, second = request_of_guarantee(), request_of_guarantee()
    url = reverse("admin:billing_paymentguarantee_decide", args=[first.pk])
    assert "1 из 2" in text(desk.get(url))
    page = desk.post(url, {"decision": "accept", "answer": ""}, follow=True)
    assert page.redirect_chain[-1][0] == reverse("admin:billing_paymentguarantee_decide", args=[second.pk])
    assert "1 из 1" in text(page)
    assert "Следующий" not in text(page)
    settled = text(desk.get(url))
    assert "Решение уже принято: принято" in settled
    assert 'name="decision"' not in settled
    assert turns.place(GUARANTEES.decided, first.pk) == turns.Place(0, 1)


def test_only_who_may_decide_is_led_on(three: list[SuspensePayment]) -> None:
    for person in (clerk(), clerk("billing.view_suspensepayment"), clerk("billing.change_paymentguarantee")):
        assert signed_in(person).get(onward("suspense")).status_code == 403
    person = clerk("billing.change_suspensepayment")
    assert signed_in(person).get(onward("suspense")).headers["Location"] == resolve(three[0])


def test_a_queue_without_pages_of_its_rows_has_no_next(desk: Client) -> None:
    assert desk.get(onward("rejects")).status_code == 404
    assert desk.get(onward("nowhere")).status_code == 404
    assert desk.post(onward("suspense")).status_code == 405
