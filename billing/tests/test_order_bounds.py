"""Limits of an account's orders: unfinished ones, and per day (2.3, 2.5)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import StaffFactory
from billing.models import DeliveryChoice, DocumentOrder, OrderLetter
from billing.services import mailings, orders
from billing.services.order_bounds import BoundError
from billing.tests.bounds import bound, place
from billing.tests.factories import DocumentFactory, letter_of
from billing.tests.money import invoice_of
from notifications.models import Letter
from sipcabinet.lib.durable import JobState
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import Subscriber
from subscribers.tests.factories import PlanTermsFactory, TrunkFactory, VatRateFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
BOUND_PAGE = "billing/orders_bound.html"


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    VatRateFactory.create()
    PlanTermsFactory.create()
    return TrunkFactory.create(account=account)


def order_call_detail(client: Client, trunk: Subscriber, token: str) -> Any:
    form = {"month": "2026-11", "direction": "out", "token": token, "trunks": [str(trunk.pk)]}
    return client.post("/documents/call-detail/subscribers/", form)


def is_refused(response: Any) -> bool:
    return response.status_code == 409 and BOUND_PAGE in [template.name for template in response.templates]


def test_call_details_are_bounded(
    owner: User, trunk: Subscriber, client_of: Callable[[User], Client], settings: Settings
) -> None:
    bound(settings, at_work=3)
    client = client_of(owner)
    for n in range(3):
        assert order_call_detail(client, trunk, f"t{n}").status_code == 302
    assert is_refused(order_call_detail(client, trunk, "t3"))
    assert DocumentOrder.objects.count() == 3
    for page in ("/documents/call-detail/", "/documents/call-detail/subscribers/?month=2026-11&direction=out"):
        told = client.get(page)
        assert told.status_code == 200
        assert "Слишком много заказов в работе. Одновременно: не больше 3." in told.content.decode()
        assert "23.11.2026, 10:00" in told.content.decode()  # the due moment of the first of them
        assert 'name="month"' not in told.content.decode()


def test_the_same_form_still_leads_to_its_order(
    owner: User, trunk: Subscriber, client_of: Callable[[User], Client], settings: Settings
) -> None:
    bound(settings, at_work=1)
    client = client_of(owner)
    first = order_call_detail(client, trunk, "t0")["Location"]
    assert order_call_detail(client, trunk, "t0")["Location"] == first


def test_preliminary_invoices_are_bounded(
    owner: User, trunk: Subscriber, client_of: Callable[[User], Client], settings: Settings
) -> None:
    bound(settings, at_work=2)
    client = client_of(owner)
    answers = [client.post("/documents/current-charges/", {"whose": "account", "token": f"t{n}"}) for n in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 409]
    page = client.get("/documents/current-charges/").content.decode()
    assert "Одновременно: не больше 2." in page
    assert 'name="whose"' not in page
    assert "как только будет выполнен один из прежних" in page  # they are due at once: the moment is unknown


def test_invoices_by_email_are_bounded(
    owner: User, trunk: Subscriber, client_of: Callable[[User], Client], settings: Settings
) -> None:
    invoice = invoice_of(trunk.account, "2026-10", subscriber=trunk)
    older = invoice_of(trunk.account, "2026-09", subscriber=trunk)
    bound(settings, at_work=2)
    client = client_of(owner)
    form = {"month": "2026-10", "token": "t1"}
    assert client.post("/documents/invoice-by-email/", form).status_code == 302
    assert client.post(f"/invoices/{invoice.number}/email/").status_code == 302
    assert is_refused(client.post("/documents/invoice-by-email/", {**form, "token": "t2"}))
    assert is_refused(client.post(f"/invoices/{older.number}/email/"))
    assert "Одновременно" in client.get("/documents/invoice-by-email/").content.decode()


def test_links_to_invoices_are_bounded_by_the_day(
    owner: User, trunk: Subscriber, client_of: Callable[[User], Client], settings: Settings
) -> None:
    invoice_of(trunk.account, "2026-10", subscriber=trunk)
    bound(settings, a_day=2)
    client = client_of(owner)
    answers = [client.post("/documents/invoice-by-link/", {"month": "2026-10"}).status_code for _press in range(3)]
    assert answers == [302, 302, 409]
    assert AuditEvent.objects.filter(action="link.made").count() == 2
    assert "Станет возможно:" in client.get("/documents/invoice-by-link/").content.decode()


def sent_order(account: Account) -> DocumentOrder:
    document = DocumentFactory.create(order__account=account)
    letter_of(document.order, state=JobState.DONE)
    return document.order


def test_letters_sent_again_are_bounded_by_the_day(
    account: Account, owner: User, client_of: Callable[[User], Client], settings: Settings
) -> None:
    bound(settings, a_day=2)
    made = [sent_order(account) for _order in range(3)]
    client = client_of(owner)
    answers = [client.post(f"/orders/{order.number}/resend/").status_code for order in made]
    assert answers == [302, 302, 409]
    assert OrderLetter.objects.count() == 3 + 2
    page = client.get(f"/orders/{made[2].number}/").content.decode()
    assert "Отправить ещё раз можно будет 23.11.2026, 00:00." in page
    assert f"/orders/{made[2].number}/resend/" not in page


def test_invoices_sent_again_are_bounded_by_the_day(
    owner: User, trunk: Subscriber, client_of: Callable[[User], Client], settings: Settings
) -> None:
    invoice = invoice_of(trunk.account, "2026-10", subscriber=trunk)
    DeliveryChoice.objects.create(account=trunk.account, method="email", addresses=["buh@customer.example"])
    mailings.order(invoice=invoice)
    mailings.drain()
    bound(settings, a_day=1)
    client = client_of(owner)
    answers = []
    for _press in range(2):
        Letter.objects.update(state=JobState.DONE)
        answers.append(client.post(f"/invoices/{invoice.number}/resend/").status_code)
    assert answers == [302, 409]
    assert Letter.objects.count() == 2
    Letter.objects.update(state=JobState.DONE)
    mailings.resend(mailing=mailings.of(invoice=invoice), user=StaffFactory.create())  # staff have no limit


def test_staff_send_again_without_a_bound_and_are_seen(account: Account, owner: User, settings: Settings) -> None:
    bound(settings, a_day=1)
    person = StaffFactory.create()
    for _order in range(3):
        orders.resend(order=sent_order(account), user=person)
    assert AuditEvent.objects.filter(account=account, action="order.resent", by_staff=True).count() == 3
    orders.resend(order=sent_order(account), user=owner)  # actions of staff do not count for the customer


def test_the_month_close_is_not_bound(account: Account, settings: Settings) -> None:
    bound(settings, at_work=0, a_day=0)
    place(account, None, "close")
    assert DocumentOrder.objects.count() == 1


def test_another_account_has_bounds_of_its_own(
    account: Account, owner: User, other_owner: User, settings: Settings
) -> None:
    bound(settings, at_work=1)
    place(account, owner, "t")
    place(other_owner.account, other_owner, "t")  # type: ignore[arg-type]
    with pytest.raises(BoundError, match="Одновременно: не больше 1"):
        place(account, owner, "t2")


def test_an_order_carried_out_makes_room_but_counts_for_the_day(
    account: Account, owner: User, settings: Settings, today: Any
) -> None:
    bound(settings, at_work=2, a_day=3)
    for n in range(3):
        place(account, owner, f"t{n}")
        DocumentOrder.objects.update(state=JobState.DONE)
    with pytest.raises(BoundError) as refusal:
        place(account, owner, "t3")
    assert refusal.value.message == "Предел на сегодня исчерпан. Заказов в день: не больше 3."
    told = refusal.value.allowed_at
    assert told is not None
    today.move_to(told)  # midnight in Minsk
    assert place(account, owner, "t3").pk


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        ({"a_day": 8}, ""),
        ({"a_day": 7}, "Сегодня можно заказать ещё 5."),
        ({"a_day": 3}, "Сегодня можно заказать ещё 1."),
        ({"at_work": 4}, "Сейчас можно заказать ещё 2:"),
    ],
)
def test_the_page_tells_how_many_are_left_when_they_are_few(
    owner: User, trunk: Subscriber, settings: Settings, bounds: dict[str, int], told: str
) -> None:
    for n in range(2):
        place(trunk.account, owner, f"t{n}")
    bound(settings, **bounds)
    client = signed_in(owner)
    for path in ("/documents/call-detail/", "/documents/invoice-by-email/", "/documents/current-charges/"):
        page = client.get(path).content.decode()
        assert (told in page) if told else ("можно заказать ещё" not in page)
