"""«Мои заказы»: every stage, the page of an order, sending again (2.5)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account, AuditEvent, User
from billing.models import DocumentOrder, OrderLetter
from billing.selectors import orders
from billing.services import orders as order_services
from billing.tests.factories import DocumentFactory, OrderFactory, letter_of
from notifications.models import Letter
from sipcabinet.tests.page_text import source
from sipcabinet.tests.paging import pages_from
from subscribers.models import Subscriber
from subscribers.tests.factories import TrunkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    return TrunkFactory.create(account=account, phone="+375447112030")


@pytest.fixture
def order(account: Account, trunk: Subscriber) -> DocumentOrder:
    return OrderFactory.create(account=account, trunks=[trunk], due_at=timezone.now() + timedelta(days=1))


@pytest.fixture
def made(account: Account, trunk: Subscriber) -> DocumentOrder:
    made: DocumentOrder = DocumentFactory.create(order__account=account, order__trunks=[trunk]).order
    return made


@pytest.fixture
def client(owner: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(owner)


def url(order: DocumentOrder, part: str = "") -> str:
    return f"/orders/{order.number}/{part}"


def view_of(order: DocumentOrder) -> orders.OrderView:
    view = orders.by_number(order.account, order.number)
    assert view is not None
    return view


# --- Stages ----------------------------------------------------------------------------------------------------------
STATES: list[Any] = [
    ({"state": "waiting"}, None, "Принят", ""),
    ({"state": "waiting", "attempts": 1}, None, "Формируется", "info"),
    ({"state": "parked", "attempts": 8}, None, "Ошибка", "err"),
    ({"state": "refused"}, None, "Ошибка", "err"),
    ({"state": "done"}, {"state": "waiting"}, "Отправляется", "info"),
    ({"state": "done"}, {"state": "done"}, "Доставлен", "ok"),
    ({"state": "done"}, {"state": "refused"}, "Не доставлен", "err"),
    ({"state": "done"}, {"state": "parked"}, "Не доставлен", "err"),
]


@pytest.mark.parametrize("case", STATES)
def test_every_state_has_its_words(client: Client, account: Account, case: Any) -> None:
    work, letter, label, tone = case
    order = OrderFactory.create(account=account, **work)
    if letter:
        DocumentFactory.create(order=order)
        letter_of(order, **letter)
    view = view_of(order)
    assert (view.state_label, view.tone) == (label, tone)
    assert view.ended is (label in {"Доставлен", "Не доставлен", "Ошибка"})
    for page in ("/orders/", url(order)):
        response = client.get(page)
        assert response.status_code == 200
        assert label in source(response)


def test_the_last_letter_is_what_counts(made: DocumentOrder) -> None:
    letter_of(made, state="refused")
    letter_of(made, state="done")
    assert view_of(made).state_label == "Доставлен"


# --- The list --------------------------------------------------------------------------------------------------------
def test_no_orders_yet(client: Client) -> None:
    page = source(client.get("/orders/"))
    assert "Заказов пока нет" in page
    assert "Заказать детализацию на E-mail" in page


def test_the_list_shows_what_was_ordered_when_and_when_it_comes(client: Client, order: DocumentOrder) -> None:
    page = source(client.get("/orders/"))
    assert order.number in page
    assert order.title in page
    assert "ожидается" in page
    assert "Скачать" not in page
    assert "Отправить ещё раз" not in page


def test_a_made_order_can_be_downloaded_and_sent_again(client: Client, made: DocumentOrder) -> None:
    letter_of(made, state="done", sent_at=timezone.now())
    page = source(client.get("/orders/"))
    assert url(made, "file/").replace("З", "%D0%97") in page
    assert "Отправить ещё раз" in page


def test_the_list_goes_on_by_keyset_pages(client: Client, account: Account, settings: Any) -> None:
    now = timezone.now()
    everything = [OrderFactory.create(account=account, created_at=now - timedelta(minutes=n // 2)) for n in range(45)]
    seen: list[str] = []
    for response in pages_from(client, "/orders/"):
        seen += [order.number for order in response.context["page"].rows]
    assert sorted(seen) == sorted(order.number for order in everything)
    assert len(seen) == len(set(seen)) == 45


def test_the_number_of_queries_does_not_grow(
    client: Client, account: Account, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        order = DocumentFactory.create(order__account=account).order
        letter_of(order, state="done", sent_at=timezone.now())
    with django_assert_max_num_queries(14):
        client.get("/orders/")


def test_latest_orders_for_the_home_page(account: Account) -> None:
    now = timezone.now()
    for age in range(4):
        OrderFactory.create(account=account, number=f"З-2026-10000{age}", created_at=now - timedelta(days=age))
    OrderFactory.create()
    assert [order.number for order in orders.latest(account, 2)] == ["З-2026-100000", "З-2026-100001"]


# --- The page of an order --------------------------------------------------------------------------------------------
def test_the_page_says_what_happens_next(client: Client, order: DocumentOrder, account: Account) -> None:
    page = source(client.get(url(order)))
    for words in (order.number, "Заказ принят", account.cabinet_email, "+375 44 711-20-30", "Что будет дальше"):
        assert words in page
    assert "пройден" not in page  # the wizard's bar is shown only right after ordering


def test_the_page_asks_for_news_in_the_background(client: Client, order: DocumentOrder) -> None:
    page = source(client.get(url(order)))
    assert 'hx-trigger="every 60s"' in page
    assert """hx-headers='{"X-Background": "1"}'""" in page
    assert "status/?seen=accepted-0-0-60" in page


def test_it_asks_more_often_when_the_order_is_due(client: Client, order: DocumentOrder) -> None:
    DocumentOrder.objects.update(due_at=timezone.now() + timedelta(minutes=5))
    assert 'hx-trigger="every 4s"' in source(client.get(url(order)))


def test_an_ended_order_asks_no_more(client: Client, made: DocumentOrder) -> None:
    letter_of(made, state="done", sent_at=timezone.now())
    page = source(client.get(url(made)))
    assert "hx-get" not in page
    assert "Ход выполнения" in page
    assert "Скачать файл" in page


def test_news_come_only_when_there_are_any(client: Client, order: DocumentOrder) -> None:
    assert client.get(url(order, "status/?seen=accepted-0-0-60")).status_code == 204
    DocumentOrder.objects.update(attempts=1)
    news = client.get(url(order, "status/?seen=accepted-0-0-60"))
    assert news.status_code == 200
    assert "Документ формируется" in source(news)
    assert "<html" not in source(news)


def test_a_session_that_is_over_reloads_the_page(order: DocumentOrder) -> None:
    answer = Client().get(url(order, "status/"), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (204, "true")


def test_a_row_of_the_list_asks_for_its_news(client: Client, order: DocumentOrder) -> None:
    assert "status/?row&amp;seen=accepted-0-0-60" in source(client.get("/orders/"))
    assert client.get(url(order, "status/?row&seen=accepted-0-0-60")).status_code == 204
    DocumentOrder.objects.filter(pk=order.pk).update(attempts=1)
    row = source(client.get(url(order, "status/?row&seen=accepted-0-0-60"))).strip()
    assert row.startswith("<tr")
    assert row.endswith("</tr>")
    assert order.number in row
    DocumentOrder.objects.filter(pk=order.pk).update(state="parked")
    assert "hx-get" not in source(client.get("/orders/"))


@pytest.mark.parametrize("part", ["", "status/", "file/"])
def test_anothers_order_looks_like_a_missing_one(client: Client, part: str) -> None:
    theirs = DocumentFactory.create().order
    missing = DocumentOrder(number="З-2026-999999")
    answers = [client.get(url(order, part)) for order in (theirs, missing)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert theirs.number not in source(answers[0])


# --- «Отправить ещё раз» ---------------------------------------------------------------------------------------------
def test_sending_again_is_a_new_letter(client: Client, owner: User, made: DocumentOrder, account: Account) -> None:
    first = letter_of(made, state="done", sent_at=timezone.now())
    Account.objects.filter(pk=account.pk).update(cabinet_email="new@customer.example")
    page = source(client.post(url(made, "resend/"), follow=True, REMOTE_ADDR="203.0.113.7"))
    second = Letter.objects.exclude(pk=first.pk).get()
    assert (second.recipient, second.state) == ("new@customer.example", "waiting")
    assert second.resend_of == first
    assert second.message_id != first.message_id
    assert second.attachments.count() == 1
    assert "Письмо поставлено в очередь на new@customer.example" in page
    assert "Отправляется" in page
    event = AuditEvent.objects.get(action="order.resent")
    assert (event.user, event.address) == (owner, "203.0.113.7")


@pytest.mark.parametrize("state", ["refused", "parked"])
def test_an_undelivered_letter_can_be_sent_again(client: Client, made: DocumentOrder, state: str) -> None:
    letter_of(made, state=state)
    client.post(url(made, "resend/"))
    assert OrderLetter.objects.count() == 2


def test_nothing_is_sent_again_before_it_is_made(client: Client, order: DocumentOrder) -> None:
    page = source(client.post(url(order, "resend/"), follow=True))
    assert "Документ ещё не сформирован" in page
    assert not Letter.objects.exists()


def test_nothing_is_sent_again_while_the_last_letter_waits(client: Client, made: DocumentOrder) -> None:
    letter_of(made, state="waiting")
    page = source(client.post(url(made, "resend/"), follow=True))
    assert "Письмо уже в очереди" in page
    assert Letter.objects.count() == 1
    assert not AuditEvent.objects.filter(action="order.resent").exists()


def test_five_times_a_day_are_enough(client: Client, made: DocumentOrder, at: Callable[[str], Any]) -> None:
    letter_of(made, state="done")
    for _ in range(order_services.RESENDS_A_DAY + 1):
        client.post(url(made, "resend/"))
        Letter.objects.update(state="done")
    assert Letter.objects.count() == 1 + order_services.RESENDS_A_DAY
    assert "За последние сутки" in source(client.post(url(made, "resend/"), follow=True))
    Letter.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))
    client.post(url(made, "resend/"))
    assert Letter.objects.count() == 2 + order_services.RESENDS_A_DAY


def test_anothers_order_cannot_be_sent(client: Client) -> None:
    theirs = DocumentFactory.create().order
    letter_of(theirs, state="done")
    assert client.post(url(theirs, "resend/")).status_code == 404
    assert Letter.objects.count() == 1


def test_sending_is_no_matter_of_reading(client: Client, made: DocumentOrder) -> None:
    letter_of(made, state="done")
    assert client.get(url(made, "resend/")).status_code == 405
    assert Letter.objects.count() == 1
